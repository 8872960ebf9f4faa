import Bytes

/// The inside of a JSON string (RFC 8259 §7): quotes, backslashes and controls are escaped, all else stands as it is.
enum Escape {
    /// Appends text, escaped. What is not UTF-8 is replaced.
    static func append(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        if isPlainASCII(text) {
            bytes.append(text)
        } else if isUTF8(text) {
            appendValid(text, to: &bytes)
        } else {
            let repaired = unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
            appendValid(repaired.utf8Span.span, to: &bytes)
        }
    }

    /// How many bytes a text takes, escaped; nil when it is no UTF-8.
    static func escapedCount(_ text: Span<UInt8>) -> Int? {
        guard isUTF8(text) else { return nil }
        var count = text.count
        var index = endOfPlain(text, from: 0)
        while index < text.count {
            count += escape(text[index]).count - 1
            index = endOfPlain(text, from: index + 1)
        }
        return count
    }

    /// Escapes what stands in the buffer from `start` on. Most strings are plain ASCII; the others are copied once.
    static func escapeTail(of bytes: inout [UInt8], from start: Int) {
        if isPlainASCII(bytes.span.extracting(start...)) { return }
        if bytes.count - start > 1 << 20, isUTF8(bytes.span.extracting(start...)) {
            return expandTail(of: &bytes, from: start)
        }
        let copy = Array(bytes[start...])
        bytes.removeLast(copy.count)
        append(copy.span, to: &bytes)
    }

    /// Escapes in place, from the end, so that a text of many megabytes is not there twice. It must be UTF-8.
    private static func expandTail(of bytes: inout [UInt8], from start: Int) {
        var source = bytes.count
        var added = 0
        for index in start..<source where isEscaped(bytes[index]) { added += escape(bytes[index]).count - 1 }
        bytes.append(contentsOf: repeatElement(0, count: added))
        var target = bytes.count
        var span = bytes.mutableSpan
        while source < target {
            source -= 1
            let byte = span[source]
            if isEscaped(byte) {
                let escape = escape(byte)
                target -= escape.count
                for index in 0..<escape.count { span[target + index] = escape.bytes[index] }
            } else {
                target -= 1
                span[target] = byte
            }
        }
    }

    /// Whether it is ASCII that stands for itself, as most strings are.
    static func isPlainASCII(_ text: Span<UInt8>) -> Bool {
        if text.count < 16 { return isPlainASCII(short: text) }
        var index = 0
        while text.count &- index > 16 {
            if isSpecial(text.block(index)).isSet { return false }
            index &+= 16
        }
        return !isSpecial(text.block(text.count &- 16)).isSet
    }

    private static func isPlainASCII(short text: Span<UInt8>) -> Bool {
        if text.count >= 8 { return specials(text.word(0)) | specials(text.word(text.count &- 8)) == 0 }
        for index in text.indices where !isPlain(text[index]) { return false }
        return true
    }

    /// What of sixteen bytes is no ASCII that stands for itself.
    @inline(__always)
    private static func isSpecial(_ block: Block) -> BlockMask {
        (block .< .all(0x20)) .| (block .== .all(quote)) .| (block .== .all(backslash))
    }

    /// Whether all of it is UTF-8. Blocks of ASCII are passed over: no character goes across one, so what lies between them is judged alone.
    static func isUTF8(_ text: Span<UInt8>) -> Bool {
        var start = 0
        while true {
            while isASCIIBlock(text, start) { start &+= 16 }
            if start >= text.count { return true }
            var end = start
            while end < text.count, !isASCIIBlock(text, end) { end &+= 16 }
            let piece = text.extracting(start..<min(end, text.count))
            if (try? UTF8Span(validating: piece)) == nil { return false }
            start = end
        }
    }

    @inline(__always)
    private static func isASCIIBlock(_ text: Span<UInt8>, _ index: Int) -> Bool {
        text.count &- index >= 16 && !(text.block(index) .< .all(0)).isSet
    }

    /// Appends UTF-8, whose line ends become `\n`, CRLF as well as LF.
    static func append(lines text: Span<UInt8>, to bytes: inout [UInt8]) {
        append(text, to: &bytes) { appendLines(text, $0, to: &$1) }
    }

    /// How many bytes more than it has such a text takes, escaped, if it has no other control characters but tabs. CRLF is as long as `\n`.
    static func added(lines text: Span<UInt8>) -> Int {
        var added = 0
        for index in text.indices {
            let byte = text[index]
            let isEscaped = byte == quote || byte == backslash || byte == lf || byte == 0x09
            added &+= (isEscaped ? 1 : 0) &- (byte == cr ? 1 : 0)
        }
        return added
    }

    private static func appendValid(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        append(text, to: &bytes) { appendPiece(text, $0, to: &$1) }
    }

