import Glibc
import Spool
import Tool

/// One run of json-post: records come in, are sent, and are made safe. One thread; everything waits in one place.
final class Deliverer {
    private(set) var settings: DelivererSettings
    private let reload: () throws(Failure) -> DelivererSettings
    let log: Log
    let queue: Queue?
    private let acknowledger: AcknowledgerThread?
    /// Messages of the spool that are safe, for the next hand-over to `acknowledger`.
    private var settled: [MessageID] = []
    private let watch: DirectoryWatch?
    private let watchNumber: CInt
    private let signalNumber: CInt
    private let signals: Signals
    let client: HTTPClient
    let intake: Intake?
    private(set) var hasInputEnded: Bool
    var index = RecordIndex()
    /// By their numbers; first the operand's, even if there is none. Names without an endpoint, as the queue may hold, have
    /// one that is not known.
    private(set) var endpoints: [Endpoint] = []
    let generator = MessageIDGenerator()
    private(set) lazy var gzip = Gzip()

    /// What is being sent.
    var active: [HTTPTransfer] = []
    /// Records that failed or are to be stored, and wait for the next shared directory sync.
    var toStore: [Record] = []
    /// Records that could not be stored. While there are any, nothing more is read.
    var held: [Record] = []
    var heldUntil: Int64 = 0
    /// What was said about it.
    var complaint = Complaint()
    /// Without a queue: records that wait for their next attempt, by slot.
    var waiting: [RecordIndex.Slot: Record] = [:]
    var waitingBytes = 0
    /// The line longer than --max-record that is coming in.
    var longLine: LongLine?
    /// No new attempts: what is in flight ends, and that is all.
    var isStopping = false
    var isAborting = false
    var tally = Tally()
    let status: Status
    /// With `--flush`: what is due by this time is tried.
    private(set) var flushStart: Int64
    /// So many records waited then.
    private(set) var flushTotal = 0
    private var hasSaidNoSpoolID = false
    private var hasSaidNoRecipients = false

    init(
        _ settings: DelivererSettings, log: Log, signals: consuming Signals, queue: Queue?,
        acknowledger: AcknowledgerThread?, intake: Intake?,
        reload: @escaping () throws(Failure) -> DelivererSettings
    ) throws(Failure) {
        self.reload = reload
        self.settings = settings
        self.log = log
        signalNumber = signals.number
        self.signals = signals
        self.queue = queue
        status = Status(of: queue)
        self.acknowledger = acknowledger
        self.intake = intake
        hasInputEnded = intake == nil
        client = try HTTPClient()
        // The watch is set before the first listing, so that nothing falls between them.
        if let queue {
            let watch = try Failure.wrap(.osErr, "--queue") { () throws(SystemError) in try DirectoryWatch(queue.due) }
            watchNumber = watch.number
            self.watch = consume watch
        } else {
            watchNumber = -1
            watch = nil
        }
        flushStart = Self.milliseconds()
        _ = endpoint(named: "")
        try useEndpoints(of: settings)
        client.listen(to: signalNumber)
        if watchNumber >= 0 { client.listen(to: watchNumber) }
        if let intake { client.listen(to: intake.number) }
        if let queue {
            try loadIndex(queue)
            recallPauses(queue)
        }
        flushStart = Self.milliseconds()
        flushTotal = index.waitingCount
    }

