import Bytes

// Byte classes named after the ABNF of RFC 5234 and RFC 5321, and the few things this module does with byte arrays.

extension UInt8 {
    /// ALPHA (RFC 5234).
    var isAlpha: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

    /// DIGIT (RFC 5234).
    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// Let-dig (RFC 5321 §4.1.2).
    var isLetterOrDigit: Bool { isAlpha || isDigit }

    /// SP or HTAB.
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// A byte of a UTF-8 sequence longer than one (RFC 6531 lets it into addresses).
    var isNonASCII: Bool { self >= 0x80 }

    /// CTL: what never belongs into a command.
    var isControl: Bool { self < 0x20 || self == 0x7F }

    /// `atext` of RFC 5322 §3.2.3.
    var isAtext: Bool {
        if isLetterOrDigit { return true }
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    /// `dcontent` of an address literal (RFC 5321 §4.1.3): printable but `[`, `\` and `]`.
    var isDcontent: Bool { (33...90).contains(self) || (94...126).contains(self) }

    /// The lower-case letter of an ASCII capital, else the byte itself.
    var lowercased: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}

extension [UInt8] {
    /// Appends a number, zero or more, in decimal.
    mutating func append(decimal number: Int) {
        var power = 1
        while number / power > 9 { power *= 10 }
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(number / power % 10))
            power /= 10
        }
    }

    /// Appends text that is fixed in this program: to find the bytes of a `String` takes longer.
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(unsafe $0.span) }
    }

    /// The same bytes with ASCII capitals in lower case.
    var lowercased: [UInt8] { map(\.lowercased) }
}

extension Span<UInt8> {
    /// The first place of `byte` at or after `start`; nil when there is none.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? { firstIndex(of: byte, in: start..<count) }

    /// The bytes as an array.
    var bytes: [UInt8] {
        var copy: [UInt8] = []
        copy.append(self)
        return copy
    }
}
