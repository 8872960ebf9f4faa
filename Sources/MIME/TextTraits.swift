import Bytes

/// What one look at all of a text tells, so that nobody who comes later need look again.
public struct TextTraits: Sendable {
    /// Whether it has no control characters but tabs, in lines that end with CRLF or LF.
    public private(set) var isLines = true
    /// Whether it is nothing but US-ASCII.
    public private(set) var isASCII = true
    /// Whether a line begins with `>` or `-`, as quotations, signatures and most separators do.
    public private(set) var hasMarks = false
    /// Whether a line begins with `b`, any byte and `g`, as uuencoded files do with `begin`; near the end of the text `b` is enough.
    private(set) var hasBegin = false

    init(_ text: Span<UInt8>) {
        guard text.count > 0 else { return }
        note(lineStart: text[0])
        var i = 0
        var (all, controls, marks, begins) = (Block(), BlockMask(), BlockMask(), BlockMask())
        while text.count &- i >= 64 + 3 {
            let bytes = text.extracting(i..<i &+ 64 &+ 3)
            for k in 0..<4 {
                let (block, next) = (bytes.block(16 &* k), bytes.block(16 &* k &+ 1))
                let isLF = block .== .all(.lf)
                all |= block
                controls = controls .| Self.controls(block, next)
                marks = marks .| isLF .& Self.marks(next)
                let third = bytes.block(16 &* k &+ 3) | .all(0x20)
                begins = begins .| isLF .& (next .== .all(UInt8(ascii: "b"))) .& (third .== .all(UInt8(ascii: "g")))
            }
            i &+= 64
        }
        isASCII = !(all .< .all(0)).isSet
        isLines = !controls.isSet
        hasMarks = hasMarks || marks.isSet
        hasBegin = hasBegin || begins.isSet
        while i < text.count {
            note(text[i], next: i + 1 < text.count ? text[i + 1] : 0)
            i += 1
        }
    }

    /// Only looks whether the text is lines, and no further than to the first place where it is not, nil then; and whether it is US-ASCII.
    init?(lines text: Span<UInt8>) {
        var i = 0
        var all = Block()
        while text.count &- i >= 64 + 1 {
            let bytes = text.extracting(i..<i &+ 64 &+ 1)
            var controls = BlockMask()
            for k in 0..<4 {
                let block = bytes.block(16 &* k)
                all |= block
                controls = controls .| Self.controls(block, bytes.block(16 &* k &+ 1))
            }
            if controls.isSet { return nil }
            i &+= 64
        }
        isASCII = !(all .< .all(0)).isSet
        while i < text.count {
            note(text[i], next: i + 1 < text.count ? text[i + 1] : 0)
            i += 1
        }
        if !isLines { return nil }
    }

    /// The control characters among bytes, given those after them, that are neither tabs nor line ends.
    @inline(__always)
    private static func controls(_ block: Block, _ next: Block) -> BlockMask {
        let isEnd = (block .== .all(.lf)) .| (block .== .all(.cr)) .& (next .== .all(.lf))
        return .!((block .> .all(0x1F)) .| (block .< .all(0)) .| (block .== .all(.tab)) .| isEnd)
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
        if byte >= 0x80 { isASCII = false }
        if byte == .cr ? next != .lf : byte != .tab && byte < 0x20 { isLines = false }
    }
}
