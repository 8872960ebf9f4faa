import CLinux
import SMTP
import Spool
import Synchronization
import Tool

/// All open connections: their limits, their deadlines, and the end of them all.
final class Seats: Sendable {
    private struct State {
        var taken: [ObjectIdentifier: Place] = [:]
        var bySite: [IPAddress: Int] = [:]
    }

    private struct Place {
        let seat: Seat
        /// Where it counts as coming from; nil when no limit holds for it.
        var site: IPAddress?
    }

    /// Caps; a change by SIGHUP needs none of them.
    let limit: Int
    let limitPerSite: Int
    private let state = Monitor(State())
    /// Set once, when no session may begin any more.
    let isDraining = Atomic<Bool>(false)

    /// How often deadlines are looked at, and how long a woken thread has to say goodbye.
    private static let tick: Int64 = 250_000_000
    private static let patience: Int64 = 10_000_000_000

    init(limit: Int, limitPerSite: Int) {
        self.limit = limit
        self.limitPerSite = limitPerSite
    }

    var count: Int { state.withLock { $0.taken.count } }

    /// Takes a seat for a connection, or says why there is none.
    /// - Parameter site: where it counts as coming from; nil: nowhere.
    func admit(socket: CInt, site: IPAddress?) -> Result<Seat, Reply> {
        let seat = Seat(socket: socket)
        let (refusal, isFirst): (Reply?, Bool) = state.withLock { state in
            if state.taken.count >= limit { return (Reply(.tooManyConnections, limit), false) }
            if let refusal = count(site, &state) { return (refusal, false) }
            state.taken[ObjectIdentifier(seat)] = Place(seat: seat, site: site)
            return (nil, state.taken.count == 1)
        }
        if isFirst { state.notifyAll() }
        return refusal.map { .failure($0) } ?? .success(seat)
    }

    /// The connection turned out to come from somewhere else: moves it there, or says why not.
    func move(_ seat: Seat, to site: IPAddress?) -> Reply? {
        state.withLock { state in
            discount(state.taken[ObjectIdentifier(seat)]?.site, &state)
            state.taken[ObjectIdentifier(seat)]?.site = nil
            if let refusal = count(site, &state) { return refusal }
            state.taken[ObjectIdentifier(seat)]?.site = site
            return nil
        }
    }

    private func count(_ site: IPAddress?, _ state: inout State) -> Reply? {
        guard let site else { return nil }
        guard state.bySite[site, default: 0] < limitPerSite else { return Reply(.tooManyFromAddress, limitPerSite) }
        state.bySite[site, default: 0] += 1
        return nil
    }

    private func discount(_ site: IPAddress?, _ state: inout State) {
        guard let site, let count = state.bySite[site] else { return }
        state.bySite[site] = count > 1 ? count - 1 : nil
    }

    /// Gives the seat back. Afterwards nobody touches its socket, so call it before closing.
    func leave(_ seat: Seat) {
        let isLast = state.withLock { state in
            discount(state.taken.removeValue(forKey: ObjectIdentifier(seat))?.site, &state)
            return state.taken.isEmpty
        }
        if isLast { state.notifyAll() }
    }

    /// Looks at the deadlines for as long as the process lives; sleeps while nobody is connected.
    func watchDeadlines() -> Never {
        var most = 0
        while true {
            state.wait { $0.taken.isEmpty ? nil : () }
            _ = state.wait(nanoseconds: Self.tick) { _ -> Void? in nil }
            let now = Clock.monotonic()
            let count = state.withLock { state in
                for place in state.taken.values { Self.judge(place.seat, now) }
                return state.taken.count
            }
            most = max(most, count)
            // After a rush: malloc(3) would keep what thousands of connections needed.
            if most >= 256, count < most / 4 {
                malloc_trim(0)
                most = count
            }
        }
    }

    private static func judge(_ seat: Seat, _ now: Int64) {
        let deadline = seat.deadline.load(ordering: .sequentiallyConsistent)
        guard deadline < now else { return }
        seat.wakeUp(.deadline)
        // Still there: it hangs in a write to a client that does not read.
        if deadline < now - patience { seat.cut() }
    }

    /// Ends idle sessions at once; those with a message under way go on.
    func drain() {
        isDraining.store(true, ordering: .sequentiallyConsistent)
        state.withLock { state in
            for place in state.taken.values where place.seat.isIdle.load(ordering: .sequentiallyConsistent) {
                place.seat.wakeUp(.drain)
            }
        }
    }

    /// Cuts off the connections with a message under way.
    func cutBusy() {
        state.withLock { state in
            for place in state.taken.values where !place.seat.isIdle.load(ordering: .sequentiallyConsistent) {
                place.seat.cut()
            }
        }
    }

    /// Cuts every connection off.
    func cutAll() {
        state.withLock { state in
            for place in state.taken.values { place.seat.cut() }
        }
    }

    /// Waits until all seats are free; false when they are not after this time.
    func waitUntilEmpty(nanoseconds: Int64) -> Bool {
        state.wait(nanoseconds: nanoseconds) { $0.taken.isEmpty ? () : nil } != nil
    }
}
