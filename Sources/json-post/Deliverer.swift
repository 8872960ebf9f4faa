import Glibc
import Spool
import Tool

/// One run of json-post: records come in, are sent, and are made safe. One thread; everything waits in one place.
final class Deliverer {
    private(set) var settings: DelivererSettings
    private let reload: () throws(Failure) -> DelivererSettings
    private var generation = 0
    let log: Log
    let queue: Queue?
    private let acknowledger: Acknowledger?
    private let watch: DirectoryWatch?
    private let watchNumber: CInt
    private let signalNumber: CInt
    private let signals: Signals
    let client: HTTPClient
    let intake: Intake?
    private(set) var hasInputEnded: Bool
    var index: RecordIndex
    var governor: Governor
    var signer: Signer
    let generator = MessageIDGenerator()

    /// Easy handles that are free, and those that send.
    var idle: [HTTPTransfer] = []
    var active: [HTTPTransfer] = []
    /// New records that are about to be sent.
    var fresh: [Record] = []
    /// When the first of an unfinished batch came, in milliseconds.
    var freshSince: Int64 = 0
    /// Records of a batch that was refused: each is sent by itself.
    var alone: [Record] = []
    /// Records that failed or are to be stored, and wait for the next shared directory sync.
    var toStore: [Record] = []
    /// Records that could not be stored. While there are any, nothing more is read.
    var held: [Record] = []
    var heldUntil: Int64 = 0
    /// Without a queue: records that wait for their next attempt, by slot.
    var waiting: [RecordIndex.Slot: Record] = [:]
    var waitingBytes = 0
    /// The line longer than --max-record that is coming in.
    var longLine: LongLine?
    /// Whether the backlog has the next turn.
    var isBacklogsTurn = false
    /// No new attempts: what is in flight ends, and that is all.
    var isStopping = false
    var isAborting = false
    var tally = Tally()
    let status = Status()
    /// With `--flush`: what is due by this time is tried.
    private(set) var flushStart: Int64
    private var hasSaidNoSpoolID = false

    init(
        _ settings: DelivererSettings, log: Log, signals: consuming Signals, queue: Queue?,
        acknowledger: consuming Acknowledger?, intake: Intake?,
        reload: @escaping () throws(Failure) -> DelivererSettings
    ) throws(Failure) {
        self.reload = reload
        self.settings = settings
        self.log = log
        signalNumber = signals.number
        self.signals = signals
        self.queue = queue
        self.acknowledger = acknowledger
        self.intake = intake
        hasInputEnded = intake == nil
        governor = Governor(most: settings.concurrency)
        signer = Signer(keys: settings.secrets)
        client = try HTTPClient(connections: settings.concurrency)
        // The watch is set before the first listing, so that nothing falls between them.
        if let queue {
            let watch = try Failure.wrap(.osErr, "--queue") { () throws(SystemError) in try DirectoryWatch(queue.due) }
            watchNumber = watch.number
            self.watch = consume watch
        } else {
            watchNumber = -1
            watch = nil
        }
        index = RecordIndex()
        flushStart = Self.milliseconds()
        for _ in 0..<settings.concurrency { idle.append(try HTTPTransfer(settings.http, generation: 0)) }
        client.listen(to: signalNumber)
        if watchNumber >= 0 { client.listen(to: watchNumber) }
        if let intake { client.listen(to: intake.number) }
        if let queue { try loadIndex(queue) }
        flushStart = Self.milliseconds()
    }

    private func loadIndex(_ queue: Queue) throws(Failure) {
        let odd = try Failure.wrap(.ioErr, "--queue") { () throws(SystemError) in
            let loaded = try QueueLoader.load(
                queue, longest: settings.longestWait, now: Clock.now().seconds, milliseconds: flushStart)
            index = loaded.index
            return loaded.odd
        }
        for name in odd { notice(name, in: queue) }
        for name in odd where QueueName(name) == nil { log.warning("strange-file", ("name", name)) }
    }

    /// The monotonic clock in milliseconds.
    static func milliseconds() -> Int64 { Clock.monotonic() / 1_000_000 }

    var acknowledges: Bool { acknowledger != nil }

    // MARK: The loop

    /// Works until there is nothing more to do.
    func run() -> Sysexit {
        while true {
            while let transfer = client.next() { finish(transfer) }
            storePending()
            retryHeld()
            if isStopping { putAwayInput() } else { beginWork() }
            report()
            if isDone { return conclude() }
            rest()
        }
    }

    /// Nothing is under way and nothing will begin.
    private var isDone: Bool {
        if isAborting { return true }
        guard active.isEmpty, toStore.isEmpty, fresh.isEmpty, alone.isEmpty else { return false }
        if isStopping { return hasInputEnded || acknowledges }
        if settings.isFlush { return !mayBegin || nextBacklog == nil }
        return hasInputEnded && held.isEmpty && (queue != nil || waiting.isEmpty)
    }

    /// While flushing, an endpoint that is shut ends the run: the next one tries again.
    private var mayBegin: Bool { governor.room(now: Self.milliseconds()) > 0 }

