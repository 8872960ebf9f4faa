// Start tags in the body (§13.2.6.4.7).

/// What attributes say about how, and whether, an element shows.
struct HTMLElementStyle {
    var css = HTMLStyle()
    var hasHidden = false
    /// Paragraphs of Word, whose style sheet gives them no margin.
    var isWordParagraph = false

    var hides: Bool { hasHidden || css.hides }

    init() {}

    init(_ tokenizer: borrowing HTMLTokenizer, _ styles: inout HTMLStyleCache) {
        let known = tokenizer.tag.known
        if known.isEmpty { return }
        if let style = known[.style] { css = styles.style(tokenizer.input, style) }
        hasHidden = known[.hidden] != nil
        if let name = known[.`class`] { isWordParagraph = tokenizer.input.starts(name, with: "mso") }
    }
}

extension HTMLTokenizer {
    /// The value of an attribute of the present tag, not decoded.
    func attribute(_ name: HTMLAttributeName) -> Range<Int>? { tag.known[name] }

    /// An attribute that is a number, as §2.3.4.1 reads it.
    func number(_ name: HTMLAttributeName) -> Int32? {
        guard let declared = attribute(name) else { return nil }
        let value = input.trimmed(declared)
        guard let first = value.first else { return nil }
        let isNegative = input[first] == UInt8(ascii: "-")
        var number: Int32 = 0
        var digits = 0
        for i in isNegative ? value.dropFirst() : value {
            guard input[i].isDigit else { break }
            number = min(100_000_000, number * 10 + Int32(input[i] - 0x30))
            digits += 1
        }
        return digits == 0 ? nil : isNegative ? -number : number
    }
}

extension HTMLTreeBuilder {
    mutating func startTag(_ tokenizer: inout HTMLTokenizer) {
        let input = tokenizer.input
        let tag = names.tag(input, tokenizer.tag)
        skipsLineEnd = false
        if isInForeignContent {
            if startInForeignContent(tag, tokenizer) { return }
        }
        if tag.isTableStructure || tag == .table, startInTable(tag, tokenizer) { return }
        let style = HTMLElementStyle(tokenizer, &styles)
        let cue = marksCues ? cue(tag, tokenizer) : nil
        if let cue, cue != .quote { insertCue(cue) }
        if tag.isVoid {
            startVoid(tag, tokenizer, style)
        } else if let state = tag.rawTextState {
            startRawText(tag, state, style, &tokenizer)
        } else {
            start(tag, tokenizer, style)
            if cue == .quote { markQuote() }
        }
    }

    private mutating func start(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) {
        switch tag {
        case .html, .head, .body, .frameset: break
        case .p: closeParagraph(); open(.p, style, paragraph(style))
        case .li: startItem(tokenizer, style)
        case .dd, .dt: startDefinition(tag, style)
        case .h1, .h2, .h3, .h4, .h5, .h6:
            closeParagraph()
            if top.tag.isHeading { pop(to: stack.count - 1) }
            open(tag, style, HTMLNode(.block, before: 2))
        case .pre, .listing:
            closeParagraph()
            open(tag, preformatted(style), HTMLNode(.block, before: 2))
            skipsLineEnd = true
        case .form: closeParagraph(); open(tag, style, HTMLNode(.block, before: 1))
        case .table: closeParagraph(); openTable(style)
        case .button: startButton(style)
        case .a: startLink(tokenizer, style)
        case .select: open(tag, style); firstOption = -1
        case .option, .optgroup: startOption(tag, tokenizer, style)
        case .datalist, .svg, .template: open(tag, hiding(style))
        case .q: open(tag, style); words([0xE2, 0x80, 0x9C])
        case .sup: open(tag, style); insert(HTMLNode(.superscript))
        case .legend: open(tag, style, HTMLNode(.block, before: 1))
        case .unknown: startInline(tag, style, hash: nameHash(tokenizer))
        default:
            if tag.isPlainBlock { startBlock(tag, tokenizer, style) } else { startInline(tag, style) }
        }
    }

    private mutating func startBlock(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) {
        closeParagraph()
        let node =
            switch tag {
            case .blockquote: HTMLNode(.quote, before: 2)
            case .ul, .dir, .menu, .ol: list(tag, tokenizer, style)
            case .dl: HTMLNode(.block, before: isInList ? 1 : 2)
            case .figure, .fieldset: HTMLNode(.block, before: 2)
            default: HTMLNode(.block, before: 1)
            }
        open(tag, style, node)
    }

    private mutating func startInline(_ tag: HTMLTag, _ style: HTMLElementStyle, hash: UInt32 = 0) {
        open(tag, style, style.css.display == .block ? HTMLNode(.block, before: 1) : nil, hash: hash)
    }

    mutating func closeParagraph() {
        if paragraphIsOpen { pop(to: last(.p)) }
    }

