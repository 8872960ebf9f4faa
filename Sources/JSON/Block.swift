/// Sixteen bytes, as numbers with a sign: what is no ASCII is negative. In this form the compiler makes vector instructions of it.
typealias Block = SIMD16<Int8>

/// Of each of sixteen bytes, whether something is so.
typealias BlockMask = SIMDMask<SIMD16<Int8>>

extension Block {
    /// Sixteen times the same byte.
    @inline(__always)
    static func all(_ byte: UInt8) -> Block { Block(repeating: Int8(bitPattern: byte)) }
}

extension BlockMask {
    /// The first place where it is true; 16 when there is none.
    @inline(__always)
    var place: Int {
        // `unsafe` is only that any sixteen bytes make two words.
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        if words[0] != 0 { return words[0].trailingZeroBitCount / 8 }
        return 8 &+ words[1].trailingZeroBitCount / 8
    }

    /// Whether it is true anywhere.
    @inline(__always)
    var isSet: Bool {
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        return words[0] | words[1] != 0
    }
}

extension Span<UInt8> {
    /// The sixteen bytes at `index`, by one load, which checks its bounds; `unsafe` is only that any bytes make a vector.
    @inline(__always)
    func block(_ index: Int) -> Block { unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: Block.self) }
}

extension OutputSpan<UInt8> {
    /// Appends bytes, by blocks or words, the last of which may lie upon the one before.
    @inline(__always)
    mutating func append(copying text: Span<UInt8>) {
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

    /// Appends sixteen or eight bytes by one store, which checks its bounds.
    @inline(__always)
    mutating func append<Bytes: BitwiseCopyable>(bytesOf bytes: Bytes) {
        let end = count
        append(repeating: 0, count: MemoryLayout<Bytes>.size)
        var all = mutableSpan
        var place = unsafe all.mutableBytes
        place.storeBytes(of: bytes, toByteOffset: end, as: Bytes.self)
    }
}

/// Sixty-four bytes of ASCII lines with `\n` in place of CRLF.
struct LineBlock {
    private var blocks = InlineArray<4, Block>(repeating: Block())

    /// Nil when another byte needs an escape. One byte more is looked at, and an LF at the beginning taken for the end of a CRLF.
    @inline(__always)
    init?(_ text: Span<UInt8>, _ index: Int) {
        let bytes = text.extracting(index..<index &+ 65)
        var others = BlockMask()
        for k in 0..<4 {
            let block = bytes.block(16 &* k)
            let (isCR, isLF) = (block .== .all(cr), block .== .all(lf))
            let isQuoted = (block .== .all(quote)) .| (block .== .all(backslash))
            let isPlain = (block .> .all(0x1F)) .& .!isQuoted .| isCR .| isLF
            let isTorn = isCR .^ (bytes.block(16 &* k &+ 1) .== .all(lf))
            others = others .| .!isPlain .| isTorn
            blocks[k] = block.replacing(with: .all(backslash), where: isCR).replacing(
                with: .all(UInt8(ascii: "n")), where: isLF)
        }
        if others.isSet { return nil }
    }

    /// The sixteen bytes from this place of sixteen on.
    subscript(index: Int) -> Block { blocks[index] }
}
