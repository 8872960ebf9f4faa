/// Reads dates as mail has them: RFC 5322 §3.3 and §4.3, asctime, ISO 8601, numeric months, words in any order.
///
/// Words are taken one by one and sorted by what they look like; what is missing in the end makes no date.
struct DateReader: ~Escapable {
    private let bytes: Span<UInt8>
    private let end: Int
    private var position: Int
    private var day: Int?
    private var month: Int?
    /// Whether the month may be a day of the week: "Mar," is Tuesday in French.
    private var isWeekday = false
    private var year: Int?
    private var time: (hour: Int, minute: Int, second: Int)?
    private var offset: Int?
    private var afternoon: Bool?

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The date; nil when there is none.
    mutating func run() -> DateTime? {
        position = bytes.skipCFWS(position, end)
        var words = 0
        while position < end, words < 16 {
            words += 1
            word()
            skipSeparators()
        }
        guard let day, let month, let year, let time else { return nil }
        var hour = time.hour
        if let afternoon, 1...12 ~= hour { hour = hour % 12 + (afternoon ? 12 : 0) }
        return DateTime(
            year: year, month: month, day: day, hour: hour, minute: time.minute, second: time.second,
            offset: offset ?? 0)
    }

    private mutating func skipSeparators() {
        while position < end {
            position = bytes.skipCFWS(position, end)
            guard position < end else { return }
            let byte = bytes[position]
            let dash = byte == UInt8(ascii: "-") && time == nil
            guard dash || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") else {
                return
            }
            position += 1
        }
    }

    private mutating func word() {
        let byte = bytes[position]
        if byte.isDigit {
            number()
        } else if byte.isAlpha {
            letters()
        } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"), time != nil {
            zone(negative: byte == UInt8(ascii: "-"))
        } else {
            position += 1
        }
    }

    // MARK: Numbers

    /// The digits at `position`, at most nine of them counted.
    private mutating func digits() -> (value: Int, count: Int) {
        var value = 0
        var count = 0
        while position < end, bytes[position].isDigit {
            if count < 9 { value = value * 10 + Int(bytes[position] - 0x30) }
            count += 1
            position += 1
        }
        return (value, count)
    }

    private mutating func number() {
        let (value, count) = digits()
        if time == nil, let minute = digitAfterColon() {
            clock(hour: value, minute)
        } else if count > 2 || value > 31 {
            if year == nil { setYear(value, count) }
        } else if day == nil, year == nil || month != nil {
            day = value
        } else if month == nil {
            month = value
            isoTimeMark()
        } else if day == nil {
            day = value
            isoTimeMark()
        } else if year == nil {
            setYear(value, count)
        }
    }

    /// The `T` between date and time of ISO 8601.
    private mutating func isoTimeMark() {
        if position + 1 < end, bytes[position].lowered == UInt8(ascii: "t"), bytes[position + 1].isDigit {
            position += 1
        }
    }

    /// Years of two and three digits are obsolete syntax (RFC 5322 §4.3).
    private mutating func setYear(_ value: Int, _ count: Int) {
        switch count {
        case 1, 2: year = value < 50 ? 2000 + value : 1900 + value
        case 3: year = 1900 + value
        case 4: year = value
        default: break
        }
        // ISO 8601: month and day follow, the day that was read before is none.
        if count == 4, day == nil, position < end, bytes[position] == UInt8(ascii: "-") { position += 1 }
    }

    /// - Parameter start: where the minute begins.
    private mutating func clock(hour: Int, _ start: Int) {
        position = start
        let minute = digits().value
        var second = 0
        if let start = digitAfterColon() {
            position = start
            second = digits().value
        }
        if position + 1 < end, bytes[position] == UInt8(ascii: "."), bytes[position + 1].isDigit {
            position += 1
            _ = digits()
        }
        time = (hour, minute, second)
    }

    /// Where digits begin behind a colon. Obsolete syntax has white space and comments around it (RFC 5322 §4.3).
    private func digitAfterColon() -> Int? {
        let colon = bytes.skipCFWS(position, end)
        guard colon < end, bytes[colon] == UInt8(ascii: ":") else { return nil }
        let digit = bytes.skipCFWS(colon + 1, end)
        return digit < end && bytes[digit].isDigit ? digit : nil
    }

    private mutating func zone(negative: Bool) {
        position += 1
        var (value, count) = digits()
        var minutes = 0
        if position + 1 < end, bytes[position] == UInt8(ascii: ":"), bytes[position + 1].isDigit {
            position += 1
            minutes = digits().value
            count = 4
        } else if count > 2 {
            minutes = value % 100
            value /= 100
        }
        // "GMT+1" means one thing in POSIX and another to people: only the GMT is sure.
        guard count <= 4, value < 24, minutes < 60, offset == nil || count > 2 else { return }
        offset = (value * 60 + minutes) * (negative ? -1 : 1)
    }

    // MARK: Words

    private mutating func letters() {
        let start = position
        while position < end, bytes[position].isAlpha || bytes[position] >= 0x80 { position += 1 }
        let word = start..<position
        if month == nil || isWeekday, let found = Self.month(bytes, word) {
            isWeekday = month == nil && day == nil && position < end && bytes[position] == UInt8(ascii: ",")
            month = found
        } else if time != nil {
            if bytes.equals(word, "am") || bytes.equals(word, "pm") {
                afternoon = bytes[start].lowered == UInt8(ascii: "p")
            } else if offset == nil, let found = Self.zone(bytes, word) {
                // "EST5EDT" is a zone of POSIX, "GMT+0200" has its offset behind it.
                offset = found
                while position < end, bytes[position].isAlpha || bytes[position].isDigit { position += 1 }
            }
        }
    }

    private static func month(_ bytes: Span<UInt8>, _ word: Range<Int>) -> Int? {
        guard word.count >= 3 else { return nil }
        let text = names.utf8.span
        let first = bytes[word.lowerBound].lowered
        for month in 0..<12 where text[month * 9] == first {
            let start = month * 9
            var i = 1
            while i < word.count, i < 9, bytes[word.lowerBound + i].lowered == text[start + i] { i += 1 }
            if i == word.count || word.count == 4 && i == 3 && month == 8 { return month + 1 }
        }
        return nil
    }

    private static let names =
        "january  february march    april    may      june     july     august   septemberoctober  november december "

    /// The zones of RFC 5322 §4.3, and those that real mail has besides. Unknown ones count as none.
    private static func zone(_ bytes: Span<UInt8>, _ word: Range<Int>) -> Int? {
        for (name, minutes) in zones where bytes.equals(word, name) { return minutes }
        return nil
    }

    private static let zones: [(String, Int)] = [
        ("gmt", 0), ("ut", 0), ("utc", 0), ("z", 0), ("est", -300), ("edt", -240), ("cst", -360), ("cdt", -300),
        ("mst", -420), ("mdt", -360), ("pst", -480), ("pdt", -420), ("akst", -540), ("akdt", -480), ("hst", -600),
        ("ast", -240), ("adt", -180), ("nst", -210), ("ndt", -150), ("bst", 60), ("wet", 0), ("west", 60), ("cet", 60),
        ("cest", 120), ("met", 60), ("mest", 120), ("mez", 60), ("mesz", 120), ("eet", 120), ("eest", 180),
        ("msk", 180), ("msd", 240), ("jst", 540), ("kst", 540), ("sgt", 480), ("hkt", 480), ("awst", 480),
        ("aest", 600), ("aedt", 660), ("acst", 570), ("nzst", 720), ("nzdt", 780), ("sast", 120),
    ]
}

extension DateTime {
    /// Reads a date; nil when there is none.
    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var reader = DateReader(bytes, range)
        guard let date = reader.run() else { return nil }
        self = date
    }
}