    /// A blank line on either side, where the style does not take the margin away.
    func paragraph(_ style: HTMLElementStyle) -> HTMLNode {
        let none = style.isWordParagraph
        return HTMLNode(
            .block, before: none || style.css.noMarginBefore ? 1 : 2, after: none || style.css.noMarginAfter ? 1 : 2)
    }

    private func preformatted(_ style: HTMLElementStyle) -> HTMLElementStyle {
        var style = style
        style.css.whiteSpace = style.css.whiteSpace ?? .pre
        return style
    }

    private func hiding(_ style: HTMLElementStyle) -> HTMLElementStyle {
        var style = style
        style.hasHidden = true
        return style
    }

    // MARK: Lists

    private var isInList: Bool { max(last(.ul), last(.ol), max(last(.dl), last(.menu), last(.dir))) > lastScope }

    private func list(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) -> HTMLNode {
        var node = HTMLNode(.list, before: isInList ? 1 : 2)
        node[.noMarker] = style.css.noMarker
        node[.isOrdered] = tag == .ol
        node.start = tokenizer.number(.start) ?? 1
        if let type = tokenizer.attribute(.type), type.count == 1 {
            node.end = Int32(tokenizer.input[type.lowerBound])
        }
        return node
    }

    private mutating func startItem(_ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) {
        if last(.li) > 0, last(.li) == lastBarrierIndex { pop(to: last(.li)) }
        closeParagraph()
        var node = HTMLNode(.item, before: 1)
        if let value = tokenizer.number(.value) {
            node[.hasValue] = true
            node.start = value
        }
        node[.noMarker] = style.css.noMarker
        open(.li, style, node)
    }

    private mutating func startDefinition(_ tag: HTMLTag, _ style: HTMLElementStyle) {
        let open = max(last(.dd), last(.dt))
        if open > 0, open == lastBarrierIndex { pop(to: open) }
        closeParagraph()
        self.open(tag, style, HTMLNode(tag == .dd ? .definition : .block, before: 1))
    }

    // MARK: Forms

    private mutating func startButton(_ style: HTMLElementStyle) {
        if isInScope(.button) { pop(to: last(.button)) }
        insert(HTMLNode(.gap))
        open(.button, style)
    }

    private mutating func startOption(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) {
        if top.tag == .option { pop(to: stack.count - 1) }
        guard tag == .option, last(.select) > 0 else { return open(tag, style) }
        var style = style
        let isChosen = tokenizer.attribute(.selected) != nil
        style.hasHidden = style.hasHidden || !(isChosen || firstOption < 0)
        let node = Int32(truncatingIfNeeded: tree.nodes.count)
        open(tag, style, HTMLNode(.gap))
        guard Int(node) < tree.nodes.count else { return }
        if isChosen, firstOption > 0 { tree.nodes[Int(firstOption)].kind = .dropped }
        firstOption = isChosen ? 0 : node
    }

    // MARK: Raw text

    private mutating func startRawText(
        _ tag: HTMLTag, _ state: HTMLTokenizer.State, _ style: HTMLElementStyle, _ tokenizer: inout HTMLTokenizer
    ) {
        tokenizer.state = state
        var name: [UInt8] = []
        tokenizer.append(name: tokenizer.tag.name, to: &name)
        tokenizer.lastStartTag = name
        switch tag {
        case .xmp, .plaintext:
            closeParagraph()
            open(tag, preformatted(style), HTMLNode(.block, before: 2))
        case .textarea:
            open(tag, preformatted(style), HTMLNode(.block, before: 1))
            skipsLineEnd = true
        default:
            open(tag, hiding(style))
        }
    }
}

extension HTMLTag {
    /// What the tokenizer takes the content of the element for, if it is not markup. `noscript` is: no mail reader runs scripts.
    var rawTextState: HTMLTokenizer.State? {
        switch self {
        case .title, .textarea: .rcdata
        case .style, .xmp, .iframe, .noembed, .noframes: .rawtext
        case .script: .scriptData
        case .plaintext: .plaintext
        default: nil
        }
    }
}

extension HTMLTreeBuilder {
    // MARK: SVG and MathML

    var isInForeignContent: Bool {
        let foreign = max(last(.svg), last(.math))
        return foreign > 0 && foreign > last(.foreignobject)
    }

    /// Whether the tag is dealt with: it is a foreign element. HTML that cannot stand there ends the foreign content.
    private mutating func startInForeignContent(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer) -> Bool {
        if tag.leavesForeignContent {
            pop(to: max(last(.svg), last(.math)))
            return false
        }
        guard !tokenizer.tag.selfClosing else { return true }
        let known = tag == .svg || tag == .math || tag == .foreignobject
        let style = HTMLElementStyle(tokenizer, &styles)
        open(known ? tag : .unknown, style, hash: nameHash(tokenizer))
        return true
    }

    /// FNV-1a of the tag's name.
    func nameHash(_ tokenizer: borrowing HTMLTokenizer) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for i in tokenizer.tag.name { hash = (hash ^ UInt32(tokenizer.input[i].lowered)) &* 0x0100_0193 }
        return hash
    }
}
