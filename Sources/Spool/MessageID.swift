/// The one name of a message: a UUIDv7 (RFC 9562 §5.7) in lower case. Their order is the order of creation.
package struct MessageID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Reads 36 characters, lower case, of version 7 and of the RFC's variant; anything else is nil.
    package init?(_ text: some StringProtocol) {
        self.init(utf8: String(text).utf8.span)
    }

    /// As `init(_:)`, from bytes.
    package init?(utf8 bytes: Span<UInt8>) {
        guard bytes.count == 36, let high = Self.half(bytes, 0..<18), let low = Self.half(bytes, 18..<36) else {
            return nil
        }
        guard high >> 12 & 0xF == 7, low >> 62 == 0b10 else { return nil }
        self.high = high
        self.low = low
    }

    /// Half of the digits, and two hyphens.
    private static func half(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var value: UInt64 = 0
        for position in range {
            if position == 8 || position == 13 || position == 18 || position == 23 {
                guard bytes[position] == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = self.value(ofHexDigit: bytes[position]) else { return nil }
                value = value << 4 | digit
            }
        }
        return value
    }

    /// RFC 9562 §5.7: 48 bits of Unix milliseconds, version, 12 bits, variant, 62 bits.
    package init(milliseconds: UInt64, counter: UInt16, random: UInt64) {
        high = milliseconds << 16 | 0x7000 | UInt64(counter & 0xFFF)
        low = 1 << 63 | random >> 2
    }

    /// When it was made, in milliseconds since 1970.
    package var milliseconds: UInt64 { high >> 16 }

    package static func < (left: MessageID, right: MessageID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// The 36 characters.
    package var description: String {
        unsafe String(unsafeUninitializedCapacity: 36) { text in
            var (rest, position) = (high, 0)
            while position < 36 {
                if position == 18 { rest = low }
                if position == 8 || position == 13 || position == 18 || position == 23 {
                    unsafe text[position] = UInt8(ascii: "-")
                } else {
                    unsafe text[position] = Self.hexDigit(UInt8(truncatingIfNeeded: rest &>> 60))
                    rest &<<= 4
                }
                position &+= 1
            }
            return position
        }
    }

    private static func value(ofHexDigit byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