    /// Waits until there may be something to do, and takes in what came.
    private func rest() {
        let now = Self.milliseconds()
        if wantsInput(now: now), intake?.isEmpty == false { return }
        guard let inputs = try? client.wait(milliseconds: max(0, nextWake(now: now) - now)) else {
            preconditionFailure("epoll")
        }
        for input in inputs {
            switch input {
            case signalNumber: takeSignals()
            case watchNumber: takeChanges()
            default: intake?.clear()
            }
        }
    }

    /// When to look again though nothing happens.
    private func nextWake(now: Int64) -> Int64 {
        var wake = Int64.max
        if !held.isEmpty { wake = min(wake, heldUntil) }
        guard !isStopping else { return wake }
        if !fresh.isEmpty { wake = min(wake, freshSince + BatchFormat.patience) }
        if let opening = governor.nextOpening(now: now) { wake = min(wake, opening) }
        if governor.room(now: now) > 0, let due = nextBacklog { wake = min(wake, due) }
        if queue == nil, governor.isShut(now: now) {
            for record in waiting.values { wake = min(wake, record.deadline) }
        }
        return wake
    }

    // MARK: What else happens

    /// The next line, or nil when none is ready.
    func nextArrival() -> Arrival? {
        let arrival = intake?.next()
        if case .end = arrival { hasInputEnded = true }
        return arrival
    }

    private func takeSignals() {
        while let signal = signals.next() {
            if signal == SIGHUP {
                readAgain()
                governor.retrySoon(now: Self.milliseconds())
            } else if isStopping {
                isAborting = true
            } else {
                isStopping = true
                log.info("stopping", ("signal", signal == SIGTERM ? "TERM" : "INT"), ("inflight", "\(active.count)"))
                intake?.stop()
            }
        }
    }

    /// Reads the files of secrets and headers anew. One that is broken changes nothing.
    private func readAgain() {
        do throws(Failure) {
            var fresh = try reload()
            fresh.http.url = settings.http.url
            var transfers: [HTTPTransfer] = []
            for _ in idle { transfers.append(try HTTPTransfer(fresh.http, generation: generation + 1)) }
            idle = transfers
            generation += 1
            settings = fresh
            signer = Signer(keys: fresh.secrets)
            intake?.resign(with: fresh.secrets)
            log.info("reloaded")
        } catch {
            log.error("reload-failed", ("error", error.message))
        }
    }

    /// Takes back a transfer that has ended; one with old settings is replaced.
    func retire(_ transfer: HTTPTransfer) {
        active.removeAll { $0 === transfer }
        let isCurrent = transfer.generation == generation
        idle.append(isCurrent ? transfer : (try? HTTPTransfer(settings.http, generation: generation)) ?? transfer)
    }

    /// Other commands have added records to due/, or it was this process.
    private func takeChanges() {
        guard let queue, let changes = drainWatch() else { return }
        for name in changes.names { notice(name, in: queue) }
        guard changes.overflow else { return }
        let names = (try? queue.due.names()) ?? []
        for name in names { notice(name, in: queue) }
    }

    private func drainWatch() -> DirectoryWatch.Changes? {
        try? watch?.drain()
    }

    // MARK: Acknowledging

    /// The spool's file behind a record that is safe now.
    func acknowledge(_ ticket: MessageID?) {
        guard let ticket, acknowledger != nil else { return }
        do throws(SystemError) {
            try acknowledger?.acknowledge(ticket)
        } catch {
            tally.outputFailed = true
            log.error("ack-failed", ("id", ticket.description), ("error", error.description))
        }
    }

    /// The spool file that an id names; only a spool id ever becomes a file name there.
    func ticket(_ id: String?) -> MessageID? {
        guard acknowledges else { return nil }
        if let id, let ticket = MessageID(id) { return ticket }
        if !hasSaidNoSpoolID {
            hasSaidNoSpoolID = true
            log.warning(
                "acknowledges-nothing", ("id", id), ("reason", "a record without the id of a message in the spool"))
        }
        return nil
    }
}

/// What a run is told by the command line.
struct DelivererSettings: Sendable {
    var http: HTTPSettings
    var schedule: Schedule
    var maxAge: TimeSpan
    var maxRecord: Int
    var secrets: [[UInt8]] = []
    var rejected: Set<Int> = []
    var isFlush = false
    /// Whether CloudEvents headers are sent.
    var isEvent = false
    /// How many records go into one request, and how; nil: one, as it is.
    var batch: (count: Int, format: BatchFormat)?

    var concurrency: Int { http.concurrency }

    /// How long an attempt may take.
    var attemptTime: TimeSpan { max(http.timeout, http.connectTimeout) }

    /// No due time that we write is further ahead than this.
    var longestWait: TimeSpan { max(schedule.longest, attemptTime) }
}

/// What a run has seen; it decides the exit status.
struct Tally {
    var delivered = 0
    /// Records and lines that went to failed/.
    var setAside = 0
    var refused = 0
    var undelivered = 0
    var torn = 0
    var outputFailed = false
    var inputFailed = false
}
