/// How much of one endpoint may be used now: its breaker, the number of requests that it bears, and the pause that it
/// asked for. Pure: times are milliseconds on a clock that only goes forward.
struct Governor: Sendable {
    /// The breaker.
    enum Breaker: Equatable, Sendable {
        /// Requests flow. `troubles`: failures in a row. → open after `Governor.tolerance` of them; → gone by 410.
        case closed(troubles: Int)
        /// One probe at a time, the next not before `until`. → closed by the first answer that is no trouble; → gone by 410.
        case open(until: Int64, delay: Int64, probing: Bool)
        /// As open, with a probe an hour. → closed likewise.
        case gone(until: Int64, probing: Bool)
    }

    /// What an answer changed.
    enum Change: Equatable, Sendable { case none, opened, closed, gone }

    private enum Outage { case none, lasts, over }

    /// Failures in a row that open the breaker.
    static let tolerance = 5
    /// Between two times that the backlog is brought forward, in milliseconds.
    static let forwardDelay: Int64 = 300_000
    /// The longest time between two probes, in milliseconds, and the time once the endpoint is gone.
    static let (longestProbeDelay, goneDelay): (Int64, Int64) = (60_000, 3_600_000)

    private(set) var breaker = Breaker.closed(troubles: 0)
    /// Requests that may be in flight, 1 to `most`.
    private(set) var limit: Int
    private let most: Int
    /// No request before this time.
    private(set) var pausedUntil: Int64 = .min
    private(set) var inFlight = 0
    /// Whether it was shut, and records that failed meanwhile may be waiting longer than they need to.
    private var outage = Outage.none
    /// Not before this time are they brought forward again: some fail because of themselves, and could shut it anew.
    private var nextForward: Int64 = .min
    /// When a request began or ended last.
    private var movedAt: Int64 = .min
    /// An endpoint that takes no more and has answered nothing for so long stalls, in milliseconds.
    static let stallTime: Int64 = 1000

    init(most: Int) {
        self.most = max(1, most)
        limit = self.most
    }

    /// How many requests may begin now.
    func room(now: Int64) -> Int {
        guard now >= pausedUntil else { return 0 }
        switch breaker {
        case .closed: return max(0, limit - inFlight)
        case .open(let until, _, let probing), .gone(let until, let probing):
            return !probing && now >= until ? 1 : 0
        }
    }

    /// Whether new records should not wait for the endpoint: the breaker is open, or it asked for a pause.
    func isShut(now: Int64) -> Bool {
        if case .closed = breaker { return now < pausedUntil }
        return true
    }

    /// For the status page: 0 closed, 1 open, 2 gone.
    var state: Int {
        switch breaker {
        case .closed: 0
        case .open: 1
        case .gone: 2
        }
    }

    /// Whether it has answered 410, and nothing better since.
    var isGone: Bool {
        if case .gone = breaker { return true }
        return false
    }

    /// When `room` will grow though nothing happens; nil when it has already, or only an answer can change it.
    func nextOpening(now: Int64) -> Int64? {
        var opening = pausedUntil
        switch breaker {
        case .closed: break
        case .open(let until, _, let probing), .gone(let until, let probing):
            if probing { return nil }
            opening = max(until, pausedUntil)
        }
        return opening > now ? opening : nil
    }

    /// When it stalls if nothing happens until then; nil while it has room.
    var stallsAt: Int64? {
        if case .closed = breaker, inFlight >= limit { return movedAt + Self.stallTime }
        return nil
    }

    /// What it asked for, by Retry-After or by 410: no request before `until`. Nil when it asked for nothing that still holds.
    func wish(now: Int64) -> (until: Int64, isGone: Bool)? {
        if case .gone(let until, _) = breaker { return (max(until, pausedUntil), true) }
        return pausedUntil > now ? (pausedUntil, false) : nil
    }

    /// What it asked for in an earlier run holds on, if `until` has not come yet. It begins with one request at a time.
    mutating func respect(until: Int64, isGone: Bool, now: Int64) {
        (limit, outage) = (1, .lasts)
        guard until > now else { return }
        if isGone { breaker = .gone(until: until, probing: false) } else { pausedUntil = until }
    }

    /// Whether the endpoint has taken a record after an outage, so that those which failed by that are to be tried now.
    /// True once an outage, and once in five minutes.
    mutating func takeRecovery(now: Int64) -> Bool {
        guard outage == .over, now >= nextForward else { return false }
        (outage, nextForward) = (.none, now + Self.forwardDelay)
        return true
    }

    /// The operator says that the endpoint may be well again: a probe, or after a pause a request, may begin at once.
    mutating func retrySoon(now: Int64) {
        pausedUntil = .min
        switch breaker {
        case .closed: break
        case .open(_, let delay, let probing): breaker = .open(until: now, delay: delay, probing: probing)
        case .gone(_, let probing): breaker = .gone(until: now, probing: probing)
        }
    }

    /// A request begins; there must be room for it.
    /// - Returns: whether it is the probe of an open breaker, which `answered` wants to know.
    mutating func began(now: Int64) -> Bool {
        inFlight += 1
        movedAt = now
        switch breaker {
        case .closed: return false
        case .open(let until, let delay, _): breaker = .open(until: until, delay: delay, probing: true)
        case .gone(let until, _): breaker = .gone(until: until, probing: true)
        }
        return true
    }

    /// A request ended.
    mutating func answered(_ answer: Answer, probe: Bool, now: Int64) -> Change {
        inFlight -= 1
        movedAt = now
        throttle(answer, now: now)
        if case .status(410, _) = answer {
            outage = .lasts
            defer { breaker = .gone(until: now + Self.goneDelay, probing: false) }
            if case .gone = breaker { return .none }
            return .gone
        }
        return answer.isTrouble ? trouble(probe: probe, now: now) : relief(answer)
    }

    private mutating func throttle(_ answer: Answer, now: Int64) {
        guard answer.isOverload else { return }
        limit = max(1, limit / 2)
        guard case .status(_, let seconds?) = answer, seconds > 0 else { return }
        pausedUntil = max(pausedUntil, now + seconds * 1000)
        outage = .lasts
    }

    private mutating func trouble(probe: Bool, now: Int64) -> Change {
        switch breaker {
        case .closed(let troubles):
            guard troubles + 1 >= Self.tolerance else {
                breaker = .closed(troubles: troubles + 1)
                return .none
            }
            breaker = .open(until: now + 1000, delay: 1000, probing: false)
            outage = .lasts
            return .opened
        case .open(_, let delay, _) where probe:
            let delay = min(delay * 2, Self.longestProbeDelay)
            breaker = .open(until: now + delay, delay: delay, probing: false)
        case .gone where probe:
            breaker = .gone(until: now + Self.goneDelay, probing: false)
        case .open, .gone:
            break  // began before the breaker opened
        }
        return .none
    }

    private mutating func relief(_ answer: Answer) -> Change {
        let isDelivered = answer.fate(rejecting: []) == .delivered
        if isDelivered, outage == .lasts { outage = .over }
        switch breaker {
        case .closed:
            if isDelivered { limit = min(most, limit + 1) }
            breaker = .closed(troubles: 0)
            return .none
        case .open, .gone:
            limit = 1
            breaker = .closed(troubles: 0)
            return .closed
        }
    }
}
