import Bytes

// The tree, walked in order and written as lines.

/// Lays a tree out as text.
struct HTMLLayout: ~Copyable, ~Escapable {
    private struct List {
        let isOrdered: Bool
        let style: UInt8
        let noMarker: Bool
        var number: Int
    }

    private let input: Span<UInt8>
    var writer: HTMLWriter
    private var lists: [List] = []
    /// The URL of the present link, a range of the tree's bytes.
    private var link: Range<Int>?
    /// Where the text of the link begins in the output; -1 before it does, -2 when a table has moved it.
    private var linkStart = -1
    private var linkHasImage = false
    private var lastImageLink = 0..<0
    private var cues = HTMLCues()
    /// The table, or the row, whose cells are gathered.
    var grid: HTMLGrid?

    @_lifetime(copy input)
    init(_ input: Span<UInt8>, _ output: consuming [UInt8], _ budget: Int) {
        self.input = input
        writer = HTMLWriter(output, budget)
    }

    /// Writes the text of a tree and hands back the output, and what is left of the budget.
    consuming func run(_ tree: HTMLTree, _ cues: inout HTMLCues, _ budget: inout Int) -> [UInt8] {
        var index: Int32 = 0
        while index >= 0 {
            let node = tree.nodes[Int(index)]
            enter(node, index, tree)
            if node.first >= 0, node.kind != .dropped {
                index = node.first
            } else {
                index = leaveUpwards(index, tree)
            }
        }
        endLink(tree)
        cues = self.cues
        budget = writer.budget
        writer.finish()
        if !writer.isEmpty { writer.output.append(.lf) }
        return writer.output
    }

    /// Leaves a node, and those that it is the last child of. The next node; -1 at the end.
    private mutating func leaveUpwards(_ index: Int32, _ tree: HTMLTree) -> Int32 {
        var index = index
        while index >= 0 {
            let node = tree.nodes[Int(index)]
            leave(node, index)
            if node.next >= 0 { return node.next }
            index = node.parent
        }
        return -1
    }

    private mutating func enter(_ node: HTMLNode, _ index: Int32, _ tree: HTMLTree) {
        switch node.kind {
        case .text: write(input, node.range, node.whiteSpace)
        case .decoded: write(tree.bytes.span, node.range, node.whiteSpace)
        case .label: label(tree.bytes.span, node.range)
        case .lineBreak: writer.lineBreak()
        case .rule: writer.rule()
        case .link: beginLink(node.range, tree)
        case .linkEnd: endLink(tree)
        case .superscript: writer.caret()
        case .gap: writer.gap()
        case .dropped: break
        case .cue: cue(node.start)
        case .block, .quote, .list, .item, .definition:
            writer.endBlock(Int(node.before))
            enterBlock(node)
        case .table, .row, .cell, .caption: enterTable(node, index)
        }
    }

    private mutating func leave(_ node: HTMLNode, _ index: Int32) {
        switch node.kind {
        case .text, .decoded, .label, .lineBreak, .rule, .link, .linkEnd, .superscript, .cue, .dropped: break
        case .gap: writer.gap()
        case .block: writer.endBlock(Int(node.after))
        case .quote, .item, .definition:
            writer.endBlock(Int(node.after))
            writer.popLevel()
            if node.kind == .quote, node[.hasValue] { cue(HTMLCues.Kind.quoteEnd.rawValue) }
        case .list:
            writer.endBlock(Int(node.after))
            lists.removeLast()
        case .table, .row, .cell, .caption: leaveTable(node, index)
        }
    }

    private mutating func enterBlock(_ node: HTMLNode) {
        switch node.kind {
        case .quote:
            if node[.hasValue] { cue(HTMLCues.Kind.quote.rawValue) }
            writer.pushLevel(.init(kind: .quote))
        case .definition: writer.pushLevel(.init(kind: .indent(width: 4)))
        case .list:
            lists.append(
                List(
                    isOrdered: node[.isOrdered], style: UInt8(truncatingIfNeeded: node.end), noMarker: node[.noMarker],
                    number: Int(node.start)))
        case .item:
            let marker = node[.noMarker] ? [] : nextMarker(node)
            writer.pushLevel(.init(kind: .indent(width: marker.count), marker: marker))
        default: break
        }
    }

