// Tree construction (§13.2.6), as far as it shows in text: implied end tags, scopes, tables and foster parenting, what is hidden.
//
// The stack of open elements knows, for each tag, the last open element of that tag, so every search in it takes constant time, however deep it is.
// Inline elements have no node. Of the formatting elements only links outlive the block they stand in: a link lasts until the next
// `</a>` or `<a>`, or the end of the table cell it began in, as with the list of active formatting elements.

/// An open element.
struct HTMLOpenElement {
    var tag: HTMLTag
    /// Of an unknown tag: its name.
    var hash: UInt32 = 0
    /// Whether it is left out with all that it holds.
    var hides = false
    /// What holds for text in it.
    var whiteSpace = HTMLStyle.WhiteSpace.normal
    var isTiny = false
    /// Where its content goes: into this node, before that child of it (-1: at its end).
    var parent: Int32
    var before: Int32 = -1
    /// Stack indices of the open elements below it: the last of the same tag, the last special one, the last item barrier.
    var sameTag: Int32 = -1
    var special: Int32 = -1
    var barrier: Int32 = -1
}

/// Makes the tree from the tokens.
struct HTMLTreeBuilder: ~Copyable {
    var tree = HTMLTree()
    var stack: [HTMLOpenElement] = [HTMLOpenElement(tag: .body, parent: 0)]
    let names = HTMLTagTable.shared
    var styles = HTMLStyleCache()
    private var lastOf = [Int32](repeating: -1, count: HTMLTag.allCases.count)
    private var lastSpecial: Int32 = 0
    private var lastBarrier: Int32 = 0
    /// How many open elements hide what they hold.
    private(set) var hidden = 0
    /// The height of the stack where the present link began; -1 without one.
    var linkHeight = -1
    /// The first option of the present select, shown unless another is chosen; -1 without one.
    var firstOption: Int32 = -1
    /// After `<pre>` and `<textarea>` a line end is no text.
    var skipsLineEnd = false
    var base: [UInt8] = []
    /// How many bytes bases may still add to links.
    var budget: Int
    /// Whether the signs of mail programs are looked for.
    let marksCues: Bool

    /// A builder with room for a page of so many bytes.
    init(expecting count: Int, marksCues: Bool) {
        self.marksCues = marksCues
        tree.nodes.reserveCapacity(min(count / 24, HTMLLimits.nodes) + 16)
        tree.bytes.reserveCapacity(min(count, 1 << 20) / 16 + 16)
        budget = HTMLLimits.added + count / 2
        stack.reserveCapacity(64)
    }

    var isVisible: Bool { hidden == 0 && !stack[stack.count - 1].isTiny }
    var top: HTMLOpenElement { stack[stack.count - 1] }

    // MARK: The stack of open elements

    /// The stack index of the last open element of a tag; -1 without one.
    @inline(__always)
    func last(_ tag: HTMLTag) -> Int { Int(lastOf[tag.rawValue]) }

    /// The last element that bounds a scope; 0, the body, at least.
    var lastScope: Int {
        var scope = max(last(.table), last(.td), last(.th))
        scope = max(scope, last(.caption), last(.object), last(.template))
        return max(scope, last(.applet), last(.marquee), max(last(.foreignobject), 0))
    }

    func isInScope(_ tag: HTMLTag) -> Bool { last(tag) > lastScope }
    var paragraphIsOpen: Bool { last(.p) > max(lastScope, last(.button)) }
    var lastSpecialIndex: Int { Int(lastSpecial) }
    var lastBarrierIndex: Int { Int(lastBarrier) }

    mutating func push(_ element: HTMLOpenElement) {
        if stack.count >= HTMLLimits.openElements, hidden > 0 { return }
        var element = element
        let index = Int32(truncatingIfNeeded: stack.count)
        element.sameTag = lastOf[element.tag.rawValue]
        element.special = lastSpecial
        element.barrier = lastBarrier
        lastOf[element.tag.rawValue] = index
        if element.tag.isSpecial { lastSpecial = index }
        if element.tag.isItemBarrier { lastBarrier = index }
        if element.hides { hidden += 1 }
        stack.append(element)
    }

