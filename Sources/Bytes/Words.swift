extension Span<UInt8> {
    /// The first place of `byte` in the range.
    @inlinable @inline(__always)
    package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        var i = range.lowerBound
        while range.upperBound &- i >= 16 {
            let place = (block(i) .== .all(byte)).place
            if place < 16 { return i &+ place }
            i &+= 16
        }
        let pattern = Words.all(byte)
        while range.upperBound &- i >= 8 {
            let found = Words.zeros(word(i) ^ pattern)
            if found != 0 { return i &+ found.trailingZeroBitCount / 8 }
            i &+= 8
        }
        if i < range.upperBound, count &- i >= 8 {
            // What stands behind the range does not count.
            let place = i &+ Words.zeros(word(i) ^ pattern).trailingZeroBitCount / 8
            return place < range.upperBound ? place : nil
        }
        while i < range.upperBound {
            if self[i] == byte { return i }
            i += 1
        }
        return nil
    }
}

/// Arithmetic on eight bytes in one word.
@usableFromInline
package enum Words {
    /// Eight times the same byte.
    @inlinable @inline(__always)
    package static func all(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The high bit of each byte that is zero. Bytes above the first zero may be wrong.
    @inlinable @inline(__always)
    package static func zeros(_ word: UInt64) -> UInt64 { (word &- all(1)) & ~word & all(0x80) }

    /// The high bit of each byte that is below `bound`, which is at most 0x80. Bytes above the first one may be wrong.
    @inlinable @inline(__always)
    package static func below(_ bound: UInt8, _ word: UInt64) -> UInt64 { (word &- all(bound)) & ~word & all(0x80) }

    /// The eight bytes, ASCII letters in lower case.
    @inlinable @inline(__always)
    package static func lowered(_ word: UInt64) -> UInt64 {
        let low = word & all(0x7F)
        let isUpper = ((low &+ all(0x3F)) ^ (low &+ all(0x25))) & ~word & all(0x80)
        return word | isUpper >> 2
    }
}