    /// Makes room piece by piece, since all of a text might take six times its length. `body` is given where a piece begins and ends, and
    /// returns where it has stopped, which may be one block later.
    @inline(__always)
    private static func append(
        _ text: Span<UInt8>, to bytes: inout [UInt8], _ body: (Range<Int>, inout OutputSpan<UInt8>) -> Int
    ) {
        var start = 0
        while start < text.count {
            let end = min(start + 1024, text.count)
            bytes.appendInRegisters(6 * (end - start) + 64) { room in start = body(start..<end, &room) }
        }
    }

    /// Sixteen bytes at a time: they are copied whole before they are looked at, and what comes after an escape is taken back, which costs
    /// less than to look for that first. With `joinsCRLF` CRLF becomes `\n`.
    @inline(__always)
    private static func appendPiece(
        _ text: Span<UInt8>, _ piece: Range<Int>, joinsCRLF: Bool = false, to room: inout OutputSpan<UInt8>
    ) -> Int {
        var index = piece.lowerBound
        while index < piece.upperBound {
            if text.count &- index >= 16 {
                let block = text.block(index)
                room.append(bytesOf: block)
                let controls = (block .< .all(0x20)) .& (block .> .all(0xFF))
                let place = (controls .| (block .== .all(quote)) .| (block .== .all(backslash))).place
                index &+= place
                if place == 16 { continue }
                room.removeLast(16 &- place)
            } else if !isEscaped(text[index]) {
                room.append(text[index])
                index &+= 1
                continue
            }
            if joinsCRLF, text[index] == cr, index + 1 < text.count, text[index + 1] == lf { index &+= 1 }
            append(escape: text[index], to: &room)
            index &+= 1
        }
        return index
    }

    /// Sixty-four bytes at a time. CRLF is as long as `\n`, so that most of them are changed where they stand.
    @inline(__always)
    private static func appendLines(
        _ text: Span<UInt8>, _ piece: Range<Int>, to room: inout OutputSpan<UInt8>
    ) -> Int {
        var index = piece.lowerBound
        while index < piece.upperBound {
            let isCut = index > 0 && text[index] == lf && text[index &- 1] == cr
            if text.count &- index > 64, isCut || text[index] != lf, let lines = LineBlock(text, index) {
                for k in 0..<4 { room.append(bytesOf: lines[k]) }
                index &+= 64
                continue
            }
            if isCut {
                room.append(UInt8(ascii: "n"))
                index &+= 1
            }
            // Where one byte needs an escape others are near: the quotation marks of HTML.
            let end = min(index &+ 256, max(index &+ 64, piece.upperBound), text.count)
            index = appendPiece(text, index..<end, joinsCRLF: true, to: &room)
        }
        return index
    }

    @inline(__always)
    private static func append(escape byte: UInt8, to room: inout OutputSpan<UInt8>) {
        if byte == lf || byte == quote || byte == backslash {
            room.append(backslash)
            return room.append(byte == lf ? UInt8(ascii: "n") : byte)
        }
        let escape = escape(byte)
        for index in 0..<escape.count { room.append(escape.bytes[index]) }
    }

    /// Where the first byte after `start` stands that needs an escape.
    ///
    /// Eight bytes are judged at once, as one number: a byte below a bound borrows from its high bit, and the first that does is
    /// right.
    private static func endOfPlain(_ text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while text.count &- index >= 8 {
            let word = text.word(index)
            let quote = word ^ eight(UInt8(ascii: "\""))
            let backslash = word ^ eight(UInt8(ascii: "\\"))
            let found =
                (word &- eight(0x20)) & ~word | (quote &- eight(1)) & ~quote | (backslash &- eight(1)) & ~backslash
            if found & eight(0x80) != 0 { return index &+ (found & eight(0x80)).trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < text.count, !isEscaped(text[index]) { index += 1 }
        return index
    }

    /// Eight times the same byte.
    @inline(__always)
    private static func eight(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    @inline(__always)
    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// What stands for a byte that needs an escape, and how many bytes of it count.
    private static func escape(_ byte: UInt8) -> (bytes: InlineArray<6, UInt8>, count: Int) {
        switch byte {
        case UInt8(ascii: "\n"): return short(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): return short(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): return short(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return short(byte)
        case 0: return ([0xEF, 0xBF, 0xBD, 0, 0, 0], 3)
        default:
            let zero = UInt8(ascii: "0")
            return ([UInt8(ascii: "\\"), UInt8(ascii: "u"), zero, zero, hexDigit(byte >> 4), hexDigit(byte & 0xF)], 6)
        }
    }

    private static func short(_ letter: UInt8) -> (bytes: InlineArray<6, UInt8>, count: Int) {
        ([UInt8(ascii: "\\"), letter, 0, 0, 0, 0], 2)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
