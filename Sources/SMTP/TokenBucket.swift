/// A sustained rate with room for bursts.
package struct TokenBucket: Sendable, Equatable {
    /// Tokens a second.
    private let rate: Double
    private let most: Double
    private var tokens: Double
    private var filled: Int64

    /// A burst is ten seconds' worth.
    private static let burst = 10.0

    /// A full bucket.
    /// - Parameters:
    ///   - rate: a second, above 0.
    ///   - now: monotonic nanoseconds.
    package init(rate: Int, now: Int64) {
        self.rate = Double(rate)
        most = self.rate * Self.burst
        tokens = most
        filled = now
    }

    /// Takes one; false when there is none.
    package mutating func take(now: Int64) -> Bool {
        tokens = level(now)
        filled = max(filled, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Whether nothing is missing, so that a new bucket would do as well.
    package func isFull(now: Int64) -> Bool { level(now) >= most }

    private func level(_ now: Int64) -> Double {
        min(most, tokens + Double(max(0, now - filled)) / 1_000_000_000 * rate)
    }
}