    /// Closes elements until `height` are left; the body stays.
    mutating func pop(to height: Int) {
        while stack.count > max(height, 1) {
            let element = stack.removeLast()
            if element.tag != .removed { lastOf[element.tag.rawValue] = element.sameTag }
            lastSpecial = element.special
            lastBarrier = element.barrier
            if element.hides { hidden -= 1 }
            if linkHeight > stack.count, element.tag.isScope {
                linkHeight = -1
                _ = tree.insert(HTMLNode(.linkEnd), parent: element.parent, before: element.before)
            }
        }
    }

    /// Ends an element that others, still open, stand in: a formatting element, a form.
    mutating func remove(_ index: Int) {
        if index == stack.count - 1 { return pop(to: index) }
        lastOf[stack[index].tag.rawValue] = stack[index].sameTag
        if stack[index].hides { hidden -= 1 }
        stack[index].hides = false
        stack[index].tag = .removed
    }

    // MARK: Nodes

    /// Where a node goes now. What may not stand in a table directly goes in front of it.
    private var place: (parent: Int32, before: Int32) {
        let top = top
        guard top.tag.isTableContext, last(.table) > 0 else { return (top.parent, top.before) }
        let table = stack[last(.table)].parent
        let parent = tree.nodes[Int(table)].parent
        return parent < 0 ? (top.parent, top.before) : (parent, table)
    }

    /// Inserts a node unless nothing shows here.
    @discardableResult
    mutating func insert(_ node: HTMLNode) -> Int32? {
        isVisible ? insertAlways(node) : nil
    }

    @discardableResult
    mutating func insertAlways(_ node: HTMLNode) -> Int32 {
        let place = place
        return tree.insert(node, parent: place.parent, before: place.before)
    }

    /// Opens an element, with a node of its own when it is a block. Parts of tables go where they stand, all else where it may.
    mutating func open(
        _ tag: HTMLTag, _ style: HTMLElementStyle, _ node: HTMLNode? = nil, hash: UInt32 = 0, inTable: Bool = false
    ) {
        let outer = top
        let place = inTable ? (outer.parent, outer.before) : place
        var element = HTMLOpenElement(
            tag: tag, hash: hash, hides: style.hides, whiteSpace: style.css.whiteSpace ?? outer.whiteSpace,
            isTiny: style.css.isTiny ?? outer.isTiny, parent: place.0, before: place.1)
        if let node, hidden == 0, !style.hides, style.css.display != .inline || inTable {
            element.parent = tree.insert(node, parent: place.0, before: place.1)
            element.before = -1
        }
        push(element)
    }

    // MARK: Text

    mutating func text(_ input: Span<UInt8>, _ run: Range<Int>) {
        var run = run
        if skipsLineEnd, !run.isEmpty {
            skipsLineEnd = false
            if input[run.lowerBound] == .cr { run = run.dropFirst() }
            if input[run.lowerBound] == .lf { run = run.dropFirst() }
        }
        guard !run.isEmpty, isVisible else { return }
        if top.tag.isTableContext, isBlank(input, run) { return }
        insertText(HTMLNode(.text, run))
    }

    /// Inserts text, or makes it part of the text inserted last, so that text which the tokenizer gave in many pieces is one node.
    private mutating func insertText(_ text: HTMLNode) {
        let place = place
        let whiteSpace = stack[stack.count - 1].whiteSpace
        let index = tree.nodes.count - 1
        let last = tree.nodes[index]
        if last.kind == text.kind, last.end == text.start, last.parent == place.parent, last.next == place.before,
            last.whiteSpace == whiteSpace
        {
            tree.nodes[index].end = text.end
            return
        }
        var node = text
        node.whiteSpace = whiteSpace
        _ = tree.insert(node, parent: place.parent, before: place.before)
    }

    mutating func characters(_ characters: borrowing [UInt8]) {
        if skipsLineEnd {
            skipsLineEnd = false
            if characters.count == 1, characters[0] == .lf { return }
        }
        guard isVisible else { return }
        if top.tag.isTableContext, characters.count == 1, characters[0].isHTMLSpace { return }
        words(characters)
    }

    /// Inserts text that is not in the input.
    mutating func words(_ words: borrowing [UInt8]) {
        guard isVisible else { return }
        let start = tree.bytes.count
        for i in words.indices { tree.bytes.append(words[i]) }
        insertText(HTMLNode(.decoded, start..<tree.bytes.count))
    }

    private func isBlank(_ input: Span<UInt8>, _ run: Range<Int>) -> Bool {
        for i in run where !input[i].isHTMLSpace { return false }
        return true
    }
}
