// What begins with "<" in the data state.

/// What a DOCTYPE says: ranges of the input, nil where it is missing.
package struct HTMLDoctype {
    package var name: Range<Int>?
    package var publicID: Range<Int>?
    package var systemID: Range<Int>?
    package var forceQuirks = false
}

extension HTMLTokenizer {
    /// The token that begins with the `<` at the position; nil when the `<` is text.
    mutating func markup() -> Token? {
        guard let after = byte(position + 1) else { return nil }
        if after.isAlpha {
            position += 1
            return scanTag() ? .startTag : .end
        }
        switch after {
        case UInt8(ascii: "/"): return endTagOpen()
        case UInt8(ascii: "!"): return markupDeclaration()
        case UInt8(ascii: "?"): return bogusComment(position + 1)
        default: return nil
        }
    }

    private mutating func endTagOpen() -> Token? {
        guard let after = byte(position + 2) else { return nil }
        if after.isAlpha {
            position += 2
            return scanTag() ? .endTag : .end
        }
        if after != UInt8(ascii: ">") { return bogusComment(position + 2) }
        position += 3
        return .text(position..<position)
    }

    private mutating func markupDeclaration() -> Token {
        let rest = position + 2..<input.count
        if input.starts(rest, with: "--") { return comment(position + 4) }
        if input.starts(rest, with: "doctype") { return scanDoctype(position + 9) }
        if allowsCDATA, input.starts(rest, with: "[cdata["), input[position + 3] == UInt8(ascii: "C") {
            position += 9
            state = .cdata
            return .text(position..<position)
        }
        return bogusComment(position + 2)
    }

    private mutating func bogusComment(_ start: Int) -> Token {
        let end = input.firstIndex(of: UInt8(ascii: ">"), in: start..<input.count)
        position = end.map { $0 + 1 } ?? input.count
        return .comment(start..<(end ?? input.count))
    }

    /// A comment whose data begin at `start`. It ends at the first `-->` or `--!>`, or at once with `>` or `->`.
    private mutating func comment(_ start: Int) -> Token {
        if byte(start) == UInt8(ascii: ">") { return comment(start..<start, end: start + 1) }
        if byte(start) == UInt8(ascii: "-"), byte(start + 1) == UInt8(ascii: ">") {
            return comment(start..<start, end: start + 2)
        }
        var i = start
        while true {
            let dash = input.first(UInt8(ascii: "-"), UInt8(ascii: "-"), UInt8(ascii: "-"), in: i..<input.count)
            guard dash < input.count else { break }
            i = dash + 1
            guard byte(i) == UInt8(ascii: "-") else { continue }
            let bang = byte(i + 1) == UInt8(ascii: "!") ? 1 : 0
            if byte(i + 1 + bang) == UInt8(ascii: ">") { return comment(start..<dash, end: i + 2 + bang) }
        }
        return comment(start..<endOfUnclosedComment(start), end: input.count)
    }

    private mutating func comment(_ data: Range<Int>, end: Int) -> Token {
        position = end
        return .comment(data)
    }

    /// What looked like the beginning of `-->` at the end of the input is no data.
    private func endOfUnclosedComment(_ start: Int) -> Int {
        let end = input.count
        func dash(_ i: Int) -> Bool { i >= start && input[i] == UInt8(ascii: "-") }
        if end > start, input[end - 1] == UInt8(ascii: "!"), dash(end - 2), dash(end - 3) { return end - 3 }
        if dash(end - 1) { return dash(end - 2) ? end - 2 : end - 1 }
        return end
    }

    private mutating func scanDoctype(_ start: Int) -> Token {
        doctype = HTMLDoctype()
        position = input.skipHTMLSpace(start)
        let name = position
        while let next = byte(position), !next.isHTMLSpace, next != UInt8(ascii: ">") { position += 1 }
        if position > name { doctype.name = name..<position }
        doctype.forceQuirks = position == name
        position = input.skipHTMLSpace(position)
        let rest = position..<input.count
        if byte(position) == UInt8(ascii: ">") {
            return endOfDoctype()
        } else if input.starts(rest, with: "public") {
            position = input.skipHTMLSpace(position + 6)
            doctype.publicID = quotedIdentifier()
            if doctype.publicID != nil, !doctype.forceQuirks { systemIdentifier(required: false) }
        } else if input.starts(rest, with: "system") {
            position = input.skipHTMLSpace(position + 6)
            systemIdentifier(required: true)
        } else {
            doctype.forceQuirks = true
        }
        return endOfDoctype()
    }

    private mutating func systemIdentifier(required: Bool) {
        position = input.skipHTMLSpace(position)
        if !required, byte(position) == UInt8(ascii: ">") { return }
        doctype.systemID = quotedIdentifier()
    }

    /// A quoted identifier at the position; without one, or without its end, `forceQuirks` is set.
    private mutating func quotedIdentifier() -> Range<Int>? {
        guard let quote = byte(position), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            doctype.forceQuirks = true
            return nil
        }
        position += 1
        let start = position
        while let next = byte(position), next != quote, next != UInt8(ascii: ">") { position += 1 }
        defer { if byte(position) == quote { position += 1 } }
        if byte(position) != quote { doctype.forceQuirks = true }
        return start..<position
    }

    /// Passes over whatever else stands before the `>`. A doctype that the input cuts off forces quirks, unless it was bogus anyway.
    private mutating func endOfDoctype() -> Token {
        position = input.skipHTMLSpace(position)
        if position == input.count { doctype.forceQuirks = true }
        position = input.firstIndex(of: UInt8(ascii: ">"), in: position..<input.count).map { $0 + 1 } ?? input.count
        return .doctype
    }
}
