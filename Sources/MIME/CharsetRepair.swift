/// Where the WHATWG Encoding standard reads text and glibc's converter of that charset does not, and how much of what neither reads is one
/// character that is missing. Found by Tests/Conformance/charsets.py.
struct CharsetRepair {
    /// The converters that need it.
    private enum Converter {
        case windows, big5, gb18030, shiftJIS, iso2022JP, eucKR, eucJP, macintosh, macCyrillic, other
    }
    private let converter: Converter

    /// - Parameter name: of glibc's converter; ISO-2022-JP for what `ISO2022JP` has made.
    init(_ name: String) {
        converter =
            switch name {
            case "CP874", "CP1250", "CP1251", "CP1253", "CP1254", "CP1255", "CP1256", "CP1257", "CP1258": .windows
            case "BIG5-HKSCS": .big5
            case "GB18030": .gb18030
            case "CP932": .shiftJIS
            case "ISO-2022-JP": .iso2022JP
            case "UHC": .eucKR
            case "EUC-JP-MS": .eucJP
            case "MACINTOSH": .macintosh
            case "MAC-CYRILLIC": .macCyrillic
            default: .other
            }
    }

    /// Whether glibc reads some byte as another character than the standard.
    var hasOthers: Bool { converter == .macintosh || converter == .macCyrillic }

    /// The character that a byte is by the standard, where glibc reads another one.
    func other(_ byte: UInt8) -> UInt32? {
        switch (converter, byte) {
        case (.macintosh, 0xC6): 0x2206
        case (.macintosh, 0xF0): 0xF8FF
        case (.macCyrillic, 0xFF): 0x20AC
        default: nil
        }
    }

    /// What stands at a byte that glibc refuses: how many bytes, and the character that they are by the standard, if any.
    func refused(_ bytes: Span<UInt8>, _ i: Int) -> (length: Int, scalar: UInt32?) {
        let byte = bytes[i]
        let next = i + 1 < bytes.count ? bytes[i + 1] : 0
        switch converter {
        case .windows where 0x80...0x9F ~= byte: return (1, UInt32(byte))
        case .big5:
            if byte == 0xA1, let scalar = Self.big5(next) { return (2, scalar) }
        case .gb18030:
            if byte == 0x80 { return (1, 0x20AC) }
            if let pointer = Self.pointer(bytes, i) { return (4, Self.gb18030(pointer)) }
        case .shiftJIS where byte == 0x80: return (1, 0x80)
        case .iso2022JP:
            if let scalar = ISO2022JP.roman(byte) { return (1, scalar) }
        case .eucJP:
            if byte == 0x8F, next >= 0xA1, i + 2 < bytes.count, bytes[i + 2] >= 0x80 { return (3, nil) }
        default: break
        }
        return (isLead(byte) && next >= 0x80 ? 2 : 1, nil)
    }

    /// Whether the byte begins a character of several bytes. What is ASCII behind it is read again on its own, as the standard wants it.
    private func isLead(_ byte: UInt8) -> Bool {
        switch converter {
        case .big5, .gb18030, .eucKR: 0x81...0xFE ~= byte
        case .shiftJIS, .iso2022JP: 0x81...0x9F ~= byte || 0xE0...0xFC ~= byte
        case .eucJP: byte == 0x8E || byte == 0x8F || 0xA1...0xFE ~= byte
        default: false
        }
    }

    private static func big5(_ trail: UInt8) -> UInt32? {
        switch trail {
        case 0x5A: 0x2574
        case 0xC3: 0xFFE3
        case 0xC5: 0x02CD
        default: nil
        }
    }

    /// The number of a character of four bytes (Encoding standard §10.2.1).
    private static func pointer(_ bytes: Span<UInt8>, _ i: Int) -> Int? {
        guard i + 3 < bytes.count, 0x81...0xFE ~= bytes[i], bytes[i + 1].isDigit, 0x81...0xFE ~= bytes[i + 2],
            bytes[i + 3].isDigit
        else { return nil }
        let high = Int(bytes[i] - 0x81) * 10 + Int(bytes[i + 1] - 0x30)
        return (high * 126 + Int(bytes[i + 2] - 0x81)) * 10 + Int(bytes[i + 3] - 0x30)
    }

    /// Those that moved to two bytes in GB 18030-2005 and 2022, and are still written in four.
    private static func gb18030(_ pointer: Int) -> UInt32? {
        switch pointer {
        case 19057...19064: UInt32(0x9FB4 + pointer - 19057)
        case 39076...39085: UInt32(0xFE10 + pointer - 39076)
        default: nil
        }
    }
}
