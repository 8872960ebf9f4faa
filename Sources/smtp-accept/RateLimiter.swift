import SMTP
import Spool

/// Messages a second from each address (`--rate-per-ip`).
final class RateLimiter: Sendable {
    private struct State {
        var buckets: [IPAddress: TokenBucket] = [:]
        /// With so many buckets the full ones are thrown out.
        var crowd = 1024
    }

    /// Messages a second; 0: no limit.
    let rate: Int
    private let state = Monitor(State())

    init(rate: Int) {
        self.rate = rate
    }

    /// Whether one more message may come from there now.
    func allows(_ site: IPAddress, now: Int64) -> Bool {
        guard rate > 0 else { return true }
        return state.withLock { state in
            if state.buckets.count >= state.crowd {
                state.buckets = state.buckets.filter { !$0.value.isFull(now: now) }
                state.crowd = max(1024, 2 * state.buckets.count)
            }
            return state.buckets[site, default: TokenBucket(rate: rate, now: now)].take(now: now)
        }
    }
}