    private mutating func cue(_ kind: Int32) {
        if let kind = HTMLCues.Kind(rawValue: kind) { cues.add(kind, at: writer.output.count) }
    }

    private mutating func nextMarker(_ item: HTMLNode) -> [UInt8] {
        let bullet = [UInt8(ascii: "*"), .space]
        guard let list = lists.last else { return bullet }
        guard list.isOrdered else { return list.noMarker ? [] : bullet }
        let number = item[.hasValue] ? Int(item.start) : list.number
        lists[lists.count - 1].number = number + 1
        if list.noMarker { return [] }
        var marker: [UInt8] = []
        HTMLListNumber.append(number, style: list.style, to: &marker)
        marker.append(UInt8(ascii: "."))
        marker.append(.space)
        return marker
    }

    // MARK: Links

    private mutating func beginLink(_ url: Range<Int>, _ tree: HTMLTree) {
        endLink(tree)
        link = url
        linkStart = -1
        linkHasImage = false
    }

    private mutating func endLink(_ tree: HTMLTree) {
        guard let url = link else { return }
        link = nil
        if linkStart == -1 {
            guard linkHasImage, !isLastImageLink(url, tree) else { return }
            lastImageLink = url
            writer.gap()
            writer.begin(UInt8(ascii: "<"))
            appendURL(tree.bytes.span.extracting(url))
            return
        }
        lastImageLink = url
        if linkStart >= 0 {
            let text = writer.output.span.extracting(linkStart..<writer.output.count)
            if HTMLLink.says(text, tree.bytes.span.extracting(url)) { return }
        }
        writer.output.append(.space)
        appendURL(tree.bytes.span.extracting(url))
    }

    private mutating func appendURL(_ url: Span<UInt8>) {
        writer.output.append(UInt8(ascii: "<"))
        writer.output.append(url)
        writer.output.append(UInt8(ascii: ">"))
        writer.gap()
    }

    private func isLastImageLink(_ url: Range<Int>, _ tree: HTMLTree) -> Bool {
        guard url.count == lastImageLink.count else { return false }
        for i in 0..<url.count where tree.bytes[url.lowerBound + i] != tree.bytes[lastImageLink.lowerBound + i] {
            return false
        }
        return true
    }

    /// A table has rearranged the output: the text of the present link stands elsewhere.
    mutating func outputMoved() {
        if linkStart >= 0 { linkStart = -2 }
    }

    // MARK: Text

    private mutating func label(_ text: Span<UInt8>, _ words: Range<Int>) {
        linkHasImage = true
        writer.gap()
        write(text, words, .normal)
        writer.gap()
    }

    private mutating func write(_ text: Span<UInt8>, _ range: Range<Int>, _ whiteSpace: HTMLStyle.WhiteSpace) {
        var i = range.lowerBound
        while i < range.upperBound {
            let byte = text[i]
            if byte > 0x20 && byte < 0x7F {
                i = writeRun(text, i..<range.upperBound)
            } else if byte >= 0x80 {
                i = writeCharacter(text, i..<range.upperBound, whiteSpace)
            } else {
                if byte.isHTMLSpace {
                    writeSpace(byte, whiteSpace)
                } else if byte != 0 {
                    writeWord(text.extracting(i..<i + 1))
                }
                i += 1
            }
        }
    }

    /// Words of ASCII and the single spaces between them. Where they end.
    @inline(__always)
    private mutating func writeRun(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var end = text.endOfWords(range.lowerBound + 1..<range.upperBound)
        if text[end - 1] == .space { end -= 1 }
        writeWord(text.extracting(range.lowerBound..<end))
        return end
    }

    @inline(__always)
    private mutating func writeWord(_ word: Span<UInt8>) {
        writer.begin(word[0])
        if linkStart == -1, link != nil { linkStart = writer.output.count }
        writer.output.append(word)
    }

