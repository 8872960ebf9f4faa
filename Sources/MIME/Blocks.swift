// Thirty-two bytes at a time. A byte is put to a test that gives zero where it is sought, without a branch: in this form the compiler makes
// vector instructions of a block. That pays where little is found (15 to 25 GB/s); to find the end of a line, `Words` are faster.

extension Span<UInt8> {
    /// The first place in the range where `byte` stands, and after it, in the range too, one for which `test` is zero; the range's end when
    /// there is none.
    @inline(__always)
    func firstPair(_ byte: UInt8, in range: Range<Int>, _ test: (UInt8) -> UInt8) -> Int {
        var i = range.lowerBound
        while range.upperBound &- i > 32 {
            // Two blocks, one byte apart: one of 33 bytes would be no vector.
            let here = extracting(i..<i &+ 32)
            let next = extracting(i &+ 1..<i &+ 33)
            var least: UInt8 = 255
            for k in 0..<32 { least = Swift.min(least, (here[k] ^ byte) | test(next[k])) }
            if least == 0 { break }
            i &+= 32
        }
        while i &+ 1 < range.upperBound {
            if self[i] == byte, test(self[i &+ 1]) == 0 { return i }
            i &+= 1
        }
        return range.upperBound
    }

    /// The place of the first of 32 bytes, counted from `start`, for which `test` is zero; 255 when there is none.
    @inline(__always)
    func placeInBlock(_ start: Int, _ test: (UInt8) -> UInt8) -> Int {
        let block = extracting(start..<start &+ 32)
        var place: UInt8 = 255
        for k in 0..<32 {
            let isElsewhere = 0 &- Swift.min(test(block[k]), 1)
            place = Swift.min(place, isElsewhere | UInt8(truncatingIfNeeded: k))
        }
        return Int(place)
    }

    /// Not zero for ASCII that is no control character; DEL counts as none.
    @inline(__always)
    static func isPrintable(_ byte: UInt8) -> UInt8 { 0x60 &- Swift.min(byte &- 0x20, 0x60) }
}

extension OutputSpan<UInt8> {
    /// Appends the bytes from `start` on until `test` is zero for one, and returns where that is. There must be room for 32 bytes more than
    /// there are: a block is copied whole, and what was too much is taken back, which costs less than to look for the end first.
    @inline(__always)
    mutating func append(while test: (UInt8) -> UInt8, _ bytes: Span<UInt8>, _ start: Int) -> Int {
        var i = start
        while bytes.count &- i >= 32 {
            append(block: bytes, i)
            let place = bytes.placeInBlock(i, test)
            if place < 32 {
                removeLast(32 &- place)
                return i &+ place
            }
            i &+= 32
        }
        while i < bytes.count, test(bytes[i]) != 0 {
            append(bytes[i])
            i &+= 1
        }
        return i
    }

    /// Appends 32 bytes by one load and one store, both of which check their bounds; `unsafe` is only that any bytes make a vector.
    @inline(__always)
    private mutating func append(block bytes: Span<UInt8>, _ start: Int) {
        let block = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: SIMD32<UInt8>.self)
        let end = count
        append(repeating: 0, count: 32)
        var all = mutableSpan
        var place = unsafe all.mutableBytes
        place.storeBytes(of: block, toByteOffset: end, as: SIMD32<UInt8>.self)
    }
}
