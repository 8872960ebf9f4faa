import Bytes

// Blocks pay where little is found; to find the end of a line, `Words` are as fast.

extension Span<UInt8> {
    /// The first place in the range where `byte` stands, and after it, in the range too, one that passes the test; the range's end when
    /// there is none.
    @inline(__always)
    func firstPair(_ byte: UInt8, in range: Range<Int>, _ test: (Block) -> BlockMask) -> Int {
        var i = range.lowerBound
        while range.upperBound &- i > 64 {
            if has(byte, i) {
                for k in 0..<4 {
                    let here = i &+ 16 &* k
                    let place = ((block(here) .== .all(byte)) .& test(block(here &+ 1))).place
                    if place < 16 { return here &+ place }
                }
            }
            i &+= 64
        }
        while i &+ 1 < range.upperBound {
            if self[i] == byte, test(.all(self[i &+ 1])).isSet { return i }
            i &+= 1
        }
        return range.upperBound
    }

    /// Whether a byte is among the 64 at `i`.
    @inline(__always)
    private func has(_ byte: UInt8, _ i: Int) -> Bool {
        let first = (block(i) .== .all(byte)) .| (block(i &+ 16) .== .all(byte))
        let second = (block(i &+ 32) .== .all(byte)) .| (block(i &+ 48) .== .all(byte))
        return (first .| second).isSet
    }
}

extension OutputSpan<UInt8> {
    /// Appends the bytes from `start` on until one passes the test, and returns where that is. There must be room for 16 bytes more than
    /// there are: a block is copied whole, and what was too much is taken back, which costs less than to look for the end first.
    @inline(__always)
    mutating func append(until test: (Block) -> BlockMask, _ bytes: Span<UInt8>, _ start: Int) -> Int {
        var i = start
        while bytes.count &- i >= 16 {
            let block = bytes.block(i)
            append(bytesOf: block)
            let place = test(block).place
            if place < 16 {
                removeLast(16 &- place)
                return i &+ place
            }
            i &+= 16
        }
        while i < bytes.count, !test(.all(bytes[i])).isSet {
            append(bytes[i])
            i &+= 1
        }
        return i
    }
}

extension MutableSpan<UInt8> {
    /// Copies bytes to a place, by blocks of which the last may lie on the one before.
    @inline(__always)
    mutating func copy(_ bytes: Span<UInt8>, to start: Int) {
        guard bytes.count >= 16 else {
            for i in bytes.indices { self[start + i] = bytes[i] }
            return
        }
        var place = unsafe mutableBytes
        var i = 0
        while i < bytes.count &- 16 {
            place.storeBytes(of: bytes.block(i), toByteOffset: start &+ i, as: Block.self)
            i &+= 16
        }
        place.storeBytes(of: bytes.block(bytes.count &- 16), toByteOffset: start &+ bytes.count &- 16, as: Block.self)
    }
}
