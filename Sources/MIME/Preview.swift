import Bytes

/// `preview`: the first characters of a text, white space folded.
package enum Preview {
    /// In characters of Unicode.
    static let length = 256

    /// Text beyond these bytes is not looked at: there, it is all white space before.
    private static let window = 64 * 1024

    /// Appends it.
    package static func append(_ text: Span<UInt8>, to output: inout [UInt8]) {
        var end = min(text.count, window)
        while end > 0, end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
        // No character has more than four bytes.
        output.append(addingCapacity: 4 * length) { room in append(whole: text.extracting(..<end), to: &room) }
    }

    private static func append(whole text: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        var count = 0
        var isSpacePending = false
        var index = 0
        while index < text.count {
            let space = lengthOfSpace(text, at: index)
            if space > 0 {
                isSpacePending = count > 0
                index += space
                continue
            }
            if count + (isSpacePending ? 2 : 1) > length { break }
            if isSpacePending {
                output.append(UInt8(ascii: " "))
                count += 1
                isSpacePending = false
            }
            repeat {
                output.append(text[index])
                index += 1
            } while index < text.count && text[index] & 0xC0 == 0x80
            count += 1
            if index < text.count, text[index] >= 0x80 { continue }
            // The rest of a word in ASCII.
            while index < text.count, count < length, text[index].isVCHAR {
                output.append(text[index])
                index += 1
                count += 1
            }
            appendWords(text, &index, &count, to: &output)
        }
    }

    /// Appends ASCII, as long as only single spaces separate its words.
    @inline(__always)
    private static func appendWords(
        _ text: Span<UInt8>, _ index: inout Int, _ count: inout Int, to output: inout OutputSpan<UInt8>
    ) {
        let start = index
        let end = min(text.count, start + length - count) - 1
        while end - index >= 16 {
            let (block, next) = (text.block(index), text.block(index &+ 1))
            let place = (.!(isGraphic(block) .| (block .== .all(.space)) .& isGraphic(next))).place
            output.append(bytesOf: block)
            output.removeLast(16 &- place)
            index &+= place
            if place < 16 { break }
        }
        count += index - start
    }

    /// VCHAR of RFC 5234.
    @inline(__always)
    private static func isGraphic(_ bytes: Block) -> BlockMask {
        (bytes .> .all(0x20)) .& (bytes .!= .all(0x7F))
    }

    /// How many bytes of white space begin here: one character of it, or none. U+00A0 counts.
    private static func lengthOfSpace(_ text: Span<UInt8>, at index: Int) -> Int {
        switch text[index] {
        case 0x20, 0x09...0x0D: 1
        case 0xC2 where index + 1 < text.count && text[index + 1] == 0xA0: 2
        default: 0
        }
    }
}
