// Lines of text: white space collapsed as CSS does it, breaks that are written only before something follows, prefixes of quotes and lists.

/// Writes text that blocks break into lines.
struct HTMLWriter: ~Copyable {
    /// What stands at the left of lines.
    struct Level {
        enum Kind {
            case quote
            /// A list item or an indented block: spaces, but on its first line the marker.
            case indent(width: Int)
        }
        var kind: Kind
        var marker: [UInt8] = []
    }

    var output: [UInt8]
    /// Where the text of this document, or of the present table cell, begins.
    var start: Int
    /// Line ends to be written before the next word.
    private(set) var breaks = 0
    private(set) var lineHasContent = false
    var levels: [Level] = []
    /// The levels below this one are written by whoever asked for the present cell.
    var firstLevel = 0
    /// The fewest levels since the last word: a blank line belongs to them.
    private var commonLevels = 0
    private var rulePending = false
    /// A collapsible space to be written before the next word, if the line has content.
    private var spacePending = false
    /// Spaces that do not collapse.
    private var hardSpaces = 0
    /// A space is needed if letters or digits would meet.
    private var gapPending = false
    private var caretPending = false
    /// The first of the zero-width characters that wait to be judged, and a space if there are any among them; see `zeroWidth`.
    private var filler: [UInt8] = []
    private var fillers = 0
    /// A character without width that stood alone before any text.
    private var lone: [UInt8] = []

    /// Bytes that may still be added to what the page says: see `HTMLLimits.added`.
    var budget: Int

    init(_ output: consuming [UInt8], _ budget: Int) {
        self.budget = budget
        start = output.count
        self.output = output
    }

    var isEmpty: Bool { output.count == start }
    /// Whether lines begin with nothing but their words.
    var hasNoPrefix: Bool { levels.count <= firstLevel }

    // MARK: Breaks

    /// Ends the line, if it has begun, and asks for at least `breaks` line ends before the next.
    mutating func endBlock(_ breaks: Int) {
        if !lineHasContent, hardSpaces > 0 { addBreak() }
        endLine()
        self.breaks = max(self.breaks, breaks)
    }

    /// `br`: ends the line, or leaves one empty.
    mutating func lineBreak() {
        if lineHasContent {
            endLine()
            breaks = max(breaks, 1)
        } else {
            addBreak()
            endLine()
        }
    }

    /// A line end in preformatted text: any number of lines may be empty.
    mutating func preformattedLineEnd() {
        if lineHasContent { breaks = 0 }
        breaks += 1
        endLine()
    }

    mutating func rule() {
        endBlock(2)
        rulePending = !isEmpty
    }

    private mutating func addBreak() {
        breaks = max(breaks, min(max(breaks, isEmpty ? 0 : 1) + 1, 1 + HTMLLimits.blankLines))
    }

    private mutating func endLine() {
        lineHasContent = false
        spacePending = false
        hardSpaces = 0
        gapPending = false
        caretPending = false
        guard fillers > 0 else { return }
        if fillers == 1, isEmpty, !filler.contains(.space) { lone = filler }
        filler.removeAll(keepingCapacity: true)
        fillers = 0
    }

    // MARK: Levels

    mutating func pushLevel(_ level: Level) {
        levels.append(level)
    }

    mutating func popLevel() {
        levels.removeLast()
        commonLevels = min(commonLevels, levels.count)
    }

    // MARK: Words

    mutating func space() { spacePending = true }
    mutating func gap() { gapPending = true }
    mutating func caret() { caretPending = true }

    /// Appends words that need no treatment.
    @inline(__always)
    mutating func word(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        begin(bytes[0])
        output.append(bytes)
    }

    /// Writes what waits before a word: line ends, prefixes, spaces.
    @inline(__always)
    mutating func begin(_ first: UInt8) {
        if !lineHasContent || spacePending || gapPending || caretPending || hardSpaces > 0 || fillers > 0 {
            settle(first)
        }
    }

