/// What the parent knows of its requests: which wait, which the worker has, and how far it is with them.
///
/// Pure: the supervisor asks it what to send, and tells it what it heard. A request leaves the ledger when its
/// object has been written whole, or when its file could not be read.
struct Ledger {
    /// A request the worker has.
    struct Entry: Equatable {
        var request: Request
        var state = State.sent
    }

    /// How far the worker is with one request.
    enum State: Equatable {
        /// It waits in the pipe.
        case sent
        /// It is read and converted, so far for this many nanoseconds.
        case begun(elapsed: Int64)
        /// Its object, of this length, goes to standard output. Before that the worker had written `before` bytes.
        case writing(length: Int, before: Int)
    }

    /// What a worker's death means for the request that was under way.
    enum Loss: Equatable {
        /// None was: nothing is lost.
        case none
        /// It is asked for again, as a stand-in (`Substitute`). If `torn`, a part of its object may have been written.
        case retried(name: [UInt8], torn: Bool)
        /// The stand-in killed a worker as well: the parent itself must print one.
        case abandoned(name: [UInt8], torn: Bool)
    }

    private var waiting = Queue<Request>()
    private var sent = Queue<Entry>()
    private var firstNumber = 0
    private var bytesSent = 0

    /// At most this many bytes of requests are in the pipe, so that writing to it never blocks.
    private static let window = 4096

    /// Whether nothing is left to be done.
    var isEmpty: Bool { waiting.isEmpty && sent.isEmpty }
    /// Whether the worker has requests.
    var isWorkerBusy: Bool { !sent.isEmpty }
    /// Whether more requests can be sent at once than wait here.
    var wantsMore: Bool { waiting.count < 16 }

    /// Adds a request at the end.
    mutating func add(_ request: Request) {
        waiting.append(request)
    }

    /// The next request to send, if the worker's pipe has room for it.
    mutating func nextToSend() -> Request? {
        guard let request = waiting.first else { return nil }
        let size = request.encoded.count
        guard sent.isEmpty || bytesSent + size <= Self.window else { return nil }
        waiting.removeFirst()
        bytesSent += size
        sent.append(Entry(request: request))
        return request
    }

    /// The request that is under way.
    var current: Entry? { sent.first }

    /// Notes what the worker told.
    /// - Returns: the request, if that settles it.
    mutating func note(_ tell: Tell) -> Request? {
        // Anything but the oldest request, in its order, is no tell of this worker.
        guard let entry = sent.first, tell.number == firstNumber else { return nil }
        switch tell.kind {
        case .begun: sent.first?.state = .begun(elapsed: 0)
        case .writing: sent.first?.state = .writing(length: tell.value, before: tell.total)
        case .written, .unreadable: return settle(entry)
        case .outputFailed: break
        }
        return nil
    }

    private mutating func settle(_ entry: Entry) -> Request {
        sent.removeFirst()
        firstNumber += 1
        bytesSent -= entry.request.encoded.count
        return entry.request
    }

    /// Lets time pass for the message that is being converted.
    /// - Returns: for how long it has been under way, in nanoseconds; nil when none is.
    mutating func pass(_ nanoseconds: Int64) -> Int64? {
        guard case .begun(let elapsed)? = sent.first?.state else { return nil }
        sent.first?.state = .begun(elapsed: elapsed + nanoseconds)
        return elapsed + nanoseconds
    }

    /// The worker is dead: what it had waits again, in order, for the next one.
    /// - Parameter bytesWritten: what it had written in its life, if that is known.
    mutating func workerDied(bytesWritten: Int?) -> Loss {
        let loss = takeCurrent(bytesWritten)
        if case .retried(let name, _) = loss { waiting.prepend([Request(.substitute, name)]) }
        return loss
    }

    private mutating func takeCurrent(_ bytesWritten: Int?) -> Loss {
        defer { forgetWorker() }
        guard let entry = sent.first else { return .none }
        var torn = false
        switch entry.state {
        case .sent: return .none
        case .begun: break
        case .writing(let length, let before):
            let written = bytesWritten.map { $0 - before }
            if written == length {
                _ = settle(entry)
                return .none
            }
            torn = written != 0
        }
        sent.removeFirst()
        let name = entry.request.name
        return entry.request.task == .convert ? .retried(name: name, torn: torn) : .abandoned(name: name, torn: torn)
    }

    private mutating func forgetWorker() {
        waiting.prepend(sent.map(\.request))
        sent = Queue()
        firstNumber = 0
        bytesSent = 0
    }
}
