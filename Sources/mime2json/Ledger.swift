/// What the parent knows of its requests: which wait, which the worker has, and how far it is with them.
///
/// Pure: the supervisor asks it what to send, and tells it what it heard. A request leaves the ledger when its
/// object has been written whole, or when its file could not be read: both in the order of the requests.
struct Ledger {
    /// A request.
    struct Entry: Equatable {
        var request: Request
        var state = State.sent
        /// Whether the worker is to have nothing else meanwhile: one died while it had this one and others.
        var isAlone = false
    }

    /// How far the worker is with one request.
    enum State: Equatable {
        /// It waits in the pipe.
        case sent
        /// It is read and converted, so far for this many nanoseconds.
        case begun(elapsed: Int64)
        /// Its object is whole and waits for its turn.
        case converted
        /// Its object, of this length, goes to standard output. Before that the worker had written `before` bytes.
        case writing(length: Int, before: Int)
    }

    /// What a worker's death means for what it had.
    struct Loss: Equatable {
        /// Which one killed it.
        enum Culprit: Equatable {
            /// None was under way: nothing is lost.
            case none
            /// This one. It is asked for again, as a stand-in (`Substitute`).
            case message(name: [UInt8])
            /// This one's stand-in: the parent itself must print one.
            case standIn(Request)
            /// One of so many. They are asked for again, each alone.
            case oneOf(Int)
        }

        var culprit: Culprit
        /// Whether a part of an object may have been written.
        var torn: Bool
    }

    private var waiting = Queue<Entry>()
    private var sent = Queue<Entry>()
    private var firstNumber = 0
    /// In the pipe, not begun.
    private var bytesSent = 0
    /// What is under way for longer is what killed its worker.
    private let timeLimit: Int64
    /// How many requests were settled.
    private(set) var settled = 0

    /// At most this many bytes of requests are in the pipe, so that writing to it never blocks.
    private static let window = 4096

    /// - Parameter timeLimit: how long a message may take, in nanoseconds.
    init(timeLimit: Int64 = .max) {
        self.timeLimit = timeLimit
    }

    /// Whether nothing is left to be done.
    var isEmpty: Bool { waiting.isEmpty && sent.isEmpty }
    /// Whether the worker has requests.
    var isWorkerBusy: Bool { !sent.isEmpty }
    /// Whether more requests can be sent at once than wait here.
    var wantsMore: Bool { waiting.count < 128 }
    /// Whether the worker has enough to do for a millisecond, even where the messages are small.
    var hasPlentySent: Bool { sent.count >= 64 }

    /// Adds a request at the end.
    mutating func add(_ request: Request) {
        waiting.append(Entry(request: request))
    }

    /// The requests to send now: as many as the worker's pipe has room for.
    mutating func requestsToSend() -> [Request] {
        var requests: [Request] = []
        while let request = nextToSend() { requests.append(request) }
        return requests
    }

    private mutating func nextToSend() -> Request? {
        guard let entry = waiting.first else { return nil }
        let size = entry.request.encoded.count
        guard sent.isEmpty || !entry.isAlone && !sent[0].isAlone && bytesSent + size <= Self.window else { return nil }
        waiting.removeFirst()
        bytesSent += size
        sent.append(entry)
        return entry.request
    }

    // MARK: Tells

    /// The oldest request that the worker has.
    var current: Entry? { sent.first }

    /// Whether a message is being converted.
    var isConverting: Bool {
        sent.contains { if case .begun = $0.state { true } else { false } }
    }

    /// Notes what the worker told.
    /// - Returns: the request, if that settles it.
    mutating func note(_ tell: Tell) -> Request? {
        let index = tell.number - firstNumber
        guard 0..<sent.count ~= index else { return nil }
        switch tell.kind {
        case .begun:
            takeFromPipe(index)
            sent[index].state = .begun(elapsed: 0)
        case .converted: sent[index].state = .converted
        // Only the oldest one can be at these.
        case .writing where index == 0: sent[0].state = .writing(length: tell.value, before: tell.total)
        case .written where index == 0, .unreadable where index == 0: return settle()
        case .writing, .written, .unreadable, .outputFailed: break
        }
        return nil
    }

    private mutating func takeFromPipe(_ index: Int) {
        if sent[index].state == .sent { bytesSent -= sent[index].request.encoded.count }
    }

    private mutating func settle() -> Request {
        takeFromPipe(0)
        let request = sent[0].request
        sent.removeFirst()
        firstNumber += 1
        settled += 1
        return request
    }

    /// Lets time pass for the messages that are being converted.
    /// - Returns: for how long one has been under way at most, in nanoseconds; nil when none is.
    mutating func pass(_ nanoseconds: Int64) -> Int64? {
        var longest: Int64?
        for index in 0..<sent.count {
            guard case .begun(let elapsed) = sent[index].state else { continue }
            sent[index].state = .begun(elapsed: elapsed + nanoseconds)
            longest = max(longest ?? 0, elapsed + nanoseconds)
        }
        return longest
    }

    // MARK: Death

    /// The worker is dead: what it had waits again, in order, for the next one.
    /// - Parameter bytesWritten: what its first thread had written in its life, if that is known.
    mutating func workerDied(bytesWritten: Int?) -> Loss {
        let torn = endWriting(bytesWritten)
        let suspects = suspects
        var loss = Loss(culprit: .oneOf(suspects.count), torn: torn)
        var kept = Array(sent)
        if suspects.isEmpty {
            loss.culprit = .none
        } else if suspects.count == 1 {
            loss.culprit = condemn(suspects[0], &kept)
        } else {
            for index in suspects { kept[index].isAlone = true }
        }
        for index in kept.indices { kept[index].state = .sent }
        waiting.prepend(kept)
        sent = Queue()
        firstNumber = 0
        bytesSent = 0
        return loss
    }

    /// Settles the object that was being written, if all of it got out.
    /// - Returns: whether a part of it may have.
    private mutating func endWriting(_ bytesWritten: Int?) -> Bool {
        guard case .writing(let length, let before)? = sent.first?.state else { return false }
        let written = bytesWritten.map { $0 - before }
        guard written == length else { return written != 0 }
        _ = settle()
        return false
    }

    /// Which of them the worker may have died of: the one that took too long, else all that were under way.
    private var suspects: [Int] {
        var suspects: [Int] = []
        for index in 0..<sent.count {
            switch sent[index].state {
            case .begun(let elapsed):
                if elapsed > timeLimit { return [index] }
                suspects.append(index)
            case .writing: suspects.append(index)
            case .sent, .converted: break
            }
        }
        return suspects
    }

    private mutating func condemn(_ index: Int, _ kept: inout [Entry]) -> Loss.Culprit {
        let request = kept[index].request
        if request.task == .convert {
            kept[index].request.task = .substitute
            return .message(name: request.name)
        }
        kept.remove(at: index)
        settled += 1
        return .standIn(request)
    }
}
