// End tags in the body (§13.2.6.4.7).

extension HTMLTreeBuilder {
    mutating func endTag(_ tokenizer: borrowing HTMLTokenizer) {
        let tag = names.tag(tokenizer.input, tokenizer.tag)
        skipsLineEnd = false
        if isInForeignContent, endForeign(tag, tokenizer) { return }
        if tag.isTableStructure || tag == .table { return endInTable(tag) }
        switch tag {
        case .html, .head, .body, .frameset: break
        case .p:
            if !paragraphIsOpen { open(.p, HTMLElementStyle(), HTMLNode(.block, before: 2)) }
            pop(to: last(.p))
        case .br: insert(HTMLNode(.lineBreak))
        case .li:
            let list = max(last(.ol), last(.ul), max(last(.menu), last(.dir)))
            if last(.li) > max(lastScope, list) { pop(to: last(.li)) }
        case .h1, .h2, .h3, .h4, .h5, .h6:
            let heading = max(max(last(.h1), last(.h2), last(.h3)), max(last(.h4), last(.h5), last(.h6)))
            if heading > lastScope { pop(to: heading) }
        case .form: if isInScope(.form) { remove(last(.form)) }
        case .a: endLink()
        case .q: endQuotation()
        case .button:
            endBlock(tag)
            insert(HTMLNode(.gap))
        case .template, .applet, .marquee, .object: if last(tag) > 0 { pop(to: last(tag)) }
        case .dd, .dt, .pre, .listing: endBlock(tag)
        default:
            if tag.isPlainBlock {
                endBlock(tag)
            } else if tag.isFormatting {
                endFormatting(tag)
            } else {
                endAny(tag, tokenizer)
            }
        }
    }

    private mutating func endBlock(_ tag: HTMLTag) {
        if isInScope(tag) { pop(to: last(tag)) }
    }

    /// A formatting element ends although blocks within it are open (the adoption agency, without the clones).
    mutating func endFormatting(_ tag: HTMLTag) {
        let open = last(tag)
        guard open > lastScope else { return }
        if lastSpecialIndex > open { remove(open) } else { pop(to: open) }
    }

    private mutating func endQuotation() {
        guard last(.q) > lastSpecialIndex else { return }
        words([0xE2, 0x80, 0x9D])
        pop(to: last(.q))
    }

    /// Whether the tag ends an element of SVG or MathML.
    private mutating func endForeign(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer) -> Bool {
        let height = stack.count
        switch tag {
        case .svg, .math: if last(tag) > lastSpecialIndex { pop(to: last(tag)) }
        case .unknown: endUnknown(tokenizer)
        default: break
        }
        return stack.count < height
    }

    /// Any other end tag: it closes the element of its name, unless a special element is open within that.
    private mutating func endAny(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer) {
        guard tag == .unknown || last(tag) < 0 else {
            let bound = tag.isSpecial ? lastScope : lastSpecialIndex
            if last(tag) > bound || (tag.isSpecial && last(tag) == lastSpecialIndex) { pop(to: last(tag)) }
            return
        }
        endUnknown(tokenizer)
    }

    private mutating func endUnknown(_ tokenizer: borrowing HTMLTokenizer) {
        let hash = nameHash(tokenizer)
        var open = last(.unknown)
        for _ in 0..<HTMLLimits.unknownElements where open > lastSpecialIndex {
            if stack[open].hash == hash { return pop(to: open) }
            open = Int(stack[open].sameTag)
        }
    }
}
