import Bytes

/// Sixty-four bytes of lines of UTF-8 with `\n` in place of CRLF.
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
            let isPlain = ((block .> .all(0x1F)) .| (block .< .all(0))) .& .!isQuoted .| isCR .| isLF
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
