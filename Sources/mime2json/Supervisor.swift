import Glibc
import JSON
import Spool
import Tool

/// The parent of the worker: hands it one file after the other, and goes on with a new one when it dies or hangs.
///
/// It parses nothing that a stranger wrote. A message that ends a worker is printed by the next one as a stand-in
/// that only reads the trace block (`Substitute`); if that ends it as well, the parent prints one without.
struct Supervisor<Source: Feed & ~Copyable>: ~Copyable {
    private var feed: Source
    private let shelf: Shelf
    private let arguments: [String]
    private let signals: Signals
    private let substitute: Substitute
    private var worker: WorkerProcess?
    private var ledger = Ledger(timeLimit: Self.timeLimit)
    /// Set by SIGTERM or SIGINT: nothing new is begun.
    private var isStopping = false
    private var hasUnreadable = false
    /// Workers in a row that died without a word.
    private var silentDeaths = 0
    private var lastTick = Clock.monotonic()

    /// How long a message may take until it is given up, in nanoseconds.
    static var timeLimit: Int64 { 60_000_000_000 }

    /// - Parameters:
    ///   - arguments: the command line of the workers.
    ///   - signals: SIGTERM and SIGINT.
    init(
        feed: consuming Source, shelf: Shelf, arguments: [String], signals: consuming Signals, substitute: Substitute
    ) {
        self.feed = feed
        self.shelf = shelf
        self.arguments = arguments
        self.signals = signals
        self.substitute = substitute
    }

    /// Works until nothing is left to do.
    /// - Returns: 66 when a file could not be read or the names ended before their time, else 0.
    mutating func run() throws -> Sysexit {
        defer { Progress.erase() }
        do {
            while try step() {}
        } catch let error as SystemError {
            throw Failure(.osErr, "\(error)")
        }
        _ = worker?.end()
        return hasUnreadable || feed.isLost ? .noInput : .ok
    }

    private mutating func step() throws -> Bool {
        if !isStopping { try fill() }
        if isStopping ? !ledger.isWorkerBusy : ledger.isEmpty && feed.isFinished { return false }
        try wait()
        return true
    }

    // MARK: Requests

    private mutating func fill() throws {
        while ledger.wantsMore, let request = feed.next() {
            if request.name.contains(0) { tellUnreadable(request.name, ENOENT) } else { ledger.add(request) }
        }
        let requests = ledger.requestsToSend()
        if !requests.isEmpty {
            if worker == nil { worker = try WorkerProcess.start(arguments: arguments) }
            try worker?.send(requests)
        }
    }

    private mutating func tellUnreadable(_ name: [UInt8], _ number: CInt) {
        guard feed.isError(unreadable: name, number) else { return }
        hasUnreadable = true
        Mime2json.complain("\(shelf.path(name)): \(SystemError("open", number).reason)")
    }

    // MARK: Waiting

    private mutating func wait() throws {
        if ledger.isEmpty {
            Progress.erase(isIdle: true)
        } else {
            Progress.note(.messages, done: ledger.settled, of: feed.total)
        }
        let input = feed.number ?? -1
        var entries = [signals.number, worker?.tellNumber ?? -1, isStopping ? -1 : input]
            .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        entries.append(pollfd(fd: 1, events: 0, revents: 0))
        // To be woken by each tell would cost as much as a small message does.
        if ledger.hasPlentySent { usleep(1000) }
        _ = try poll(&entries, timeoutMilliseconds: patience())
        if entries[0].revents != 0 { noteSignals() }
        if entries[1].revents != 0 { try readTells() }
        if entries[3].revents != 0 { Output.endByBrokenPipe() }
        if entries[2].revents != 0 || feed.timeout == 0 { try feed.look() }
        tick()
    }

    /// In milliseconds. While a message is being converted the clock must tick: see `tick()`.
    private func patience() -> CInt {
        if ledger.isConverting { return min(1000, feed.timeout ?? 1000) }
        return isStopping ? -1 : feed.timeout ?? -1
    }

    /// Counts the time that a message takes, a second a turn at most: time for which this process itself was stopped
    /// (Ctrl-Z, a suspended machine) is not the message's.
    private mutating func tick() {
        let now = Clock.monotonic()
        let passed = min(now - lastTick, 1_100_000_000)
        lastTick = now
        guard let elapsed = ledger.pass(passed), elapsed > Self.timeLimit else { return }
        Mime2json.complain("a message takes more than \(Self.timeLimit / 1_000_000_000) seconds: the worker is ended")
        worker?.kill()
    }

    private mutating func noteSignals() {
        while signals.next() != nil {
            // The second one means at once.
            if isStopping {
                worker?.kill()
                Progress.erase()
                exit(Sysexit.ok.rawValue)
            }
            isStopping = true
            worker?.stop()
        }
    }

    // MARK: Tells

    private mutating func readTells() throws {
        var buffer = [UInt8](repeating: 0, count: 128 * Tell.size)
        let count = try worker?.readTells(into: &buffer) ?? 0
        if count == 0 { return try bury() }
        silentDeaths = 0
        for start in stride(from: 0, to: count, by: Tell.size) {
            if let tell = Tell(buffer[start..<min(start + Tell.size, count)]) { try note(tell) }
        }
    }

    private mutating func note(_ tell: Tell) throws {
        if tell.kind == .outputFailed {
            if CInt(tell.value) == EPIPE { Output.endByBrokenPipe() }
            throw Failure(.ioErr, "")
        }
        let settled = ledger.note(tell)
        if let settled, tell.kind == .unreadable { tellUnreadable(settled.name, CInt(tell.value)) }
    }

    // MARK: Death

    /// The worker is dead: sees to the message that was under way.
    private mutating func bury() throws {
        let bytesWritten = worker?.bytesWritten
        let manner = worker?.end() ?? ""
        worker = nil
        let loss = ledger.workerDied(bytesWritten: bytesWritten)
        if loss.torn { try endTornLine() }
        switch loss.culprit {
        case .none:
            if !isStopping { try noteSilentDeath(manner) }
        case .message(let name):
            Mime2json.complain("\(shelf.path(name)): the worker ended (\(manner)); the message goes out unconverted")
        case .oneOf(let count):
            Mime2json.complain("the worker ended (\(manner)); the \(count) messages under way are tried one by one")
        case .standIn(let request): try finish(request)
        }
    }

    private mutating func noteSilentDeath(_ manner: String) throws {
        silentDeaths += 1
        if silentDeaths > 3 { throw Failure(.osErr, "the worker ends as soon as it is started (\(manner))") }
    }

    /// Prints the stand-in without a worker.
    private mutating func finish(_ request: Request) throws {
        let file: MessageFile
        do throws(SystemError) {
            file = try shelf.load(request)
        } catch {
            return tellUnreadable(request.name, error.number)
        }
        var json = substitute.print(file, envelope: false)
        json.endLine()
        try write(json.text)
    }

    private func write(_ text: JSONText) throws {
        do throws(OutputError) {
            try Output.write(text)
        } catch {
            throw error.failure
        }
    }

    /// Keeps what a worker left torn from spoiling the next line.
    private func endTornLine() throws {
        var end = JSONWriter()
        end.endLine()
        try write(end.text)
    }
}
