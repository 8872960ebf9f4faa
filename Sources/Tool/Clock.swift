import Glibc

/// The two clocks: one for people and file names, one for waiting.
package enum Clock {
    /// A moment by the wall clock.
    package struct Time: Sendable, Equatable {
        /// Since 1970, UTC.
        package var seconds: Int64
        /// 0 to 999,999,999.
        package var nanoseconds: Int64

        package init(seconds: Int64, nanoseconds: Int64 = 0) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }

        /// `2026-11-21T10:00:00.123Z`. Years that four digits cannot say are 0000 or 9999.
        package var rfc3339: String {
            var text = Array("0000-00-00T00:00:00.000Z".utf8)
            let date = calendar
            Self.put(date.year, before: 4, in: &text)
            Self.put(date.month, before: 7, in: &text)
            Self.put(date.day, before: 10, in: &text)
            Self.put(date.hour, before: 13, in: &text)
            Self.put(date.minute, before: 16, in: &text)
            Self.put(date.second, before: 19, in: &text)
            Self.put(Int(nanoseconds / 1_000_000), before: 23, in: &text)
            return String(decoding: text, as: UTF8.self)
        }

        /// As mail has it (RFC 5322 §3.3): `Sat, 21 Nov 2026 10:00:00 +0000`. Years as in `rfc3339`.
        package var rfc5322: String {
            var text = Array("Sun, 00 Jan 0000 00:00:00 +0000".utf8)
            let date = calendar
            text.replaceSubrange(0..<3, with: Self.weekdays[date.weekday].utf8)
            Self.put(date.day, before: 7, in: &text)
            text.replaceSubrange(8..<11, with: Self.months[date.month - 1].utf8)
            Self.put(date.year, before: 16, in: &text)
            Self.put(date.hour, before: 19, in: &text)
            Self.put(date.minute, before: 22, in: &text)
            Self.put(date.second, before: 25, in: &text)
            return String(decoding: text, as: UTF8.self)
        }

        private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        private static let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]

        /// A number, of four digits at most, over the zeros that end there.
        private static func put(_ value: Int, before end: Int, in text: inout [UInt8]) {
            // A file's time may be any number.
            var (rest, place) = (min(max(value, 0), 9999), end)
            while rest > 0 {
                place -= 1
                text[place] += UInt8(rest % 10)
                rest /= 10
            }
        }

        /// In UTC: month 1 to 12, day 1 to 31, weekday 0 (Sunday) to 6.
        private var calendar: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, weekday: Int) {
            let second = Int(seconds - 86400 * days)
            // Years begin in March here, so that a leap day is a year's last; eras are of 400 years, 146,097 days.
            let shifted = Int(days) + 719_468
            let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let month = (5 * dayOfYear + 2) / 153
            return (
                year: yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month: month < 10 ? month + 3 : month - 9,
                day: dayOfYear - (153 * month + 2) / 5 + 1, hour: second / 3600, minute: second / 60 % 60,
                second: second % 60, weekday: ((Int(days) + 4) % 7 + 7) % 7
            )
        }

        /// Whole days since 1970, rounded down.
        private var days: Int64 { seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400 }
    }

    /// By the wall clock.
    package static func now() -> Time {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Time(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// Nanoseconds on a clock that nobody sets: for waiting and measuring within this process.
    package static func monotonic() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
