/// UTF-7 (RFC 2152), which glibc refuses to decode where real mail bends the rules.
enum UTF7 {
    /// Appends the text as UTF-8. What is no UTF-7 becomes U+FFFD.
    static func append(_ bytes: Span<UInt8>, _ mode: TextMode, to output: inout [UInt8], _ damage: inout TextDamage) {
        var text: [UInt8] = []
        var i = 0
        while i < bytes.count {
            if bytes[i] != UInt8(ascii: "+") {
                if bytes[i] < 0x80 {
                    text.append(bytes[i])
                } else {
                    text.appendReplacement()
                    damage.undecodable += 1
                }
                i += 1
            } else if i + 1 < bytes.count, bytes[i + 1] == UInt8(ascii: "-") {
                text.append(UInt8(ascii: "+"))
                i += 2
            } else {
                i = appendShifted(bytes, i + 1, to: &text, &damage)
            }
        }
        output.appendText(text.span, mode, &damage)
    }

    /// Appends the UTF-16 that is in base64 from `start` on, and returns where it ends, its `-` included.
    private static func appendShifted(
        _ bytes: Span<UInt8>, _ start: Int, to text: inout [UInt8], _ damage: inout TextDamage
    ) -> Int {
        var units = UTF16Joiner()
        var bits: UInt32 = 0
        var count = 0
        var i = start
        while i < bytes.count, let value = Base64.value(bytes[i]) {
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 16 {
                count -= 16
                units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)), to: &text, &damage)
            }
            i += 1
        }
        units.finish(to: &text, &damage)
        if i == start {
            text.append(UInt8(ascii: "+"))
            return i
        }
        return i < bytes.count && bytes[i] == UInt8(ascii: "-") ? i + 1 : i
    }
}

/// Joins surrogates.
struct UTF16Joiner {
    private var high: UInt16 = 0

    /// Appends a code unit as UTF-8.
    mutating func append(_ unit: UInt16, to text: inout [UInt8], _ damage: inout TextDamage) {
        if high != 0, 0xDC00...0xDFFF ~= unit {
            text.appendScalar(0x1_0000 + (UInt32(high) & 0x3FF) << 10 + UInt32(unit) & 0x3FF)
            high = 0
            return
        }
        finish(to: &text, &damage)
        if 0xD800...0xDBFF ~= unit {
            high = unit
        } else if 0xDC00...0xDFFF ~= unit {
            text.appendReplacement()
            damage.undecodable += 1
        } else {
            text.appendScalar(UInt32(unit))
        }
    }

    /// A high surrogate that stays alone is damage.
    mutating func finish(to text: inout [UInt8], _ damage: inout TextDamage) {
        guard high != 0 else { return }
        high = 0
        text.appendReplacement()
        damage.undecodable += 1
    }
}
