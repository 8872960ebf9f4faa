// Searching eight bytes at a time.

extension Span<UInt8> {
    /// The first index in the range where one of three bytes stands; the range's end when none does.
    @inline(__always)
    func first(_ a: UInt8, _ b: UInt8, _ c: UInt8, in range: Range<Int>) -> Int {
        var i = range.lowerBound
        while i &+ 8 <= range.upperBound {
            let word = eightBytes(i)
            let hits = zeros(word ^ repeated(a)) | zeros(word ^ repeated(b)) | zeros(word ^ repeated(c))
            if hits != 0 { return i &+ hits.trailingZeroBitCount >> 3 }
            i &+= 8
        }
        while i < range.upperBound, self[i] != a, self[i] != b, self[i] != c { i &+= 1 }
        return i
    }

    /// The first index in the range where `a` stands and `b` after it, in the range too; the range's end when there is none.
    func firstPair(_ a: UInt8, _ b: UInt8, in range: Range<Int>) -> Int {
        var i = range.lowerBound
        while i < range.upperBound {
            if i &+ 9 <= range.upperBound,
                zeros(eightBytes(i) ^ repeated(a)) & zeros(eightBytes(i &+ 1) ^ repeated(b)) == 0
            {
                i &+= 8
                continue
            }
            // A pair is among these eight, or it only looked so.
            let end = Swift.min(i &+ 8, range.upperBound)
            while i < end {
                if self[i] == a, i &+ 1 < range.upperBound, self[i &+ 1] == b { return i }
                i &+= 1
            }
        }
        return range.upperBound
    }

    /// Eight bytes from `index` on, the first one lowest. The load checks its bounds; `unsafe` is only that any bytes make a number.
    @inline(__always)
    private func eightBytes(_ index: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    @inline(__always)
    private func repeated(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    /// The high bit of each byte that is zero, up to the first one at least.
    @inline(__always)
    private func zeros(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 }
}
