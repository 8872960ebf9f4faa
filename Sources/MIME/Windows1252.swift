extension [UInt8] {
    /// Appends windows-1252, which is also what WHATWG and all mail programs take ISO-8859-1 for. Every byte is a character.
    mutating func appendWindows1252(_ bytes: Span<UInt8>, _ mode: TextMode, _ damage: inout TextDamage) {
        var i = 0
        // More than is needed in most languages, which costs nothing; not where more was appended before: that must grow by itself.
        if isEmpty { reserveCapacity(bytes.count / 2 * 3) }
        while i < bytes.count {
            let start = i
            i = bytes.endOfASCII(i, bytes.count)
            if i > start { appendText(bytes.extracting(start..<i), mode, &damage) }
            while i < bytes.count, bytes[i] >= 0x80 {
                let byte = bytes[i]
                appendScalar(byte < 0xA0 ? UInt32(Windows1252.upper[Int(byte) - 0x80]) : UInt32(byte))
                i += 1
            }
        }
    }
}

enum Windows1252 {
    /// 0x80 to 0x9F.
    static let upper: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D,
        0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x009D, 0x017E, 0x0178,
    ]
}