    private func loadIndex(_ queue: Queue) throws(Failure) {
        let odd = try Failure.wrap(.ioErr, "--queue") { () throws(SystemError) in
            let loader = QueueLoader(
                queue, longest: settings.longestWait, now: Clock.now().seconds, milliseconds: flushStart)
            let contents = try loader.load(endpoints: endpoints.map(\.name))
            index = contents.index
            for name in contents.endpoints { _ = endpoint(named: name) }
            return contents.odd
        }
        for name in odd { notice(name, in: queue) }
        for name in odd where QueueName(name) == nil { log.warning("strange-file", ("name", name)) }
        tellUnknown()
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
            acknowledgeSettled()
            rest()
        }
    }

    /// Nothing is under way and nothing will begin.
    private var isDone: Bool {
        if isAborting { return true }
        guard active.isEmpty, toStore.isEmpty else { return false }
        guard endpoints.allSatisfy({ $0.fresh.isEmpty && $0.alone.isEmpty }) else { return false }
        if isStopping { return hasInputEnded || acknowledges }
        if settings.isFlush { return isFlushed }
        return hasInputEnded && held.isEmpty && (queue != nil || waiting.isEmpty)
    }

    /// While flushing, an endpoint that is shut is done: the next run tries again.
    private var isFlushed: Bool {
        let now = Self.milliseconds()
        return endpoints.allSatisfy { !mayServe($0) || $0.governor.room(now: now) == 0 || nextBacklog($0) == nil }
    }

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
        var wake = held.isEmpty ? Int64.max : heldUntil
        guard !isStopping else { return wake }
        for endpoint in endpoints { wake = min(wake, nextWake(endpoint, now: now)) }
        guard queue == nil else { return wake }
        for record in waiting.values where mustWait(record.endpoint, now: now) { wake = min(wake, record.deadline) }
        return wake
    }

    private func nextWake(_ endpoint: Endpoint, now: Int64) -> Int64 {
        var wake = Int64.max
        guard mayServe(endpoint) else { return wake }
        if !endpoint.fresh.isEmpty, !isReady(endpoint, now: now) { wake = endpoint.freshSince + BatchFormat.patience }
        if let opening = endpoint.governor.nextOpening(now: now) { wake = min(wake, opening) }
        if isShared, let stall = endpoint.governor.stallsAt, stall > now { wake = min(wake, stall) }
        if endpoint.governor.room(now: now) > 0, let due = nextBacklog(endpoint) { wake = min(wake, due) }
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
                for endpoint in endpoints { endpoint.governor.retrySoon(now: Self.milliseconds()) }
            } else if isStopping {
                isAborting = true
            } else {
                isStopping = true
                log.info("stopping", ("signal", signal == SIGTERM ? "TERM" : "INT"), ("inflight", "\(active.count)"))
                intake?.stop()
            }
        }
    }

    /// Reads the files that the options name anew. One that is broken changes nothing.
    private func readAgain() {
        do throws(Failure) {
            let fresh = try reload()
            try useEndpoints(of: fresh)
            settings = fresh
            intake?.resign(with: fresh.endpoint?.secrets ?? [])
            log.info("reloaded")
            tellUnknown()
        } catch {
            log.error("reload-failed", ("error", error.message))
        }
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

    // MARK: Endpoints

    /// The endpoint of a route; one that nothing has named so far is not known.
    func endpoint(named name: String) -> Endpoint {
        if let endpoint = endpoints.first(where: { $0.name == name }) { return endpoint }
        let endpoint = Endpoint(name, number: endpoints.count, most: settings.concurrency)
        endpoints.append(endpoint)
        index.admit(endpoint: endpoint.number)
        return endpoint
    }

    /// Takes up new settings: all of them, or, if libcurl does not like one, none.
    private func useEndpoints(of settings: DelivererSettings) throws(Failure) {
        var all = settings.routed
        all[""] = settings.endpoint
        var transfers: [String: HTTPTransfer] = [:]
        for (name, settings) in all { transfers[name] = try HTTPTransfer(settings.http) }
        for name in all.keys.sorted() { _ = endpoint(named: name) }
        for endpoint in endpoints { endpoint.update(all[endpoint.name], transfers[endpoint.name]) }
        client.keep(connections: settings.concurrency * max(1, all.count))
    }

    /// Whether one of several endpoints could hold the others up.
    var isShared: Bool { endpoints.count > 1 }

    /// Says once which names of routes in the queue nothing knows.
    func tellUnknown() {
        for endpoint in endpoints.dropFirst() where !endpoint.isKnown && !endpoint.hasSaidUnknown {
            let count = index.backlog(endpoint: endpoint.number)
            guard count > 0 else { continue }
            endpoint.hasSaidUnknown = true
            log.error(
                "route-unknown", ("route", endpoint.name), ("records", "\(count)"),
                ("reason", "they wait until a route of that name is given, with --route or in --route-file"))
        }
    }

    /// Says once that routes are given for records that say nothing of recipients.
    func tellNoRecipients() {
        guard !hasSaidNoRecipients else { return }
        hasSaidNoRecipients = true
        log.warning(
            "no-recipients", ("reason", "routes are given, and a record has no envelope.rcptTo"),
            ("hint", "of mime2json use the profile email or jmap, and let filters keep the envelope"))
    }

    // MARK: Acknowledging

    /// A record is safe now. Once all those of its line are, the message in the spool may go.
    func acknowledge(_ record: Record) {
        guard let line = record.line else { return }
        record.line = nil
        acknowledge(line.settle())
    }

    /// The spool's file behind what is safe now.
    func acknowledge(_ message: MessageID?) {
        if let message, acknowledges { settled.append(message) }
    }

    /// Hands over what has been acknowledged since the last time.
    func acknowledgeSettled() {
        acknowledger?.add(&settled)
    }

    /// Waits until the spool's files are gone.
    func finishAcknowledging() {
        acknowledgeSettled()
        if acknowledger?.finish() == true { tally.outputFailed = true }
    }

    /// The spool file that an id names; only a spool id ever becomes a file name there.
    func message(_ id: String?) -> MessageID? {
        guard acknowledges else { return nil }
        if let id, let message = MessageID(id) { return message }
        if !hasSaidNoSpoolID {
            hasSaidNoSpoolID = true
            log.warning(
                "acknowledges-nothing", ("id", id), ("reason", "a record without the id of a message in the spool"))
        }
        return nil
    }
}

/// What a run has seen; it decides the exit status.
struct Tally {
    /// Attempts that were answered, or will not be.
    var ended = 0
    var delivered = 0
    /// Records and lines that went to failed/.
    var setAside = 0
    var refused = 0
    var undelivered = 0
    var torn = 0
    var outputFailed = false
    var inputFailed = false
}
