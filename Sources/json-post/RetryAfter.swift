/// The field Retry-After (RFC 9110 §10.2.3): seconds, or an HTTP date.
enum RetryAfter {
    /// The longest wait that is obeyed: 24 hours.
    static let most: Int64 = 86400

    /// How many seconds to wait from `now` (seconds since 1970), 0 to `most`; nil when the value is neither form.
    static func seconds(_ value: Span<UInt8>, now: Int64) -> Int64? {
        let text = trimmed(value)
        guard !text.isEmpty, text.count <= 64 else { return nil }
        if text.allSatisfy({ 0x30...0x39 ~= $0 }) {
            return text.count > 9 ? most : min(most, text.reduce(0) { $0 * 10 + Int64($1 - 0x30) })
        }
        guard let date = HTTPDate.seconds(String(decoding: text, as: UTF8.self)) else { return nil }
        return min(most, max(0, date - now))
    }

    private static func trimmed(_ value: Span<UInt8>) -> [UInt8] {
        var range = 0..<value.count
        while let last = range.last, value[last] <= 0x20 { range.removeLast() }
        while let first = range.first, value[first] <= 0x20 { range.removeFirst() }
        return range.map { value[$0] }
    }
}

/// HTTP-date (RFC 9110 §5.6.7): all three forms that a recipient must accept.
enum HTTPDate {
    /// Seconds since 1970, or nil.
    static func seconds(_ text: String) -> Int64? {
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT, and Sunday, 06-Nov-94 08:49:37 GMT
        case 6 where words[5] == "GMT":
            return seconds(day: words[1], month: words[2], year: words[3], time: words[4])
        // Sun Nov  6 08:49:37 1994
        case 5:
            return seconds(day: words[2], month: words[1], year: words[4], time: words[3])
        default:
            return nil
        }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func seconds(day: String, month: String, year: String, time: String) -> Int64? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false)
        guard let day = number(day, 1...31), let month = months.firstIndex(of: month), let year = fullYear(year),
            clock.count == 3, let hour = number(clock[0], 0...23), let minute = number(clock[1], 0...59),
            let second = number(clock[2], 0...60)
        else { return nil }
        return days(year: year, month: month + 1, day: day) * 86400 + hour * 3600 + minute * 60 + second
    }

    /// Two digits are the years 1970 to 2069: RFC 9110 wants no date that seems more than 50 years ahead.
    private static func fullYear(_ text: String) -> Int64? {
        guard let year = number(text, 0...9999) else { return nil }
        switch text.count {
        case 2: return year < 70 ? 2000 + year : 1900 + year
        case 4 where year >= 1970: return year
        default: return nil
        }
    }

    private static func number(_ text: some StringProtocol, _ range: ClosedRange<Int64>) -> Int64? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let value = Int64(text),
            range.contains(value)
        else { return nil }
        return value
    }

    /// Days since 1970-01-01 in the Gregorian calendar; the year is counted from March, so that a leap day ends it.
    private static func days(year: Int64, month: Int, day: Int64) -> Int64 {
        let year = month > 2 ? year : year - 1
        let month = Int64(month > 2 ? month - 3 : month + 9)
        return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
    }
}
