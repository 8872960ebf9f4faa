import Bytes

/// What happens to line ends and controls when decoded text is written.
enum TextMode {
    /// CRLF becomes LF. A CR alone is no line end (RFC 5322 §2.3) and stays.
    case body
    /// Line ends become a space: a header value is one line.
    case header
    /// Everything stays.
    case verbatim
}

/// What was not text.
struct TextDamage {
    /// Bytes, or sequences, for which U+FFFD stands.
    var undecodable = 0
    /// U+0000, for which U+FFFD stands too.
    var nul = 0
    /// CR without LF.
    var bareCR = 0
}

extension [UInt8] {
    /// Appends bytes that should be UTF-8: what is not becomes U+FFFD, once for each maximal part (WHATWG Encoding, RFC 3629).
    mutating func appendText(_ bytes: Span<UInt8>, _ mode: TextMode, _ damage: inout TextDamage) {
        if mode == .header, bytes.endOfPrintable(0, bytes.count) == bytes.count { return append(bytes) }
        var i = 0
        while i < bytes.count {
            i = appendGoodText(bytes, i, crlf: mode == .body)
            guard i < bytes.count else { return }
            if bytes[i] < 0x80 {
                i += appendControl(bytes, i, mode, &damage)
            } else {
                appendReplacement()
                damage.undecodable += 1
                i += UTF8Sequence.damagedLength(bytes, i)
            }
        }
    }

    /// Appends until something is no UTF-8 or a control character that needs a closer look, and returns where that is. `crlf`: line ends are
    /// no obstacle, CRLF becomes LF.
    private mutating func appendGoodText(_ bytes: Span<UInt8>, _ start: Int, crlf: Bool) -> Int {
        var i = start
        appendInRegisters(bytes.count - start + 32) { room in
            while true {
                i = room.append(until: { $0 .< .all(0x20) }, bytes, i)
                guard i < bytes.count else { return }
                if bytes[i] >= 0x80 {
                    // Letters of other scripts stand together.
                    repeat {
                        guard let length = UTF8Sequence.length(bytes, i) else { return }
                        for k in i..<i + length { room.append(bytes[k]) }
                        i += length
                    } while i < bytes.count && bytes[i] >= 0x80
                } else if bytes[i] == .tab {
                    room.append(.tab)
                    i += 1
                } else if crlf, bytes[i] == .lf {
                    room.append(.lf)
                    i += 1
                } else if crlf, bytes[i] == .cr, i + 1 < bytes.count, bytes[i + 1] == .lf {
                    room.append(.lf)
                    i += 2
                } else {
                    return
                }
            }
        }
        return i
    }

    /// Appends a control character as the mode wants it, and returns how many bytes were used.
    private mutating func appendControl(
        _ bytes: Span<UInt8>, _ i: Int, _ mode: TextMode, _ damage: inout TextDamage
    ) -> Int {
        let byte = bytes[i]
        if byte == 0 {
            damage.nul += 1
            appendReplacement()
        } else if mode == .verbatim || byte != .lf && byte != .cr {
            append(byte)
        } else {
            return appendLineEnd(bytes, i, mode, &damage)
        }
        return 1
    }

    /// Appends a line end; CRs before LF are part of it.
    private mutating func appendLineEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ mode: TextMode, _ damage: inout TextDamage
    ) -> Int {
        var i = start
        while i < bytes.count, bytes[i] == .cr { i += 1 }
        let ends = i < bytes.count && bytes[i] == .lf
        if !ends { damage.bareCR += i - start }
        if mode == .header {
            append(.space)
        } else if ends {
            append(.lf)
        } else {
            for _ in start..<i { append(.cr) }
        }
        return ends ? i + 1 - start : i - start
    }
}

/// Well-formed sequences (Unicode, table 3-7).
enum UTF8Sequence {
    /// The length of the well-formed sequence of more than one byte that begins at `i`; nil when there is none.
    @inline(__always)
    static func length(_ bytes: Span<UInt8>, _ i: Int) -> Int? {
        // Most letters that are no ASCII have two bytes.
        if 0xC2...0xDF ~= bytes[i] { return i + 1 < bytes.count && bytes[i + 1] & 0xC0 == 0x80 ? 2 : nil }
        let length = expectedLength(bytes[i])
        guard length > 0, i + length <= bytes.count else { return nil }
        guard secondByte(bytes[i], bytes[i + 1]) else { return nil }
        var k = 2
        while k < length {
            guard bytes[i + k] & 0xC0 == 0x80 else { return nil }
            k += 1
        }
        return length
    }

    /// How many bytes one U+FFFD stands for: the longest beginning of a well-formed sequence, at least one byte.
    static func damagedLength(_ bytes: Span<UInt8>, _ i: Int) -> Int {
        let length = expectedLength(bytes[i])
        guard length > 0, i + 1 < bytes.count, secondByte(bytes[i], bytes[i + 1]) else { return 1 }
        var k = 2
        while k < length, i + k < bytes.count, bytes[i + k] & 0xC0 == 0x80 { k += 1 }
        return k
    }

    @inline(__always)
    private static func expectedLength(_ lead: UInt8) -> Int {
        switch lead {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    @inline(__always)
    private static func secondByte(_ lead: UInt8, _ second: UInt8) -> Bool {
        switch lead {
        case 0xE0: 0xA0...0xBF ~= second
        case 0xED: 0x80...0x9F ~= second
        case 0xF0: 0x90...0xBF ~= second
        case 0xF4: 0x80...0x8F ~= second
        default: second & 0xC0 == 0x80
        }
    }

    /// Whether all of it is UTF-8.
    static func isValid(_ bytes: Span<UInt8>) -> Bool {
        var i = 0
        while true {
            i = bytes.endOfASCII(i, bytes.count)
            // Letters of other scripts stand together.
            repeat {
                if i >= bytes.count { return true }
                guard let length = length(bytes, i) else { return false }
                i &+= length
            } while i < bytes.count && bytes[i] >= 0x80
        }
    }
}
