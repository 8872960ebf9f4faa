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
        var text: [UInt8] = []
        if let value = tokenizer.attribute(attribute) { tokenizer.append(value: value, to: &text) }
        words(text, .label)
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
            tree.bytes.append(url(href, tokenizer).span)
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
        if base.isEmpty, let href = tokenizer.attribute(.href) { base = url(href, tokenizer) }
    }

    private mutating func url(_ href: Range<Int>, _ tokenizer: borrowing HTMLTokenizer) -> [UInt8] {
        var raw: [UInt8] = []
        tokenizer.append(value: href, to: &raw)
        var url: [UInt8] = []
        HTMLLink.append(raw.span, base: base.span.extracting(first: budget > 0 ? base.count : 0), to: &url)
        budget -= max(0, url.count - raw.count)
        if url.span.isASCII(0..<url.count) { return url }
        var text: [UInt8] = []
        var damage = TextDamage()
        text.appendText(url.span, .verbatim, &damage)
        return text
    }
}
