/// Where in the text of an HTML document the elements begin that mail programs put around quotations and signatures.
struct HTMLCues {
    enum Kind: Int32 {
        /// The line above a quotation.
        case attribution
        /// A quotation, up to its end.
        case quote, quoteEnd
        /// From here on all is quoted.
        case rest
        case signature
    }

    /// Offsets into the text.
    private(set) var quoteStart: Int?
    private(set) var quoteEnd: Int?
    private(set) var signature: Int?
    /// How many quotations there are, one in another counted once.
    private(set) var quotes = 0
    private var depth = 0
    private var reachesEnd = false

    mutating func add(_ kind: Kind, at offset: Int) {
        switch kind {
        case .signature:
            signature = signature ?? offset
        case .attribution:
            quoteStart = quoteStart ?? offset
        case .rest:
            quoteStart = quoteStart ?? offset
            if quotes == 0 { reachesEnd = true }
        case .quote:
            quoteStart = quoteStart ?? offset
            if depth == 0 { quotes += 1 }
            depth += 1
        case .quoteEnd:
            depth -= 1
            if depth == 0, quotes == 1, !reachesEnd { quoteEnd = offset }
        }
    }
}

extension HTMLTreeBuilder {
    /// What the element with these attributes is to a mail program.
    func cue(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer) -> HTMLCues.Kind? {
        if let name = tokenizer.attribute(.`class`), let kind = Self.kind(tag, tokenizer.input, name) { return kind }
        if let id = tokenizer.attribute(.id), let kind = Self.kind(tag, tokenizer.input, id) { return kind }
        guard tag == .blockquote, let type = tokenizer.attribute(.type) else { return nil }
        return tokenizer.input.equals(type, "cite") ? .quote : nil
    }

    private static func kind(_ tag: HTMLTag, _ input: Span<UInt8>, _ value: Range<Int>) -> HTMLCues.Kind? {
        func begins(_ words: [String]) -> Bool { words.contains { input.starts(value, with: $0) } }
        if tag == .blockquote {
            return begins(["gmail_quote", "protonmail_quote"]) ? .quote : nil
        }
        if begins(["gmail_attr", "moz-cite-prefix", "gmail_quote"]) { return .attribution }
        if begins(["gmail_signature", "moz-signature", "applemailsignature", "ms-outlook-mobile-signature"])
            || input.equals(value, "signature")
        {
            return .signature
        }
        if begins([
            "divrplyfwdmsg", "x_divrplyfwdmsg", "appendonsend", "yahoo_quoted", "protonmail_quote", "zmail_extra",
            "outlookmessageheader",
            "mail-editor-reference-message-container", "stopspelling", "olk_src_body_section",
        ]) {
            return .rest
        }
        return nil
    }

    mutating func insertCue(_ kind: HTMLCues.Kind) {
        keepTablesInPlace()
        var node = HTMLNode(.cue)
        node.start = kind.rawValue
        insert(node)
    }

    /// The `blockquote` just opened quotes the message replied to.
    mutating func markQuote() {
        keepTablesInPlace()
        if tree.nodes[Int(top.parent)].kind == .quote { tree.nodes[Int(top.parent)][.hasValue] = true }
    }

    /// The tables around a cue are laid out as they come: a table that is gathered first would move it.
    mutating func keepTablesInPlace() {
        for tag in [HTMLTag.tr, .table] where last(tag) > 0 {
            tree.nodes[Int(stack[last(tag)].parent)][.isNested] = true
        }
    }
}
