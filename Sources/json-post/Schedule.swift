import ArgumentParser

/// How long to wait after the first, second, third … failed attempt. The last delay repeats.
///
/// Each delay is spread by up to a fifth either way, so that records which failed together do not come back together:
///
///     5s,5m,30m   attempt 1 → 4–6 s   attempt 2 → 4–6 min   attempt 3 and later → 24–36 min
struct Schedule: Equatable, Sendable, ExpressibleByArgument {
    /// Never empty, none of them zero.
    let delays: [TimeSpan]

    init?(argument: String) {
        self.init(argument)
    }

    /// Reads a list separated by commas.
    init?(_ text: String) {
        var delays: [TimeSpan] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let delay = TimeSpan(part), delay.milliseconds > 0 else { return nil }
            delays.append(delay)
        }
        guard !delays.isEmpty else { return nil }
        self.delays = delays
    }

    var defaultValueDescription: String {
        delays.map(\.defaultValueDescription).joined(separator: ",")
    }

    /// How long to wait once `attempts` attempts have failed.
    /// - Parameter chance: from 0 to 1: where in the spread the delay falls. 0.5 is the delay as written.
    func delay(afterAttempts attempts: Int, chance: Double) -> TimeSpan {
        let written = delays[min(max(attempts, 1), delays.count) - 1]
        let factor = 0.8 + 0.4 * min(max(chance, 0), 1)
        return TimeSpan(milliseconds: Int64(Double(written.milliseconds) * factor))
    }

    /// No delay is longer than this: a due time further ahead comes from a clock that was wrong.
    var longest: TimeSpan {
        TimeSpan(milliseconds: (delays.max()?.milliseconds ?? 0) * 6 / 5)
    }
}
