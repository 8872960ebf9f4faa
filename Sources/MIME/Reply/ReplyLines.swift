// The lines of a text, and what they look like.

/// A text by lines. Ranges are of lines, but for `bytes(_:)`.
struct ReplyLines {
    private let text: [UInt8]
    /// Where each line begins, and the end of the text.
    private var starts: [Int] = []
    /// Each line without white space at its ends.
    private var contents: [Range<Int>] = []
    /// The last line that is neither blank nor quoted, the text's last part after a footer's rule aside; -1 without one.
    private var lastPlain = -1
    private var lastQuote = -1
    /// Where a signature begins that stands below all quoted lines; the end of the lines without one.
    private(set) var lastSignature = 0

    init(_ text: [UInt8], from start: Int = 0) {
        self.text = text
        var line = start
        repeat {
            starts.append(line)
            let next = text.span.firstIndex(of: .lf, in: line..<text.count).map { $0 + 1 } ?? text.count
            contents.append(ReplyWords.trimmed(text, line..<next))
            line = next
        } while line < text.count
        starts.append(text.count)
        var end = all.upperBound
        if let footer = (all.dropFirst().last { isFooterRule($0) }), isQuote(previous(footer) ?? footer) {
            end = footer
        }
        lastQuote = all.last { isQuote($0) } ?? -1
        lastSignature = lastQuote < 0 ? all.upperBound : signature(lastQuote..<all.upperBound)
        end = min(end, lastSignature)
        lastPlain = (0..<end).last { !isBlankLine($0) && !isQuote($0) } ?? -1
    }

    var all: Range<Int> { 0..<starts.count - 1 }

