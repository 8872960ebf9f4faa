import Bytes

/// What one look at all of a text tells, so that nobody who comes later need look again.
public struct TextTraits: Sendable {
    /// Whether it is nothing but US-ASCII without control characters, tabs aside, in lines that end with CRLF or LF.
    public private(set) var isPlain = true
    /// Whether a line begins with `>` or `-`, as quotations, signatures and most separators do.
    public private(set) var hasMarks = false
    /// Whether a line begins with `b`, any byte and `g`, as uuencoded files do with `begin`; near the end of the text `b` is enough.
    private(set) var hasBegin = false

    init(_ text: Span<UInt8>) {
        guard text.count > 0 else { return }
        note(lineStart: text[0])
        var i = 0
        var (others, marks, begins) = (BlockMask(), BlockMask(), BlockMask())
        while text.count &- i >= 64 + 3 {
            let bytes = text.extracting(i..<i &+ 64 &+ 3)
            for k in 0..<4 {
                let (block, next) = (bytes.block(16 &* k), bytes.block(16 &* k &+ 1))
                let isLF = block .== .all(.lf)
                others = others .| Self.others(block, next)
                marks = marks .| isLF .& Self.marks(next)
                let third = bytes.block(16 &* k &+ 3) | .all(0x20)
                begins = begins .| isLF .& (next .== .all(UInt8(ascii: "b"))) .& (third .== .all(UInt8(ascii: "g")))
            }
            i &+= 64
        }
        isPlain = !others.isSet
        hasMarks = hasMarks || marks.isSet
        hasBegin = hasBegin || begins.isSet
        while i < text.count {
            note(text[i], next: i + 1 < text.count ? text[i + 1] : 0)
            i += 1
        }
    }

    /// Only looks whether the text is plain, and no further than to the first place where it is not; nil then.
    init?(plain text: Span<UInt8>) {
        var i = 0
        while text.count &- i >= 64 + 1 {
            let bytes = text.extracting(i..<i &+ 64 &+ 1)
            var others = BlockMask()
            for k in 0..<4 { others = others .| Self.others(bytes.block(16 &* k), bytes.block(16 &* k &+ 1)) }
            if others.isSet { return nil }
            i &+= 64
        }
        while i < text.count {
            note(text[i], next: i + 1 < text.count ? text[i + 1] : 0)
            i += 1
        }
        if !isPlain { return nil }
    }

    /// What is not plain among bytes, given those after them.
    @inline(__always)
    private static func others(_ block: Block, _ next: Block) -> BlockMask {
        let isEnd = (block .== .all(.lf)) .| (block .== .all(.cr)) .& (next .== .all(.lf))
        return .!((block .> .all(0x1F)) .| (block .== .all(.tab)) .| isEnd)
    }

    /// The marks among the first bytes of lines.
    @inline(__always)
    static func marks(_ bytes: Block) -> BlockMask {
        (bytes .== .all(UInt8(ascii: ">"))) .| (bytes .== .all(UInt8(ascii: "-")))
    }

    private mutating func note(lineStart byte: UInt8) {
        if byte == UInt8(ascii: ">") || byte == UInt8(ascii: "-") { hasMarks = true }
        if byte == UInt8(ascii: "b") { hasBegin = true }
    }

    private mutating func note(_ byte: UInt8, next: UInt8) {
        if byte == .lf { return note(lineStart: next) }
        if byte == .cr ? next != .lf : byte != .tab && Int8(bitPattern: byte) < 0x20 { isPlain = false }
    }
}
