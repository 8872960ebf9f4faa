// What the tree builder makes and the layout reads: the blocks, breaks, tables and runs of text of a document, without its inline elements.

/// A node: links are indices into the tree, -1 for none.
struct HTMLNode {
    enum Kind: UInt8 {
        /// A block that is only a block: `before` and `after` are the line ends around it (1: own lines, 2: a blank line).
        case block
        /// `blockquote`; `hasValue` when a mail program says that it quotes the message replied to.
        case quote
        /// A list: `isOrdered`, numbered from `start`, in the style `end` (a letter of the `type` attribute).
        case list
        /// A list item; `start` is its number when `hasValue`.
        case item
        /// `dd`.
        case definition
        /// `isNested`: holds another table.
        case table, row
        /// A cell across `start` columns.
        case cell
        case caption
        /// Text: a range of the input.
        case text
        /// Text: a range of the tree's bytes.
        case decoded
        /// Words in the place of something that is none: an alternative text, a value; a range of the tree's bytes.
        case label
        case lineBreak, rule
        /// From here to `linkEnd` text is a link; its URL is a range of the tree's bytes.
        case link
        case linkEnd
        /// Digits that follow are raised.
        case superscript
        /// Words before and after are two.
        case gap
        /// A sign of a mail program: `start` is a `HTMLCues.Kind`.
        case cue
        /// A block that was given up: an option that is not the chosen one.
        case dropped
    }

    /// What is true of it; in one byte, so that a node has 32.
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let isOrdered = Flags(rawValue: 1)
        static let hasValue = Flags(rawValue: 2)
        static let isNested = Flags(rawValue: 4)
        static let noMarker = Flags(rawValue: 8)
    }

    var kind: Kind
    var whiteSpace = HTMLStyle.WhiteSpace.normal
    private var flags: Flags = []
    /// `before`, and sixteen times `after`.
    private let margins: UInt8
    var start: Int32 = 0
    var end: Int32 = 0
    var parent: Int32 = -1
    var first: Int32 = -1
    var last: Int32 = -1
    var next: Int32 = -1
    var previous: Int32 = -1

    init(_ kind: Kind, before: UInt8 = 0, after: UInt8? = nil) {
        self.kind = kind
        margins = before | (after ?? before) << 4
    }

    init(_ kind: Kind, _ range: Range<Int>) {
        self.kind = kind
        margins = 0
        start = Int32(truncatingIfNeeded: range.lowerBound)
        end = Int32(truncatingIfNeeded: range.upperBound)
    }

    /// A node for what is still to come of this one. `number`: of the item that comes next in the list that it is, or is in.
    func continued(_ number: Int32?) -> HTMLNode {
        var rest = HTMLNode(kind, before: min(before, 1), after: after)
        (rest.whiteSpace, rest.flags, rest.start, rest.end) = (whiteSpace, flags, start, end)
        if kind == .list { rest.start = number ?? start }
        guard kind == .item else { return rest }
        if first >= 0 {
            rest[.noMarker] = true
        } else if let number {
            rest[.hasValue] = true
            rest.start = number &- 1
        }
        return rest
    }

    var range: Range<Int> { Int(start)..<Int(end) }
    var before: UInt8 { margins & 15 }
    var after: UInt8 { margins >> 4 }

    subscript(flag: Flags) -> Bool {
        get { flags.contains(flag) }
        set { if newValue { flags.insert(flag) } else { flags.remove(flag) } }
    }
}

/// A tree of nodes; node 0 is the body.
struct HTMLTree {
    var nodes: [HTMLNode] = [HTMLNode(.block)]
    /// What nodes refer to that does not stand in the input.
    var bytes: [UInt8] = []

    /// Puts a node in before a child of `parent`, or after its last one.
    mutating func insert(_ node: HTMLNode, parent: Int32, before: Int32) -> Int32 {
        let index = Int32(truncatingIfNeeded: nodes.count)
        var node = node
        node.parent = parent
        node.next = before
        node.previous = before < 0 ? nodes[Int(parent)].last : nodes[Int(before)].previous
        if node.previous < 0 { nodes[Int(parent)].first = index } else { nodes[Int(node.previous)].next = index }
        if before < 0 { nodes[Int(parent)].last = index } else { nodes[Int(before)].previous = index }
        nodes.append(node)
        return index
    }

    /// The number that the item which comes next in a list has, as the layout counts; nil if this is none.
    func nextNumber(_ list: HTMLNode) -> Int32? {
        guard list.kind == .list else { return nil }
        var number = list.start
        var index = list.first
        while index >= 0 {
            let item = nodes[Int(index)]
            if item.kind == .item, !item[.noMarker] { number = (item[.hasValue] ? item.start : number) &+ 1 }
            index = item.next
        }
        return number
    }
}
