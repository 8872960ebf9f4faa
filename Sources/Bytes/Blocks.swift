// Sixteen bytes at a time, by vector instructions, for the scanners of mail, of SMTP and of JSON.

/// Sixteen bytes, as numbers with a sign: what is no US-ASCII is negative. In this form the compiler makes vector instructions of it.
public typealias Block = SIMD16<Int8>

/// Of each of sixteen bytes, whether something is so.
public typealias BlockMask = SIMDMask<SIMD16<Int8>>

extension Block {
    /// Sixteen times the same byte.
    @inlinable @inline(__always)
    package static func all(_ byte: UInt8) -> Block { Block(repeating: Int8(bitPattern: byte)) }
}

extension BlockMask {
    /// The first place where it is true; 16 when there is none.
    @inlinable @inline(__always)
    package var place: Int {
        // `unsafe` is only that any sixteen bytes make two words.
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        if words[0] != 0 { return words[0].trailingZeroBitCount / 8 }
        return 8 &+ words[1].trailingZeroBitCount / 8
    }

    /// Whether it is true anywhere.
    @inlinable @inline(__always)
    package var isSet: Bool {
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        return words[0] | words[1] != 0
    }
}

extension Span<UInt8> {
    /// The sixteen bytes at `index`, by one load, which checks its bounds; `unsafe` is only that any bytes make a vector.
    @inlinable @inline(__always)
    package func block(_ index: Int) -> Block {
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: Block.self)
    }

    /// The eight bytes at `index`, the first one lowest, by one load, which checks its bounds.
    @inlinable @inline(__always)
    package func word(_ index: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
}

extension OutputSpan<UInt8> {
    /// Appends the bytes of a block or word by one store, which checks its bounds.
    @inlinable @inline(__always)
    package mutating func append<Value: BitwiseCopyable>(bytesOf value: Value) {
        let end = count
        append(repeating: 0, count: MemoryLayout<Value>.size)
        var all = mutableSpan
        var place = unsafe all.mutableBytes
        place.storeBytes(of: value, toByteOffset: end, as: Value.self)
    }

    /// Appends bytes, by blocks or words, the last of which may lie upon the one before.
    @inlinable @inline(__always)
    package mutating func append(copying text: Span<UInt8>) {
        var index = 0
        while text.count &- index >= 16 {
            append(bytesOf: text.block(index))
            index &+= 16
        }
        if index == text.count { return }
        if text.count >= 16 {
            removeLast(16 &- (text.count &- index))
            append(bytesOf: text.block(text.count &- 16))
        } else if text.count >= 8 {
            append(bytesOf: text.word(0))
            removeLast(16 &- text.count)
            append(bytesOf: text.word(text.count &- 8))
        } else {
            for index in text.indices { append(text[index]) }
        }
    }
}

extension [UInt8] {
    /// As `append(addingCapacity:initializingWith:)`. What `body` writes with is a variable of its own, which stays in registers.
    @inlinable @inline(__always)
    package mutating func appendInRegisters(_ capacity: Int, _ body: (inout OutputSpan<UInt8>) -> Void) {
        append(addingCapacity: capacity) { (room: inout OutputSpan<UInt8>) in
            var output = room
            body(&output)
            room = output
        }
    }

    /// Appends bytes; many by one copy, for which the standard library has nothing that takes a span yet.
    ///
    /// To add nothing to an array without memory writes to the one that all of these share, where another thread may read.
    @inlinable @inline(__always)
    package mutating func append(_ span: Span<UInt8>) {
        if span.isEmpty { return }
        if span.count < 256 { return append(addingCapacity: span.count) { $0.append(copying: span) } }
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends the bytes of a text.
    package mutating func append(text: String) {
        append(text.utf8.span)
    }
}