    private mutating func writeSpace(_ byte: UInt8, _ whiteSpace: HTMLStyle.WhiteSpace) {
        switch whiteSpace {
        case .normal, .marker: writer.softSpace()
        case .preLine:
            if byte == .lf {
                writer.preformattedLineEnd()
            } else if byte != .cr {
                writer.softSpace()
            }
        case .pre:
            if byte == .lf {
                writer.preformattedLineEnd()
            } else if byte == .tab {
                writer.begin(byte)
                writer.output.append(byte)
            } else if byte == .space {
                writer.begin(byte)
                writer.output.append(.space)
            }
        }
    }

    /// A character beyond ASCII, or bytes that are none.
    private mutating func writeCharacter(
        _ text: Span<UInt8>, _ range: Range<Int>, _ whiteSpace: HTMLStyle.WhiteSpace
    ) -> Int {
        let index = range.lowerBound
        guard let length = UTF8Sequence.length(text, index), length <= range.count else {
            writeWord([0xEF, 0xBF, 0xBD].span)
            return min(index + UTF8Sequence.damagedLength(text, index), range.upperBound)
        }
        let end = index + length
        let character = text.extracting(index..<end)
        switch HTMLCharacterClass(character) {
        case .noBreakSpace where whiteSpace == .marker: writer.softSpace()
        case .noBreakSpace: writer.hardSpace()
        case .zeroWidth: writer.zeroWidth(character)
        case .ordinary: return writeOrdinary(text, index..<range.upperBound)
        }
        return end
    }
}

extension HTMLLayout {
    /// Letters of other scripts stand together. Where they end.
    private mutating func writeOrdinary(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var end = range.lowerBound
        while end < range.upperBound, text[end] >= 0x80 {
            guard let length = UTF8Sequence.length(text, end), end + length <= range.upperBound,
                HTMLCharacterClass(text.extracting(end..<end + length)) == .ordinary
            else { break }
            end += length
        }
        writeWord(text.extracting(range.lowerBound..<end))
        return end
    }
}

/// What a character beyond ASCII is to the layout.
enum HTMLCharacterClass {
    case ordinary, noBreakSpace, zeroWidth

    @inline(__always)
    init(_ character: Span<UInt8>) {
        self = .ordinary
        switch (character[0], character.count) {
        case (0xC2, 2):
            if character[1] == 0xA0 { self = .noBreakSpace }
            if character[1] == 0xAD { self = .zeroWidth }
        case (0xCD, 2):
            if character[1] == 0x8F { self = .zeroWidth }
        case (0xE2, 3):
            let low = UInt16(character[1]) << 8 | UInt16(character[2])
            if (0x808B...0x808F).contains(low) || (0x81A0...0x81A4).contains(low) { self = .zeroWidth }
        case (0xEF, 3):
            if character[1] == 0xBB, character[2] == 0xBF { self = .zeroWidth }
        case (0xE1, 3):
            if character[1] == 0xA0, character[2] == 0x8E { self = .zeroWidth }
        default: break
        }
    }
}

extension Span<UInt8> {
    /// Where the run of printable ASCII without two spaces in a row ends that goes on at the beginning of the range; no space stands before
    /// that.
    fileprivate func endOfWords(_ range: Range<Int>) -> Int {
        var i = range.lowerBound
        while i < range.upperBound, count &- i >= 8 {
            let word = word(i)
            // This sum has the high bit in all bytes but those that are spaces, whatever stands beside them.
            let other = word ^ Words.all(.space)
            let spaces = ~(((other & Words.all(0x7F)) &+ Words.all(0x7F)) | other) & Words.all(0x80)
            let ends =
                ((word &- Words.all(0x20)) | word) & Words.all(0x80) | Words.zeros(word ^ Words.all(0x7F))
                | spaces & (spaces &>> 8)
            if ends != 0 { return Swift.min(i &+ ends.trailingZeroBitCount / 8, range.upperBound) }
            // A space at the end is looked at once more, with what comes after it.
            i &+= 8 &- Int(spaces &>> 63)
        }
        while i < range.upperBound, self[i] &- 0x20 < 0x5F {
            if self[i] == .space, i + 1 == range.upperBound || self[i + 1] == .space { break }
            i += 1
        }
        return Swift.min(i, range.upperBound)
    }
}
