// What the words of an element are: a name, an address, or both.

extension AddressReader {
    mutating func reset() {
        phrase.removeAll(keepingCapacity: true)
        words = false
        hasAt = false
        quotedAt = 0
        comment = nil
        angle = nil
    }

    /// Makes a mailbox of what the element had.
    mutating func finish() {
        defer { reset() }
        if let angle {
            if isAngled, words { takeBareIntoName() }
            bare = ([], 0)
            let email = appendAddress(angle)
            add(name: words ? nonEmpty(appendPhrase()) ?? commentName() : commentName(), email)
        } else if words {
            let count = list.mailboxes.count
            finishWithoutAngle()
            if hasAt {
                bare = ([], 0)
            } else {
                bare.words.append(contentsOf: phrase + [UInt8(ascii: ","), .space])
                bare.count += list.mailboxes.count - count
            }
        } else if list.mailboxes.isEmpty, list.groups.isEmpty, let name = commentName() {
            // Nothing but a comment, where a person is named. Beside others it is a comment (RFC 5322 appendix A.5).
            damaged = true
            add(name: name, list.text.count..<list.text.count)
        }
    }

    /// What stands in front of a comma without an address belongs to the name behind it, whose quotes were forgotten.
    private mutating func takeBareIntoName() {
        guard 1...3 ~= bare.count else { return }
        list.mailboxes.removeLast(bare.count)
        phrase = bare.words + phrase
        damaged = true
    }

    /// Without brackets: each word with an `@` is an address, what stands before it a name.
    private mutating func finishWithoutAngle() {
        let text = joinedAroundAt()
        let span = text.span
        let isName = phrase[quotedAt...].contains(UInt8(ascii: "@"))
        var wordStart = isName ? quotedAt : 0
        var nameStart = 0
        var found = false
        while wordStart < span.count {
            let wordEnd = span.firstIndex(of: .space, in: quotedEnd(span, wordStart)..<span.count) ?? span.count
            if span.firstIndex(of: UInt8(ascii: "@"), in: wordStart..<wordEnd) != nil {
                if found || nameStart < wordStart { damaged = true }
                let email = appendText(span.extracting(withoutBrackets(span, wordStart..<wordEnd)))
                let name = nonEmpty(appendDecoded(span.extracting(nameStart..<wordStart)))
                add(name: name ?? commentName(), email)
                found = true
                nameStart = min(wordEnd + 1, span.count)
            }
            wordStart = wordEnd + 1
        }
        if !found { finishWithoutAt(span) }
    }

    /// A word without angle brackets at its ends, which lost their others.
    private func withoutBrackets(_ span: Span<UInt8>, _ word: Range<Int>) -> Range<Int> {
        var word = word
        while let first = word.first, "<>".utf8.contains(span[first]) { word = word.dropFirst() }
        while let last = word.last, "<>".utf8.contains(span[last]) { word = word.dropLast() }
        return word
    }

    /// The end of the quoted local part that begins at `start`, whose spaces are its own; `start` itself when none does.
    private func quotedEnd(_ span: Span<UInt8>, _ start: Int) -> Int {
        guard span[start] == UInt8(ascii: "\"") else { return start }
        let i = span.nextQuote(start, span.count)
        return i + 1 < span.count && span[i + 1] == UInt8(ascii: "@") ? i + 1 : start
    }

    /// One word is a local mailbox (`root`); several are a name without an address.
    private mutating func finishWithoutAt(_ span: Span<UInt8>) {
        damaged = true
        let trimmed = span.trimmed(0..<span.count)
        if span.firstIndex(of: .space, in: trimmed) == nil {
            let email = appendDecoded(span.extracting(trimmed))
            add(name: commentName(), email)
        } else {
            add(name: nonEmpty(appendDecoded(span)), list.text.count..<list.text.count)
        }
    }

