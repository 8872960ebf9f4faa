// Void elements, images and links.

extension HTMLTreeBuilder {
    mutating func startVoid(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) {
        if tag == .base { return setBase(tokenizer) }
        guard !style.hides else { return }
        switch tag {
        case .br: insert(HTMLNode(.lineBreak))
        case .hr:
            closeParagraph()
            insert(HTMLNode(.rule, before: 2))
        case .img, .image: label(tokenizer, .alt)
        case .input: startInput(tokenizer)
        default: break
        }
    }

    private mutating func label(_ tokenizer: borrowing HTMLTokenizer, _ attribute: HTMLAttributeName) {
        guard isVisible else { return }
        let start = tree.bytes.count
        if let value = tokenizer.attribute(attribute) { tokenizer.append(value: value, to: &tree.bytes) }
        let end = tree.bytes.count
        insertAlways(HTMLNode(.label, start..<end))
    }

    private mutating func startInput(_ tokenizer: borrowing HTMLTokenizer) {
        let type = tokenizer.attribute(.type) ?? 0..<0
        for silent in ["hidden", "checkbox", "radio", "password", "file"] where tokenizer.input.equals(type, silent) {
            return
        }
        label(tokenizer, tokenizer.input.equals(type, "image") ? .alt : .value)
    }

    // MARK: Links

    mutating func startLink(_ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) {
        endLink()
        if let href = tokenizer.attribute(.href), isVisible, !style.hides {
            let start = tree.bytes.count
            appendURL(href, tokenizer)
            if tree.bytes.count > start {
                insertAlways(HTMLNode(.link, start..<tree.bytes.count))
                linkHeight = stack.count
            }
        }
        open(.a, style, style.css.display == .block ? HTMLNode(.block, before: 1) : nil)
    }

    /// Ends the present link. An `a` in another cell than this ends as well: its text does.
    mutating func endLink() {
        if linkHeight >= 0 {
            insertAlways(HTMLNode(.linkEnd))
            linkHeight = -1
        }
        endFormatting(.a)
    }

    private mutating func setBase(_ tokenizer: borrowing HTMLTokenizer) {
        guard base.isEmpty, let href = tokenizer.attribute(.href) else { return }
        let start = tree.bytes.count
        appendURL(href, tokenizer)
        base = tree.bytes.removeTail(from: start)
    }

    /// Appends the URL of a link to the tree's bytes.
    private mutating func appendURL(_ href: Range<Int>, _ tokenizer: borrowing HTMLTokenizer) {
        let start = tree.bytes.count
        tokenizer.append(value: href, to: &tree.bytes)
        if HTMLLink.isShownAsItIs(tree.bytes.span, start..<tree.bytes.count) { return }
        let value = tree.bytes.removeTail(from: start)
        let base = budget > 0 ? base : []
        HTMLLink.append(value.span, base: base.span, to: &tree.bytes)
        let end = tree.bytes.count
        budget -= max(0, end - start - value.count)
        if tree.bytes.span.isASCII(start..<end) { return }
        let url = tree.bytes.removeTail(from: start)
        var damage = TextDamage()
        tree.bytes.appendText(url.span, .verbatim, &damage)
    }
}
