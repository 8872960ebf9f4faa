import Glibc
import Spool
import Synchronization
import Tool

/// `--print`: the path of each accepted message on standard output, one a line, from a thread of its own, so that a
/// slow reader delays nobody.
///
/// Ids wait in memory up to a limit; beyond it they are forgotten and the spool is listed again once the reader has
/// caught up. Then paths may be printed twice, but none is left out.
final class Printer: Sendable {
    private struct State {
        var waiting: [MessageID] = []
        /// Whether the spool must be listed for what is not in `waiting`.
        var mustList = false
    }

    /// Ids that wait in memory at most: 16 bytes each.
    private let limit: Int
    private let spool: SpoolDirectory
    private let state: Monitor<State>
    /// Standard output, ours from now on.
    private let output: Descriptor
    /// A byte in this pipe says that there is something to print.
    private let bell: Pipe
    /// Set when the reader went away.
    let isBroken = Atomic<Bool>(false)

    /// Begins with what the spool holds. Make it before the first message comes, or that is printed twice.
    init(
        _ spool: SpoolDirectory, limit: Int = 65_536, output: consuming Descriptor = Descriptor(owning: 1)
    ) throws(SystemError) {
        self.spool = spool
        self.limit = limit
        self.output = output
        state = Monitor(State(waiting: try spool.messages().ids))
        bell = try Pipe.make()
        _ = fcntl(bell.write.number, F_SETFL, O_NONBLOCK)
    }

    /// Prints the path of a message, some time.
    func print(_ id: MessageID) {
        let mustRing = state.withLock { state in
            if state.waiting.count >= limit {
                state.mustList = true
                return false
            }
            state.waiting.append(id)
            return state.waiting.count == 1
        }
        if mustRing { ring() }
    }

    private func ring() {
        _ = unsafe Glibc.write(bell.write.number, [1 as UInt8], 1)
    }

    /// Whether everything is printed.
    var isDone: Bool { state.withLock { $0.waiting.isEmpty && !$0.mustList } || isBroken.load(ordering: .relaxed) }

    /// Prints until the reader goes away.
    func run(onBroken: () -> Void) {
        while printWaiting(), waitForBell() {}
        isBroken.store(true, ordering: .sequentiallyConsistent)
        onBroken()
    }

    /// Prints all that waits; false when nobody reads any more. What is printed is still counted as waiting until it
    /// is out.
    private func printWaiting() -> Bool {
        while true {
            let (ids, mustList) = state.withLock { ($0.waiting, $0.mustList) }
            if mustList, let all = list() {
                guard write(all) else { return false }
            } else if ids.isEmpty {
                return true
            } else {
                guard write(ids) else { return false }
                state.withLock { $0.waiting.removeFirst(ids.count) }
            }
        }
    }

    /// The spool's messages; nil when it cannot be listed now, and must be later.
    private func list() -> [MessageID]? {
        // First, for who comes meanwhile may not be in it.
        state.withLock { $0.mustList = false }
        if let all = try? spool.messages().ids { return all }
        state.withLock { $0.mustList = true }
        return nil
    }

    private func write(_ ids: [MessageID]) -> Bool {
        var bytes: [UInt8] = []
        for id in ids {
            bytes.append(contentsOf: spool.path(of: id).utf8)
            bytes.append(0x0A)
            if bytes.count > 16_384 {
                guard write(bytes) else { return false }
                bytes.removeAll(keepingCapacity: true)
            }
        }
        return write(bytes)
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        do throws(SystemError) {
            try output.writeAll(bytes.span)
            return true
        } catch {
            return false
        }
    }

    /// Waits until there is something to print, or a second if the spool could not be listed; false when the reader went away
    /// meanwhile.
    private func waitForBell() -> Bool {
        while true {
            var entries = [
                pollfd(fd: bell.read.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output.number, events: 0, revents: 0),
            ]
            let patience: CInt = state.withLock { $0.mustList } ? 1000 : -1
            guard let ready = try? poll(&entries, timeoutMilliseconds: patience), entries[1].revents == 0 else {
                return false
            }
            if ready == 0 { return true }
            if entries[0].revents != 0 {
                var bytes = [UInt8](repeating: 0, count: 64)
                var span = bytes.mutableSpan
                _ = try? bell.read.read(into: &span)
                return true
            }
        }
    }
}
