import ArgumentParser

/// A length of time as people write it: `30`, `0.5`, `5s`, `5m`, `2h`, `5d`. A number alone is seconds.
struct TimeSpan: Equatable, Comparable, Sendable, ExpressibleByArgument {
    let milliseconds: Int64

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(milliseconds: count * 1000) }

    init?(argument: String) {
        self.init(argument)
    }

    /// Reads a number of at most nine digits before the point and three after it, and a unit.
    init?(_ text: some StringProtocol) {
        var digits = Substring(text)
        var unit: Int64 = 1
        if let last = digits.last, let scale = Self.units[last] {
            unit = scale
            digits.removeLast()
        }
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, let count = Self.number(whole, atMost: 9) else { return nil }
        var thousandths: Int64 = 0
        if parts.count == 2 {
            guard let fraction = Self.number(parts[1], atMost: 3) else { return nil }
            thousandths = fraction * [1000, 100, 10, 1][parts[1].utf8.count]
        }
        milliseconds = (count * 1000 + thousandths) * unit
        guard milliseconds <= Self.longest else { return nil }
    }

    /// Ten years: no due time runs past what a queue entry can hold.
    private static let longest: Int64 = 10 * 366 * 86_400_000
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]

    private static func number(_ text: Substring, atMost digits: Int) -> Int64? {
        guard (1...digits).contains(text.utf8.count), text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return Int64(text)
    }

    /// Whole seconds, rounded up: what a file name can hold.
    var secondsUp: Int64 { (milliseconds + 999) / 1000 }

    static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.milliseconds < right.milliseconds }

    /// The shortest way to write it.
    var defaultValueDescription: String {
        for (name, scale) in [("d", 86400), ("h", 3600), ("m", 60)] as [(String, Int64)]
        where milliseconds > 0 && milliseconds % (scale * 1000) == 0 {
            return "\(milliseconds / (scale * 1000))\(name)"
        }
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(Double(milliseconds) / 1000)s"
    }
}