    /// The line in which a byte stands.
    func line(_ offset: Int) -> Int {
        var low = 0
        var high = all.upperBound
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The bytes of lines, without white space at the beginning of the first and the end of the last that are not blank.
    func bytes(_ lines: Range<Int>) -> Range<Int> {
        var lines = lines
        while let first = lines.first, isBlankLine(first) { lines = lines.dropFirst() }
        guard !lines.isEmpty else { return starts[lines.lowerBound]..<starts[lines.lowerBound] }
        let start = starts[lines.lowerBound]
        return start..<text.span.trimmed(start..<starts[lines.upperBound]).upperBound
    }

    func isBlank(_ lines: Range<Int>) -> Bool { lines.allSatisfy { isBlankLine($0) } }

    /// Whether the lines are what a list or a provider adds below all else.
    func isFooter(_ lines: Range<Int>) -> Bool {
        lines.first { !isBlankLine($0) }.map { isFooterRule($0) || isSignatureMark($0) } ?? true
    }

    // MARK: Finding what is quoted

    /// The first line of a quoted part that goes on to the end, or to a signature; with the method `none` the line that says that a message
    /// is passed on, which is no quotation.
    func quotedEnd() -> (Int, ReplySplit.Method)? {
        for line in all where !isBlankLine(line) {
            if isQuote(line) {
                if line > lastPlain { return (line, .quoteMarks) }
            } else if isForward(line) {
                return (line, .none)
            } else if isHeader(line) {
                return (withRule(line), .header)
            } else if let end = attribution(line), let next = next(end) {
                if isQuote(next)
                    ? next > lastPlain : isStrong(line..<end) && next > lastQuote
                {
                    return (line, .attribution)
                }
            }
        }
        return nil
    }

    /// The end of a quoted part at the beginning that the whole reply follows: an attribution, and one run of quoted lines.
    func quotedBeginning() -> (Int, ReplySplit.Method)? {
        guard let first = next(0), let quote = attribution(first).flatMap(next), isQuote(quote) else { return nil }
        var end = quote
        while end < all.upperBound, isQuote(end) || isBlankLine(end) { end += 1 }
        return (end..<all.upperBound).contains { isQuote($0) } ? nil : (end, .attribution)
    }

    /// Whether one of the first lines of what is marked as quoted says that it is passed on.
    func isForward(_ lines: Range<Int>) -> Bool {
        lines.prefix(5).contains { isForward($0) }
    }

    private func isForward(_ line: Int) -> Bool {
        var content = content(line)
        // The converter of HTML puts these in front.
        while let first = content.first, text[first] == UInt8(ascii: ">") || text[first] == .space {
            content = content.dropFirst()
        }
        return ReplyWords.isForward(text, content)
    }

    /// The line where the attribution in front of `line` begins; `line` itself without one.
    func withoutAttribution(_ line: Int) -> Int {
        guard let last = previous(line) else { return line }
        for first in max(0, last - 2)...last where attribution(first) == last + 1 { return first }
        return line
    }

    /// The first line of the signature at the end of the lines; their end without one.
    func signature(_ lines: Range<Int>) -> Int {
        let last = lines.suffix(ReplyWords.signatureLines)
        if let mark = last.last(where: { isSignatureMark($0) }) { return mark }
        guard let line = lines.last(where: { !isBlankLine($0) }), line > lines.lowerBound else {
            return lines.upperBound
        }
        return ReplyWords.isSentFrom(text, content(line)) ? line : lines.upperBound
    }

    /// The line of a signature, or of the mark that stands above it.
    func withSignatureMark(_ line: Int) -> Int {
        guard let mark = previous(line), isSignatureMark(mark) else { return line }
        return mark
    }

    private func next(_ line: Int) -> Int? { (line..<max(line, all.upperBound)).first { !isBlankLine($0) } }
    private func previous(_ line: Int) -> Int? { (max(0, line - 3)..<line).last { !isBlankLine($0) } }

    // MARK: What a line looks like

    private func content(_ line: Int) -> Range<Int> { contents[line] }
    private func isBlankLine(_ line: Int) -> Bool { contents[line].isEmpty }

    private func isQuote(_ line: Int) -> Bool {
        let content = content(line)
        return !content.isEmpty && text[content.lowerBound] == UInt8(ascii: ">")
    }

    /// `-- ` and what became of it.
    private func isSignatureMark(_ line: Int) -> Bool { text.span.equals(content(line), "--") }

    /// A line of underscores, which lists put above what they add.
    private func isFooterRule(_ line: Int) -> Bool {
        let content = content(line)
        return content.count >= 20 && content.allSatisfy { text[$0] == UInt8(ascii: "_") }
    }

    /// The line after an attribution of at most three lines that begins here: it ends with a colon, has a date or an address, and a word
    /// for "wrote" or an address before the colon.
    private func attribution(_ line: Int) -> Int? {
        let last = min(line + 3, all.upperBound)
        guard (line..<last).contains(where: { ReplyWords.endsWithColon(text, content($0)) }) else { return nil }
        var end = line
        while end < last, !isBlankLine(end), !isQuote(end) {
            if end > line, !continues(end) { return nil }
            end += 1
            let range = starts[line]..<content(end - 1).upperBound
            guard range.count <= ReplyWords.attributionBytes else { return nil }
            if ReplyWords.endsWithColon(text, content(end - 1)) {
                let found = hasDateOrAddress(range) && ReplyWords.introduces(text, range)
                return found && !ReplyWords.opensWithin(text, content(line)) ? end : nil
            }
            if end == line + 1, !goesOn(line) { return nil }
        }
        return nil
    }

    /// Whether a line may go on with the attribution above it: no sentence ends there, and this is not where one begins.
    private func continues(_ line: Int) -> Bool {
        let content = content(line)
        if text[content.lowerBound] == UInt8(ascii: "<") { return true }
        guard let last = self.content(line - 1).last else { return false }
        return !".!?".utf8.contains(text[last]) && !ReplyWords.opens(text, content)
    }

    /// Whether the first line of an attribution may have more lines: it begins as one, with a date, or has all but the address.
    private func goesOn(_ line: Int) -> Bool {
        ReplyWords.opens(text, content(line)) || content(line).count { text[$0].isDigit } > 2
            || line + 1 < all.upperBound && content(line + 1).first.map { text[$0] } == UInt8(ascii: "<")
    }

    private func hasDateOrAddress(_ range: Range<Int>) -> Bool {
        range.contains { text[$0].isDigit || text[$0] == UInt8(ascii: "@") }
    }

    /// Whether an attribution is one without quoted lines below it: it has an address and a date.
    private func isStrong(_ lines: Range<Int>) -> Bool {
        let range = starts[lines.lowerBound]..<starts[lines.upperBound]
        return range.contains { text[$0] == UInt8(ascii: "@") } && range.contains { text[$0].isDigit }
    }

    /// Whether the header lines of another message begin here, or a line that says so.
    private func isHeader(_ line: Int) -> Bool {
        let content = content(line)
        if ReplyWords.isSeparator(text, content) { return true }
        // Zoho's attribution stands between dashes.
        if ReplyWords.isBetweenDashes(text, content), isStrong(line..<line + 1), ReplyWords.introduces(text, content) {
            return true
        }
        if isFooterRule(line), let next = next(line + 1), next <= line + 2 { return isHeaderBlock(next) }
        return isHeaderBlock(line)
    }

    /// The rule right above a header block, or what else stands there between dashes; `line` itself without one.
    private func withRule(_ line: Int) -> Int {
        guard let rule = previous(line), rule > line - 3 else { return line }
        return isRule(rule) || ReplyWords.isBetweenDashes(text, content(rule)) ? rule : line
    }

    /// A line of one symbol.
    private func isRule(_ line: Int) -> Bool {
        let content = content(line)
        guard content.count > 2, let first = content.first, "_-=*".utf8.contains(text[first]) else { return false }
        return content.allSatisfy { text[$0] == text[first] }
    }

    /// "From:", and two more of "Sent:", "To:", "Subject:" in the lines that follow; Hotmail began with the date.
    private func isHeaderBlock(_ line: Int) -> Bool {
        guard let name = ReplyWords.headerName(text, content(line)), name == .from || isDateFirst(name, line) else {
            return false
        }
        var found: Set<ReplyWords.HeaderName> = [name]
        for other in line + 1..<max(line + 1, min(line + 8, all.upperBound)) where !isBlankLine(other) {
            if let name = ReplyWords.headerName(text, content(other)) { found.insert(name) }
        }
        return found.count >= 3 && found.contains(.from)
    }

    private func isDateFirst(_ name: ReplyWords.HeaderName, _ line: Int) -> Bool {
        guard name == .date, line == 0 || isBlankLine(line - 1) || isRule(line - 1), let next = next(line + 1) else {
            return false
        }
        return next <= line + 2 && ReplyWords.headerName(text, content(next)) != nil
    }
}