    private mutating func settle(_ first: UInt8) {
        settleFiller()
        if !lineHasContent {
            startLine()
            spacePending = spacePending && hardSpaces > 1
            if hardSpaces == 1 { hardSpaces = 0 }  // filler of empty cells; more are an indentation
        } else if gapPending, !spacePending, hardSpaces == 0, isWordByte(first), isWordByte(output[output.count - 1]) {
            output.append(.space)
        } else if caretPending, !spacePending, hardSpaces == 0, first.isDigit, isWordByte(output[output.count - 1]) {
            output.append(UInt8(ascii: "^"))
        }
        for _ in 0..<hardSpaces + (spacePending ? 1 : 0) { output.append(.space) }
        hardSpaces = 0
        spacePending = false
        gapPending = false
        caretPending = false
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        byte.isAlpha || byte.isDigit || byte >= 0x80 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: ")")
    }

    private mutating func startLine() {
        lineHasContent = true
        if !isEmpty {
            for i in 0..<max(breaks, 1) {
                if i > 0 { prefix(blankUpTo: commonLevels) }
                output.append(.lf)
            }
            if rulePending { writeRule() }
        }
        rulePending = false
        breaks = 0
        prefix(upTo: levels.count)
        commonLevels = levels.count
    }

    private mutating func writeRule() {
        guard budget > 0 else { return }
        budget -= 42
        prefix(blankUpTo: commonLevels)
        if commonLevels > firstLevel, output.last != .lf { output.append(.space) }
        for _ in 0..<40 { output.append(UInt8(ascii: "-")) }
        output.append(.lf)
        prefix(blankUpTo: commonLevels)
        output.append(.lf)
    }

    private mutating func prefix(upTo count: Int) {
        guard budget > 0 else { return }
        let before = output.count
        defer { budget -= output.count - before }
        for i in firstLevel..<max(firstLevel, min(count, firstLevel + HTMLLimits.levels)) {
            switch levels[i].kind {
            case .quote:
                output.append(UInt8(ascii: ">"))
                output.append(.space)
            case .indent(let width):
                let marker = levels[i].marker
                output.append(marker.span)
                for _ in marker.count..<width { output.append(.space) }
                levels[i].marker.removeAll()
            }
        }
    }

    /// The prefix of an empty line: quotes, without spaces at its end.
    private mutating func prefix(blankUpTo count: Int) {
        guard budget > 0 else { return }
        let before = output.count
        defer { budget -= output.count - before }
        var spaces = 0
        for i in firstLevel..<max(firstLevel, min(count, firstLevel + HTMLLimits.levels)) {
            switch levels[i].kind {
            case .quote:
                for _ in 0..<spaces { output.append(.space) }
                output.append(UInt8(ascii: ">"))
                spaces = 1
            case .indent(let width): spaces += width
            }
        }
    }

    // MARK: Cells

    /// What a cell sets aside: its text is laid out as if it stood alone.
    struct Suspended {
        fileprivate let start: Int
        fileprivate let firstLevel: Int
        fileprivate let breaks: Int
        fileprivate let commonLevels: Int
        fileprivate let rulePending: Bool
    }

    mutating func suspend() -> Suspended {
        endLine()
        defer { beginCell() }
        return Suspended(
            start: start, firstLevel: firstLevel, breaks: breaks, commonLevels: commonLevels, rulePending: rulePending)
    }

    /// Begins a text of its own.
    mutating func beginCell() {
        endLine()
        start = output.count
        firstLevel = levels.count
        commonLevels = levels.count
        breaks = 0
        rulePending = false
    }

    mutating func resume(_ suspended: Suspended) {
        endLine()
        start = suspended.start
        firstLevel = suspended.firstLevel
        breaks = suspended.breaks
        commonLevels = min(suspended.commonLevels, levels.count)
        rulePending = suspended.rulePending
    }

    // MARK: White space and characters without width

    /// A no-break space: a space that does not collapse.
    mutating func hardSpace() {
        if fillers > 0 {
            fillWithSpace()
        } else {
            if spacePending, lineHasContent { hardSpaces += 1 }
            spacePending = false
            hardSpaces += 1
        }
    }

    mutating func softSpace() {
        if fillers > 0 { fillWithSpace() } else { spacePending = true }
    }

    private mutating func fillWithSpace() {
        if filler.last != .space { filler.append(.space) }
    }

    /// A character without width. Two or more of them with nothing but white space in between are the filler of a preheader, which
    /// keeps the next words out of the preview: they read as one space, or as nothing if there is no space among them.
    /// A single one, as within Persian words and emoji, stays.
    mutating func zeroWidth(_ character: Span<UInt8>) {
        fillers += 1
        if fillers == 1 { filler.append(character) }
    }

    private mutating func settleFiller() {
        guard fillers > 0 else { return }
        let held = filler
        let count = fillers
        filler.removeAll(keepingCapacity: true)
        fillers = 0
        let hasSpace = held.contains(.space)
        if count > 1 || !lineHasContent && (hasSpace || !isDirectional(held)) {
            if hasSpace || hardSpaces > 0 { spacePending = true }
            hardSpaces = 0
            return
        }
        settle(held[0])
        for byte in held where byte != .space { output.append(byte) }
        if hasSpace { spacePending = true }
    }

    /// U+200E and U+200F, which mean something at the beginning of a line.
    private func isDirectional(_ character: [UInt8]) -> Bool {
        character == [0xE2, 0x80, 0x8E] || character == [0xE2, 0x80, 0x8F]
    }

    /// Ends the text: what waits is given up, unless it is all there is.
    mutating func finish() {
        endLine()
        if isEmpty { output.append(contentsOf: lone) }
    }
}
