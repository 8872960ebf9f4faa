import Glibc
import JSON
import Spool
import Tool

/// One line of standard input, judged; or the end.
enum Arrival: Sendable {
    /// One JSON object, the id that it names itself by, the recipients of its envelope if routes want them, and its first
    /// signature.
    case record(RecordBody, id: String?, recipients: [[UInt8]], seal: Seal?)
    /// `{"id":…,"discard":true}`
    case discard(id: String?)
    /// A line that is not one JSON object.
    case refused(RecordBody)
    /// A piece of a line that is longer than the limit. `id`: the line's, known from its first piece.
    case fragment(RecordBody, id: String?, last: Bool)
    /// An unfinished line, of this many bytes, at the end of input or of the run.
    case torn(Int)
    /// Standard input cannot be read.
    case failed(SystemError)
    case end

    fileprivate var size: Int {
        switch self {
        case .record(let body, _, _, _), .refused(let body), .fragment(let body, _, _): body.count
        case .discard, .torn, .failed, .end: 0
        }
    }
}

/// A signature that was made ahead of the attempt.
struct Seal: Sendable {
    let id: String
    /// The timestamp that it covers, in seconds since 1970.
    let seconds: Int64
    /// The value of `webhook-signature`.
    let signature: [UInt8]
}

/// Standard input, read, cut into lines, judged and signed by a thread of its own, so that the thread that delivers has
/// its hands free. It runs ahead by a megabyte, or by one record that is larger.
final class Intake: Sendable {
    fileprivate struct Mailbox {
        var arrivals: [Arrival] = []
        var next = 0
        var size = 0
        /// The deliverer sleeps, and wants to be woken by `pipe`.
        var isAwaited = false
        /// The reader waits for room.
        var isFull = false
        var isStopped = false
        /// Secrets to sign with from now on.
        var keys: [[UInt8]]?
    }

    fileprivate static let room = 1 << 20
    private let mailbox = Monitor(Mailbox())
    private let wakeup: Pipe
    private let stopping: Pipe
    private let limit: Int
    private let scanner: RecordScanner

    /// Starts reading descriptor 0.
    init(scanner: RecordScanner, limit: Int, secrets: [[UInt8]]) throws(SystemError) {
        self.limit = limit
        self.scanner = scanner
        wakeup = try Pipe.make()
        stopping = try Pipe.make()
        try Thread.start(name: "intake", stackSize: 512 * 1024) { [self] in
            var reader = IntakeReader(self, scanner: scanner, limit: limit, secrets: secrets)
            reader.run()
        }
    }

    // MARK: For the deliverer

    /// To poll when `isEmpty` has said so.
    var number: CInt { wakeup.read.number }

    /// The next line, if one is ready.
    func next() -> Arrival? {
        let (arrival, hasRoom) = mailbox.withLock { $0.take() }
        if hasRoom { mailbox.notifyAll() }
        return arrival
    }

    /// Whether nothing is ready. The descriptor will be readable once something is.
    var isEmpty: Bool {
        mailbox.withLock { mailbox in
            mailbox.isAwaited = mailbox.next == mailbox.arrivals.count
            return mailbox.isAwaited
        }
    }

    /// The descriptor was readable.
    func clear() {
        var byte: [UInt8] = [0]
        var span = byte.mutableSpan
        _ = try? wakeup.read.read(into: &span)
    }

    /// Reads no more. The whole lines that have been read arrive, and then the end.
    func stop() {
        mailbox.withLock { $0.isStopped = true }
        mailbox.notifyAll()
        _ = try? stopping.write.write([0].span)
    }

    /// Signs with these secrets from now on.
    func resign(with keys: [[UInt8]]) {
        mailbox.withLock { $0.keys = keys }
    }

    // MARK: For the reader

    /// Hands over a line; waits for room unless the run ends.
    fileprivate func put(_ arrival: Arrival) {
        let size = arrival.size
        let isAwaited = mailbox.wait { mailbox -> Bool? in
            if mailbox.size > 0, mailbox.size + size > Self.room, !mailbox.isStopped {
                mailbox.isFull = true
                return nil
            }
            mailbox.size += size
            mailbox.arrivals.append(arrival)
            defer { mailbox.isAwaited = false }
            return mailbox.isAwaited
        }
        if isAwaited { _ = try? wakeup.write.write([0].span) }
    }

