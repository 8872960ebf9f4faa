/// ISO-2022-JP (RFC 1468) as it is really written: with the characters that Windows adds (JIS X 0208 rows 13 and 89 and on) and half-width
/// katakana, which glibc's converter of that name refuses. It is turned into Shift_JIS, whose converter knows them.
enum ISO2022JP {
    /// What the escape sequence before has chosen.
    private enum Mode {
        case ascii, roman, katakana, kanji
    }

    /// JIS X 0201 has two characters in the place of ASCII's that CP932 has not. They travel as bytes that it has not either.
    private static let (yen, overline): (UInt8, UInt8) = (0xFD, 0xFE)

    /// The character that such a byte stands for.
    static func roman(_ byte: UInt8) -> UInt32? { byte == yen ? 0xA5 : byte == overline ? 0x203E : nil }

    private static func roman(from byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "\\") ? yen : byte == UInt8(ascii: "~") ? overline : byte
    }

    /// Appends the text in Shift_JIS (CP932), but for `roman`.
    static func appendShiftJIS(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        var mode = Mode.ascii
        var i = 0
        while i < bytes.count {
            let byte = bytes[i]
            if byte == 0x1B, let escape = escape(bytes, i + 1) {
                mode = escape.mode
                i += 1 + escape.length
            } else if byte == 0x0E || byte == 0x0F {
                mode = byte == 0x0E ? .katakana : .ascii
                i += 1
            } else if mode == .kanji, 0x21...0x7E ~= byte, i + 1 < bytes.count, 0x21...0x7E ~= bytes[i + 1] {
                appendKanji(byte, bytes[i + 1], to: &output)
                i += 2
            } else {
                // A line end ends kanji, even where the sender has forgotten to.
                if byte == .lf || byte == .cr { mode = .ascii }
                switch mode {
                case .katakana where 0x21...0x5F ~= byte: output.append(byte | 0x80)
                case .roman where byte < 0x80: output.append(roman(from: byte))
                default: output.append(roman(byte) == nil ? byte : 0xFF)
                }
                i += 1
            }
        }
    }

    private static func escape(_ bytes: Span<UInt8>, _ i: Int) -> (mode: Mode, length: Int)? {
        guard i + 1 < bytes.count else { return nil }
        switch (bytes[i], bytes[i + 1]) {
        case (UInt8(ascii: "("), UInt8(ascii: "B")), (UInt8(ascii: "("), UInt8(ascii: "H")): return (.ascii, 2)
        case (UInt8(ascii: "("), UInt8(ascii: "J")): return (.roman, 2)
        case (UInt8(ascii: "("), UInt8(ascii: "I")): return (.katakana, 2)
        case (UInt8(ascii: "$"), UInt8(ascii: "@")), (UInt8(ascii: "$"), UInt8(ascii: "B")): return (.kanji, 2)
        case (UInt8(ascii: "$"), UInt8(ascii: "(")):
            guard i + 2 < bytes.count, bytes[i + 2] == UInt8(ascii: "B") || bytes[i + 2] == UInt8(ascii: "@") else {
                return nil
            }
            return (.kanji, 3)
        default: return nil
        }
    }

    /// The arithmetic between the two encodings of the same table.
    private static func appendKanji(_ row: UInt8, _ cell: UInt8, to output: inout [UInt8]) {
        let lead = (row - 0x21) / 2
        output.append(lead < 31 ? lead + 0x81 : lead + 0xC1)
        if row & 1 == 1 {
            output.append(cell + (cell < 0x60 ? 0x1F : 0x20))
        } else {
            output.append(cell + 0x7E)
        }
    }
}

/// HZ (RFC 1843): GB 2312 between `~{` and `~}`.
enum HZ {
    /// Appends the text in the 8-bit form of GB 2312.
    static func appendGB(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        var shifted = false
        var i = 0
        while i < bytes.count {
            let byte = bytes[i]
            if byte == UInt8(ascii: "~"), i + 1 < bytes.count, let skipped = escape(bytes[i + 1], &shifted, &output) {
                i += skipped
            } else if shifted, i + 1 < bytes.count, isOfPair(byte), isOfPair(bytes[i + 1]) {
                // Read as a pair, since the second byte may be a tilde: 件 is `<~`.
                output.append(byte | 0x80)
                output.append(bytes[i + 1] | 0x80)
                i += 2
            } else {
                if byte == .lf { shifted = false }
                output.append(shifted && isOfPair(byte) ? byte | 0x80 : byte)
                i += 1
            }
        }
    }

    private static func isOfPair(_ byte: UInt8) -> Bool { 0x21...0x7E ~= byte }

    /// What follows a tilde; nil when it means nothing.
    private static func escape(_ next: UInt8, _ shifted: inout Bool, _ output: inout [UInt8]) -> Int? {
        switch next {
        case UInt8(ascii: "{"): shifted = true
        case UInt8(ascii: "}"): shifted = false
        case UInt8(ascii: "~"): output.append(UInt8(ascii: "~"))
        case .lf: break
        default: return nil
        }
        return 2
    }
}
