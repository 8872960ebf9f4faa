import Bytes

/// A body in base64, to be copied piece by piece into base64 on one line, padded: the symbols are taken over, nothing is decoded.
public struct Base64Symbols: Sendable {
    /// How many bytes the content has, decoded.
    public let size: Int
    /// How many symbols it will be, padding included.
    public let count: Int
    let damage: Base64.Damage

    private let bytes: [UInt8]
    /// Where the body begins, to which blocks refer.
    private let start: Int
    private let blocks: [Base64Lines.Block]
    /// Symbols that are still to be copied, before what ends the last group.
    private var rest: Int
    private var tail: [UInt8]
    private var cursor = Cursor()

    /// A symbol: in this block, on this line of it, in this column.
    fileprivate struct Cursor {
        var block = 0
        var line = 0
        var column = 0
    }

    /// Symbols of one piece.
    private static let piece = 64 * 1024

    /// Looks through the body at `range`; nil when it is so damaged that it must be decoded and encoded again.
    init?(_ bytes: [UInt8], _ range: Range<Int>) {
        let values = Base64.values
        var lines = Base64Lines(bytes.span.extracting(range), values.span)
        var blocks: [Base64Lines.Block] = []
        // Without two equal lines in a row blocks would take more memory than the body.
        let most = 16 + range.count / 512
        while let block = lines.next() {
            guard blocks.count < most else { return nil }
            blocks.append(block)
        }
        if lines.isStuck { return nil }
        let group = lines.symbols % 4
        size = lines.symbols / 4 * 3 + [0, 0, 1, 2][group]
        damage = Base64.Damage(ignored: lines.ignored, truncated: group == 1)
        let last = blocks.last.map { Base64.value(bytes[range.lowerBound + $0.last]) ?? 0 } ?? 0
        tail = Self.end(group, last)
        rest = lines.symbols - (group > 0 ? 1 : 0)
        count = rest + tail.count
        self.bytes = bytes
        self.blocks = blocks
        start = range.lowerBound
    }

    /// What ends a group of so many symbols: the last one, without the bits that stand for nothing, and padding.
    private static func end(_ group: Int, _ last: UInt8) -> [UInt8] {
        let padding = UInt8(ascii: "=")
        return switch group {
        case 2: [Base64.alphabet[Int(last & 0x30)], padding, padding]
        case 3: [Base64.alphabet[Int(last & 0x3C)], padding]
        default: []
        }
    }

    /// Appends the next symbols, at most 64 KB of them; none when all have been appended.
    public mutating func appendPiece(to output: inout [UInt8]) {
        guard rest > 0 else {
            output.append(tail.span)
            tail = []
            return
        }
        let count = min(rest, Self.piece)
        rest -= count
        let start = output.count
        output.append(addingCapacity: count) { $0.append(repeating: 0, count: count) }
        var all = output.mutableSpan
        var place = all._mutatingExtracting(start...)
        copy(to: &place)
    }

    /// Fills a place that is cleared before.
    private mutating func copy(to place: inout MutableSpan<UInt8>) {
        let bytes = bytes
        let source = bytes.span
        var cursor = self.cursor
        var done = 0
        while done < place.count {
            let block = blocks[cursor.block]
            let from = start + block.start + cursor.line * block.stride + cursor.column
            let line = source.extracting(from..<from + min(block.width - cursor.column, place.count - done))
            place.copy(line, to: done)
            done += line.count
            cursor.advance(line.count, block)
        }
        self.cursor = cursor
    }
}

extension Base64Symbols.Cursor {
    fileprivate mutating func advance(_ count: Int, _ block: Base64Lines.Block) {
        column += count
        guard column == block.width else { return }
        column = 0
        line += 1
        guard line == block.lines else { return }
        line = 0
        self.block += 1
    }
}
