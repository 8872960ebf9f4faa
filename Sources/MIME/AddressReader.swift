/// Reads a list of addresses from left to right, once. What is no address list still gives what a person would see in it.
///
/// An element ends at a comma or semicolon. Its words become the name when an address in angle brackets follows; without brackets the word
/// with an `@` is the address. Unclosed quotes, comments and brackets count as ordinary characters, so that every byte is read once or twice.
struct AddressReader: ~Escapable {
    private let bytes: Span<UInt8>
    private let end: Int
    private var position: Int
    private(set) var list: AddressList
    private(set) var decoder = HeaderText()
    /// Whether something was no address.
    private(set) var damaged = false

    private var group: Int?
    /// The words of the element, quotes removed, white space folded.
    private var phrase: [UInt8] = []
    /// Whether the element has words, empty quoted ones included.
    private var words = false
    /// Whether one of the words has an `@`.
    private var hasAt = false
    /// How much of the phrase is quoted and has an `@`, which is a name's when another follows; 0 without one.
    private var quotedAt = 0
    /// The first comment of the element, without its parentheses.
    private var comment: Range<Int>?
    /// The address in angle brackets.
    private var angle: Range<Int>?
    /// Where the element began.
    private var start: Int
    /// The words of the elements in front of this one that were taken as mailboxes without an `@`, and how many these are: `Doe, Ann <…>`.
    private var bare: (words: [UInt8], count: Int) = ([], 0)
    /// A name while it is decoded.
    private var decoded: [UInt8] = []
    private var quotesEnded = false
    private var commentsEnded = false

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ value: Range<Int>, _ fallback: Charset, into list: AddressList) {
        self.bytes = bytes
        decoder.fallback = fallback
        self.list = list
        end = value.upperBound
        position = value.lowerBound
        start = value.lowerBound
        self.list.text.reserveCapacity(list.text.count + value.count)
    }

    /// Reads all.
    mutating func run() {
        while position < end, list.mailboxes.count < Limits.mailboxes {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: ","): separate()
            case UInt8(ascii: ";"):
                separate()
                group = nil
                bare = ([], 0)
            case UInt8(ascii: ":") where startsGroup: beginGroup()
            case UInt8(ascii: "\"") where !quotesEnded: quoted()
            case UInt8(ascii: "(") where !commentsEnded: readComment()
            case UInt8(ascii: "<"): readAngle()
            case UInt8(ascii: ">") where isAngled:
                damaged = true
                position += 1
            case UInt8(ascii: "="): if !encodedWord() { ordinary(byte) }
            case UInt8(ascii: "["): literal()
            case .space, .tab, .cr, .lf:
                space()
                position += 1
            default: ordinary(byte)
            }
        }
        finish()
        if group != nil { damaged = true }
    }

    private mutating func ordinary(_ byte: UInt8) {
        words = true
        if byte == UInt8(ascii: "@") { hasAt = true }
        let first = position
        repeat { position += 1 } while position < end && Self.isOfWord(bytes[position])
        phrase.append(bytes.extracting(first..<position))
    }

    /// Whether a byte means nothing but itself, wherever it stands.
    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\""), UInt8(ascii: "("),
            UInt8(ascii: "<"), UInt8(ascii: "["), UInt8(ascii: "@"), .space, .tab, .cr, .lf:
            false
        default: true
        }
    }

    /// Encoded words are atoms (RFC 2047 §5), whatever senders leave in them: `=?utf-8?q?Doe,_Ann?=`. False when there is none.
    private mutating func encodedWord() -> Bool {
        guard let wordEnd = encodedWordEnd else { return false }
        words = true
        phrase.append(bytes.extracting(position..<wordEnd))
        position = wordEnd
        return true
    }

    /// The end of the encoded word at `position`; nil without one.
    private var encodedWordEnd: Int? {
        let stop = min(end, position + Limits.atom)
        var i = position + 1
        guard i < stop, bytes[i] == UInt8(ascii: "?") else { return nil }
        for _ in 0..<2 {
            i += 1
            while i < stop, bytes[i] != UInt8(ascii: "?"), !bytes[i].isFWS { i += 1 }
        }
        while i + 2 < stop, !bytes[i + 1].isFWS {
            i += 1
            if bytes[i] == UInt8(ascii: "?"), bytes[i + 1] == UInt8(ascii: "=") { return i + 2 }
        }
        return nil
    }

    /// One space for any white space between words.
    private mutating func space() {
        if let last = phrase.last, last != .space { phrase.append(.space) }
    }

    private mutating func separate() {
        finish()
        position += 1
        start = position
    }

    // MARK: Tokens

    private mutating func quoted() {
        var i = position + 1
        while i < end, bytes[i] != UInt8(ascii: "\"") { i += bytes[i] == UInt8(ascii: "\\") ? 2 : 1 }
        guard i < end else {
            quotesEnded = true
            damaged = true
            position += 1
            return
        }
        words = true
        // The local part of an address keeps its quotes.
        if bytes.skipFWS(i + 1, end) < end, bytes[bytes.skipFWS(i + 1, end)] == UInt8(ascii: "@") {
            for k in position...i where !isLineEnd(k) { phrase.append(bytes[k]) }
        } else {
            let hadAt = hasAt
            appendUnquoted(position + 1..<i)
            if hasAt, !hadAt { quotedAt = phrase.count }
        }
        position = i + 1
    }

    /// Appends without the backslashes of quoted pairs and without line ends.
    private mutating func appendUnquoted(_ range: Range<Int>) {
        var i = range.lowerBound
        while i < range.upperBound {
            if bytes[i] == UInt8(ascii: "\\"), i + 1 < range.upperBound { i += 1 }
            if bytes[i] == UInt8(ascii: "@") { hasAt = true }
            if !isLineEnd(i) { phrase.append(bytes[i] == .tab ? .space : bytes[i]) }
            i += 1
        }
    }

    private func isLineEnd(_ i: Int) -> Bool { bytes[i] == .cr || bytes[i] == .lf }

    private mutating func readComment() {
        let after = bytes.skipComment(position, end)
        guard after <= end, bytes[after - 1] == UInt8(ascii: ")"), after > position + 1 else {
            commentsEnded = true
            damaged = true
            return
        }
        let content = bytes.trimmed(position + 1..<after - 1)
        if comment == nil, !content.isEmpty { comment = content }
        // Within a name it is what the sender wanted to be read: John Doe (Sales) <…>.
        if angle == nil, !phrase.isEmpty, phrase.last != UInt8(ascii: "."), !hasAt, nameGoesOn(after) {
            space()
            phrase.append(UInt8(ascii: "("))
            appendUnquoted(position + 1..<after - 1)
            phrase.append(UInt8(ascii: ")"))
        }
        position = after
    }

    /// Whether more of a name follows, and not the rest of an address.
    private func nameGoesOn(_ start: Int) -> Bool {
        let next = bytes.skipFWS(start, end)
        return next < end && !",;@.".utf8.contains(bytes[next])
    }

    /// A domain literal is one word, whatever is in it.
    private mutating func literal() {
        var i = position + 1
        while i < end, bytes[i] != UInt8(ascii: "]"), bytes[i] != UInt8(ascii: "["), bytes[i] != UInt8(ascii: ","),
            bytes[i] != UInt8(ascii: "<")
        {
            i += 1
        }
        let stop = i < end && bytes[i] == UInt8(ascii: "]") ? i + 1 : position + 1
        for k in position..<stop where !isLineEnd(k) { phrase.append(bytes[k]) }
        words = true
        position = stop
    }

    private mutating func readAngle() {
        var i = position + 1
        let route = i < end && bytes[i] == UInt8(ascii: "@")
        while i < end, bytes[i] != UInt8(ascii: ">"), bytes[i] != UInt8(ascii: "<"),
            route || bytes[i] != UInt8(ascii: ",")
        {
            i = bytes[i] == UInt8(ascii: "\"") ? closingQuote(i) + 1 : i + 1
        }
        i = min(i, end)
        let content = position + 1..<i
        if let earlier = angle {
            if isAngled {
                finish()
            } else if !bytes.trimmed(earlier).isEmpty {
                space()
                phrase.append(UInt8(ascii: "<"))
                for k in earlier where !isLineEnd(k) { phrase.append(bytes[k]) }
                phrase.append(UInt8(ascii: ">"))
            }
            damaged = true
        }
        angle = content
        position = i < end && bytes[i] == UInt8(ascii: ">") ? i + 1 : i
        if position == i { damaged = true }
    }

    private var isAngled: Bool { angle.map { bytes.firstIndex(of: UInt8(ascii: "@"), in: $0) != nil } ?? false }

    /// The quote that closes the one at `i`; `i` itself when none does.
    private mutating func closingQuote(_ i: Int) -> Int {
        guard !quotesEnded else { return i }
        var k = i + 1
        while k < end, bytes[k] != UInt8(ascii: "\"") { k += bytes[k] == UInt8(ascii: "\\") ? 2 : 1 }
        if k < end { return k }
        quotesEnded = true
        return i
    }

    // MARK: Groups

    private var startsGroup: Bool { angle == nil && words && !hasAt }

    /// Groups do not nest (RFC 5322 §3.4).
    private mutating func beginGroup() {
        if group != nil { damaged = true }
        bare = ([], 0)
        group = list.groups.count
        list.groups.append(.init(name: appendPhrase(), start: list.mailboxes.count))
        reset()
        position += 1
        start = position
    }

    // MARK: Mailboxes

    private mutating func reset() {
        phrase.removeAll(keepingCapacity: true)
        words = false
        hasAt = false
        quotedAt = 0
        comment = nil
        angle = nil
    }

    /// Makes a mailbox of what the element had.
    private mutating func finish() {
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
        var i = start + 1
        while i < span.count, span[i] != UInt8(ascii: "\"") { i += span[i] == UInt8(ascii: "\\") ? 2 : 1 }
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

    private mutating func appendPhrase() -> Range<Int> {
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