    /// Secrets that have been replaced since the last question.
    fileprivate func newKeys() -> [[UInt8]]? {
        mailbox.withLock { mailbox in
            defer { mailbox.keys = nil }
            return mailbox.keys
        }
    }

    /// Waits until there is something to read; false when the run ends.
    fileprivate func waitForInput(_ input: CInt) throws(SystemError) -> Bool {
        var entries = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stopping.read.number, events: Int16(POLLIN), revents: 0),
        ]
        _ = try poll(&entries, timeoutMilliseconds: -1)
        return entries[1].revents == 0
    }
}

extension Intake.Mailbox {
    /// Takes the oldest, and tells whether the reader waits for the room that this makes.
    fileprivate mutating func take() -> (Arrival?, hasRoom: Bool) {
        guard next < arrivals.count else { return (nil, false) }
        let arrival = arrivals[next]
        arrivals[next] = .end  // lets go of the body
        next += 1
        size -= arrival.size
        if next == arrivals.count {
            arrivals.removeAll(keepingCapacity: true)
            next = 0
        }
        let hasRoom = isFull && size <= Intake.room / 2
        if hasRoom { isFull = false }
        return (arrival, hasRoom)
    }
}

/// The reading thread.
private struct IntakeReader: ~Copyable {
    private let intake: Intake
    private let input = Descriptor(owning: 0)
    private let scanner: RecordScanner
    private var lines: LineReader
    private var signer: Signer
    private let generator = MessageIDGenerator()
    private var longLineID: String?
    private var isInLongLine = false

    init(_ intake: Intake, scanner: RecordScanner, limit: Int, secrets: [[UInt8]]) {
        self.intake = intake
        self.scanner = scanner
        lines = LineReader(limit: limit)
        signer = Signer(keys: secrets)
    }

    mutating func run() {
        while true {
            switch lines.next() {
            case .line(let range):
                if let arrival = judge(range) { intake.put(arrival) }
            case .fragment(let range, let last):
                intake.put(fragment(range, last: last))
            case .torn(let range):
                guard let arrival = judge(range) else { continue }
                if case .refused = arrival { intake.put(.torn(range.count)) } else { intake.put(arrival) }
            case .starved:
                guard fill() else { return }
            case .end:
                return intake.put(.end)
            }
        }
    }

    /// Reads once; false at the end of the run.
    private mutating func fill() -> Bool {
        do throws(SystemError) {
            if try intake.waitForInput(input.number) {
                try lines.fill(from: input)
                if signer.isOn, let keys = intake.newKeys() { signer = Signer(keys: keys) }
                return true
            }
            if lines.unfinished > 0 || isInLongLine { intake.put(.torn(lines.unfinished)) }
        } catch {
            intake.put(.failed(error))
        }
        intake.put(.end)
        return false
    }

    /// Nil for a line of white space alone.
    private mutating func judge(_ range: Range<Int>) -> Arrival? {
        let block = lines.bytes
        let line = block.span.extracting(range)
        guard let shape = scanner.scan(line) else {
            return Self.isBlank(line) ? nil : .refused(RecordBody(line))
        }
        let id = shape.id.map { RecordID.name($0, in: line) }
        if shape.isDiscard { return .discard(id: id) }
        let body = RecordBody(line)
        let recipients = shape.recipients.map { decodedString(line.extracting($0)) }
        guard signer.isOn, let id else { return .record(body, id: id, recipients: recipients, seal: nil) }
        let seconds = Clock.now().seconds
        let seal = Seal(id: id, seconds: seconds, signature: signer.signature(id, seconds, body))
        return .record(body, id: id, recipients: recipients, seal: seal)
    }

    private static func isBlank(_ line: Span<UInt8>) -> Bool {
        for index in 0..<line.count where line[index] > 0x20 { return false }
        return true
    }

    private mutating func fragment(_ range: Range<Int>, last: Bool) -> Arrival {
        let block = lines.bytes
        let bytes = block.span.extracting(range)
        if !isInLongLine { longLineID = scanner.leadingID(bytes).map { RecordID.name($0, in: bytes) } }
        isInLongLine = !last
        return .fragment(RecordBody(bytes), id: longLineID, last: last)
    }
}
