/// A date and time with the offset that its writer had.
public struct DateTime: Sendable, Equatable {
    /// The year of the local time, 0 to 9999.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 59. A leap second is the one after it, which most readers of RFC 3339 do not take as it stands.
    public let second: Int
    /// Minutes east of UTC.
    public let offset: Int

    /// A time; nil when there is no such day or time. 24:00:00 is the next day's beginning.
    public init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, offset: Int) {
        guard 1...12 ~= month, 1 <= day, day <= Self.days(in: month, of: year), 0...9999 ~= year, 0...24 ~= hour,
            0...59 ~= minute, 0...60 ~= second, abs(offset) < 24 * 60
        else { return nil }
        guard hour < 24 || minute == 0 && second == 0 else { return nil }
        let days = Self.daysSince1970(year, month, day)
        self.init(local: days * 86_400 + hour * 3600 + minute * 60 + second, offset: offset)
    }

    /// The time at which clocks that are `offset` minutes ahead of UTC show that many seconds since 1970; nil beyond four digits of a year.
    private init?(local seconds: Int, offset: Int) {
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let time = seconds - days * 86_400
        // The civil calendar, with years that begin in March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        month = index < 10 ? index + 3 : index - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        day = dayOfYear - (153 * index + 2) / 5 + 1
        hour = time / 3600
        minute = time / 60 % 60
        second = time % 60
        self.offset = offset
        guard 0...9999 ~= year else { return nil }
    }

    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        // Days from the civil calendar, with years that begin in March.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    public var secondsSince1970: Int {
        Self.daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
    }

    /// The same moment in UTC; itself when that year has no four digits.
    public var utc: DateTime { DateTime(local: secondsSince1970, offset: 0) ?? self }

    /// Appends it as RFC 3339 wants it, with the writer's offset; `Z` for none.
    public func appendRFC3339(to output: inout [UInt8]) {
        output.appendDecimal(year, width: 4)
        append("-", month, to: &output)
        append("-", day, to: &output)
        append("T", hour, to: &output)
        append(":", minute, to: &output)
        append(":", second, to: &output)
        guard offset != 0 else { return output.append(UInt8(ascii: "Z")) }
        output.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        output.appendDecimal(abs(offset) / 60, width: 2)
        output.append(UInt8(ascii: ":"))
        output.appendDecimal(abs(offset) % 60, width: 2)
    }

    private func append(_ mark: Unicode.Scalar, _ value: Int, to output: inout [UInt8]) {
        output.append(UInt8(ascii: mark))
        output.appendDecimal(value, width: 2)
    }

    /// Appends it as RFC 3339 wants it, in UTC.
    public func appendUTC(to output: inout [UInt8]) { utc.appendRFC3339(to: &output) }
}