    /// The phrase without the white space that obsolete syntax allows around `@` and dots.
    private func joinedAroundAt() -> [UInt8] {
        guard hasAt, phrase.contains(.space) else { return phrase }
        var text = Array(phrase[..<quotedAt])
        var pastAt = false
        let span = phrase.span
        let local = isLocalPart
        var i = quotedAt
        while i < span.count {
            if span[i] == .space {
                let next = i + 1 < span.count ? span[i + 1] : 0
                let last = text.last ?? 0
                let glued =
                    last == UInt8(ascii: "@") || next == UInt8(ascii: "@")
                    || (local || pastAt) && (last == UInt8(ascii: ".") || next == UInt8(ascii: "."))
                if glued {
                    i += 1
                    continue
                }
            }
            pastAt = pastAt && span[i] != .space || span[i] == UInt8(ascii: "@")
            text.append(span[i])
            i += 1
        }
        return text
    }

    /// Whether all white space in front of the `@` stands beside dots (RFC 5322 §4.4), so that no name is there.
    private var isLocalPart: Bool {
        let at = phrase.firstIndex(of: UInt8(ascii: "@")) ?? 0
        return (1..<max(at, 1)).allSatisfy {
            phrase[$0] != .space || phrase[$0 - 1] == UInt8(ascii: ".") || ".@".utf8.contains(phrase[$0 + 1])
        }
    }

    private mutating func add(name: Range<Int>?, _ email: Range<Int>) {
        guard name != nil || !email.isEmpty else { return }
        let at = list.text[email].lastIndex(of: UInt8(ascii: "@"))
        if at == nil || at == email.upperBound - 1 { damaged = true }
        list.mailboxes.append(Mailbox(name: name, email: email, group: group))
    }

    private func nonEmpty(_ range: Range<Int>) -> Range<Int>? { range.isEmpty ? nil : range }

    private mutating func commentName() -> Range<Int>? {
        guard let comment else { return nil }
        phrase.removeAll(keepingCapacity: true)
        appendUnquoted(comment)
        return nonEmpty(appendPhrase())
    }

    /// Appends an address in angle brackets: no white space, comments or source route (RFC 5321 §4.1.1.3: dropped).
    private mutating func appendAddress(_ range: Range<Int>) -> Range<Int> {
        if isPlainAddress(range) { return appendText(bytes.extracting(range)) }
        var address: [UInt8] = []
        var i = range.lowerBound
        if i < range.upperBound, bytes[i] == UInt8(ascii: "@"),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: range)
        {
            i = colon + 1
        }
        while i < range.upperBound {
            let byte = bytes[i]
            switch byte {
            case .space, .tab, .cr, .lf: i += 1
            case UInt8(ascii: "("): i = bytes.skipComment(i, range.upperBound)
            case UInt8(ascii: "\""):
                let quote = closingQuote(i)
                let close = min(quote, range.upperBound - 1)
                for k in i...close where !isLineEnd(k) { address.append(bytes[k]) }
                i = close + 1
            default:
                address.append(bytes[i])
                i += 1
            }
        }
        return appendText(address.span)
    }

    /// Whether nothing is to be left out.
    private func isPlainAddress(_ range: Range<Int>) -> Bool {
        guard let first = range.first, bytes[first] != UInt8(ascii: "@") else { return false }
        for i in range where !bytes[i].isVCHAR || bytes[i] == UInt8(ascii: "(") || bytes[i] == UInt8(ascii: "\"") {
            return false
        }
        return true
    }

    // MARK: Text

    private mutating func appendText(_ text: Span<UInt8>) -> Range<Int> {
        let start = list.text.count
        var damage = TextDamage()
        if UTF8Sequence.isValid(text) {
            list.text.appendText(text, .header, &damage)
        } else {
            decoder.appendUnlabelled(text, to: &decoded)
            list.text.append(contentsOf: decoded)
            decoded.removeAll(keepingCapacity: true)
            damaged = true
        }
        if damage.nul > 0 { damaged = true }
        return start..<list.text.count
    }

    mutating func appendPhrase() -> Range<Int> {
        let text = phrase
        return appendDecoded(text.span)
    }

    private mutating func appendDecoded(_ text: Span<UInt8>) -> Range<Int> {
        decoder.append(text, text.trimmed(0..<text.count), to: &decoded)
        let start = list.text.count
        let trimmed = decoded.span.trimmed(0..<decoded.count)
        list.text.append(contentsOf: decoded[trimmed])
        decoded.removeAll(keepingCapacity: true)
        return start..<list.text.count
    }
}
