import Glibc
import Spool
import Tool

/// Acknowledges in a thread of its own: taking a message out of the spool costs half as much as posting its record, and
/// meanwhile the next one is posted.
final class AcknowledgerThread: Sendable {
    private struct Mailbox {
        var messages: [MessageID] = []
        var isWorking = false
        var hasFailed = false
    }

    /// How long it rests between two hand-overs, in microseconds: to be woken for two or three messages costs half as much as to
    /// remove one.
    private static let rest: UInt32 = 1000
    /// More than so many are waited for.
    private static let most = 1000
    private let mailbox = Monitor(Mailbox())
    private let acknowledger: Acknowledger
    private let log: Log

    /// Starts the thread.
    init(_ acknowledger: consuming Acknowledger, log: Log) throws(Failure) {
        self.acknowledger = acknowledger
        self.log = log
        try Failure.wrap(.osErr) { () throws(SystemError) in
            try Thread.start(name: "acknowledge") { [self] in
                var isFirst = true
                while true {
                    acknowledge(nextMessages(), &isFirst)
                    usleep(Self.rest)
                }
            }
        }
    }

    // MARK: For the deliverer

    /// These messages are safe elsewhere. Empties the array.
    func add(_ messages: inout [MessageID]) {
        guard !messages.isEmpty else { return }
        mailbox.wait { mailbox -> Void? in
            guard mailbox.messages.count < Self.most else { return nil }
            mailbox.messages += messages
            return ()
        }
        mailbox.notifyAll()
        messages.removeAll(keepingCapacity: true)
    }

    /// Waits until all that was added is done.
    /// - Returns: whether a message of this run could not be acknowledged.
    func finish() -> Bool {
        mailbox.wait { $0.messages.isEmpty && !$0.isWorking ? $0.hasFailed : nil }
    }

    // MARK: The thread

    private func nextMessages() -> [MessageID] {
        mailbox.wait { mailbox -> [MessageID]? in
            guard !mailbox.messages.isEmpty else { return nil }
            mailbox.isWorking = true
            defer { mailbox.messages = [] }
            return mailbox.messages
        }
    }

    private func acknowledge(_ messages: [MessageID], _ isFirst: inout Bool) {
        var hasFailed = false
        for message in messages {
            do throws(SystemError) {
                if try !acknowledger.acknowledge(message), isFirst { tellMissing(message) }
                isFirst = false
            } catch {
                hasFailed = true
                log.error("ack-failed", ("id", message.description), ("error", error.description))
            }
        }
        mailbox.withLock { mailbox in
            mailbox.isWorking = false
            if hasFailed { mailbox.hasFailed = true }
        }
        mailbox.notifyAll()
    }

    /// A message that is gone was acknowledged by a run that was killed; but if already the first is, the spool may be another than that of
    /// the records, which come again then.
    private func tellMissing(_ message: MessageID) {
        log.warning(
            "acknowledges-nothing", ("id", message.description),
            ("reason", "no such message in the spool of --ack: is it the one that the records come from?"))
    }
}
