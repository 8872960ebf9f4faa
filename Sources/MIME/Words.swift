import Bytes

// Eight or sixteen bytes at a time. So the scans below are nearly as fast as what C would do with pointers, and as
// safe as any other loop over a span.

extension Span<UInt8> {
    /// The first place of either byte in the range; its end when there is none.
    @inline(__always)
    func firstIndex(of byte: UInt8, or other: UInt8, in range: Range<Int>) -> Int {
        let pattern = Words.all(byte)
        let otherPattern = Words.all(other)
        var i = range.lowerBound
        while range.upperBound &- i >= 8 {
            let word = word(i)
            let found = Words.zeros(word ^ pattern) | Words.zeros(word ^ otherPattern)
            if found != 0 { return i &+ found.trailingZeroBitCount / 8 }
            i &+= 8
        }
        while i < range.upperBound, self[i] != byte, self[i] != other { i += 1 }
        return i
    }

    /// The last eight bytes of the range, or all of it, as a number; ASCII letters in lower case.
    @inline(__always)
    func key(_ range: Range<Int>) -> UInt64 {
        if range.count >= 8 { return Words.lowered(word(range.upperBound &- 8).byteSwapped) }
        if !range.isEmpty, count &- range.lowerBound >= 8 {
            return Words.lowered(word(range.lowerBound).byteSwapped &>> UInt64(64 &- 8 &* range.count))
        }
        var key: UInt64 = 0
        for i in range { key = key << 8 | UInt64(self[i].lowered) }
        return key
    }

    /// The first place of any of three bytes in the range; its end when there is none.
    @inline(__always)
    func first(_ a: UInt8, _ b: UInt8, _ c: UInt8, in range: Range<Int>) -> Int {
        var i = range.lowerBound
        while range.upperBound &- i >= 16 {
            let block = block(i)
            let place = ((block .== .all(a)) .| (block .== .all(b)) .| (block .== .all(c))).place
            if place < 16 { return i &+ place }
            i &+= 16
        }
        while range.upperBound &- i >= 8 {
            let word = word(i)
            let found =
                Words.zeros(word ^ Words.all(a)) | Words.zeros(word ^ Words.all(b)) | Words.zeros(word ^ Words.all(c))
            if found != 0 { return i &+ found.trailingZeroBitCount / 8 }
            i &+= 8
        }
        while i < range.upperBound, self[i] != a, self[i] != b, self[i] != c { i &+= 1 }
        return i
    }

    /// Where the run of ASCII without control characters ends that begins at `start`.
    @inline(__always)
    func endOfPrintable(_ start: Int, _ end: Int) -> Int {
        var i = start
        while end &- i >= 8 {
            let word = word(i)
            // A byte below 0x20 borrows; only bytes above a found one may be wrong, and the first is taken.
            let found = ((word &- Words.all(0x20)) | word) & Words.all(0x80)
            if found != 0 { return i &+ found.trailingZeroBitCount / 8 }
            i &+= 8
        }
        while i < end, Int8(bitPattern: self[i]) >= 0x20 { i += 1 }
        return i
    }

    /// Where the run of US-ASCII ends that begins at `start`.
    @inline(__always)
    func endOfASCII(_ start: Int, _ end: Int) -> Int {
        var i = start
        while end &- i >= 8 {
            let found = word(i) & Words.all(0x80)
            if found != 0 { return i &+ found.trailingZeroBitCount / 8 }
            i &+= 8
        }
        while i < end, self[i] < 0x80 { i += 1 }
        return i
    }

    /// Whether all bytes of the range are US-ASCII.
    func isASCII(_ range: Range<Int>) -> Bool { endOfASCII(range.lowerBound, range.upperBound) == range.upperBound }
}
