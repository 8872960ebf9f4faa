// Byte classes, named after the ABNF of RFC 5234, 5322 and 2045, and the few things done with runs of bytes everywhere.

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lf: UInt8 = 0x0A
    static let cr: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    /// WSP of RFC 5234.
    @inline(__always) var isWSP: Bool { self == .space || self == .tab }
    /// White space, line ends included: what FWS is made of.
    @inline(__always) var isFWS: Bool { self == .space || self == .tab || self == .cr || self == .lf }
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isAlpha: Bool { (self | 0x20) &- 0x61 < 26 }
    /// Printable US-ASCII without space.
    @inline(__always) var isVCHAR: Bool { self &- 0x21 < 0x5E }
    /// ASCII letters in lower case, everything else as it is.
    @inline(__always) var lowered: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
    /// The value of a hexadecimal digit.
    @inline(__always) var hexValue: UInt8? {
        if self &- 0x30 < 10 { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}

extension Span<UInt8> {
    /// The range without white space at both ends.
    @inline(__always)
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, self[start].isFWS { start += 1 }
        while start < end, self[end - 1].isFWS { end -= 1 }
        return start..<end
    }

    /// Whether the range reads `text`, ASCII case aside. `text` is given in lower case.
    func equals(_ range: Range<Int>, _ text: String) -> Bool {
        guard range.count == text.utf8.count else { return false }
        let other = text.utf8.span
        for i in other.indices where self[range.lowerBound + i].lowered != other[i] { return false }
        return true
    }

    /// Whether the range begins with `text`, ASCII case aside. `text` is given in lower case.
    func starts(_ range: Range<Int>, with text: String) -> Bool {
        let count = text.utf8.count
        return range.count >= count && equals(range.lowerBound..<range.lowerBound + count, text)
    }

    /// The first place after `position` that is not white space.
    @inline(__always)
    func skipFWS(_ position: Int, _ end: Int) -> Int {
        var i = position
        while i < end, self[i].isFWS { i += 1 }
        return i
    }

    /// The first quotation mark after the one at `start` that is no quoted pair; `end` without one.
    func nextQuote(_ start: Int, _ end: Int) -> Int {
        var i = start + 1
        while i < end, self[i] != UInt8(ascii: "\"") { i += self[i] == UInt8(ascii: "\\") ? 2 : 1 }
        return Swift.min(i, end)
    }

    /// The end of the comment that begins at `start` with `(`: after its `)`, or `end` when it is not closed.
    func skipComment(_ start: Int, _ end: Int) -> Int {
        var depth = 0
        var i = start
        while i < end {
            switch self[i] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return i + 1 }
            case UInt8(ascii: "\\"): i += 1
            default: break
            }
            i += 1
        }
        return end
    }

    /// Skips white space and comments (CFWS of RFC 5322 §3.2.2).
    func skipCFWS(_ position: Int, _ end: Int) -> Int {
        var i = position
        while i < end {
            if self[i].isFWS {
                i += 1
            } else if self[i] == UInt8(ascii: "(") {
                i = skipComment(i, end)
            } else {
                break
            }
        }
        return i
    }
}

extension [UInt8] {
    /// Removes the bytes from `start` on, and gives them. Not by a slice: while there is one, to shorten the array copies all of it.
    mutating func removeTail(from start: Int) -> [UInt8] {
        var tail: [UInt8] = []
        tail.append(span.extracting(start..<count))
        removeLast(tail.count)
        return tail
    }

    /// Appends a run of bytes with ASCII letters in lower case.
    mutating func appendLowered(_ span: Span<UInt8>) {
        for i in span.indices { append(span[i].lowered) }
    }

    /// Appends a Unicode scalar value as UTF-8; what is none becomes U+FFFD.
    @inline(__always)
    mutating func appendScalar(_ value: UInt32) {
        if value < 0x80 {
            append(UInt8(truncatingIfNeeded: value))
        } else if value < 0x800 {
            append(0xC0 | UInt8(truncatingIfNeeded: value >> 6))
            append(0x80 | UInt8(truncatingIfNeeded: value & 0x3F))
        } else if value < 0x1_0000, !(0xD800...0xDFFF).contains(value) {
            append(0xE0 | UInt8(truncatingIfNeeded: value >> 12))
            append(0x80 | UInt8(truncatingIfNeeded: value >> 6 & 0x3F))
            append(0x80 | UInt8(truncatingIfNeeded: value & 0x3F))
        } else if value >= 0x1_0000, value < 0x11_0000 {
            append(0xF0 | UInt8(truncatingIfNeeded: value >> 18))
            append(0x80 | UInt8(truncatingIfNeeded: value >> 12 & 0x3F))
            append(0x80 | UInt8(truncatingIfNeeded: value >> 6 & 0x3F))
            append(0x80 | UInt8(truncatingIfNeeded: value & 0x3F))
        } else {
            appendReplacement()
        }
    }

    /// Appends U+FFFD.
    mutating func appendReplacement() {
        append(0xEF)
        append(0xBF)
        append(0xBD)
    }

    /// Appends a number of at least `width` digits.
    mutating func appendDecimal(_ value: Int, width: Int = 1) {
        if value >= 10 || width > 1 { appendDecimal(value / 10, width: width - 1) }
        append(0x30 + UInt8(truncatingIfNeeded: value % 10))
    }
}
