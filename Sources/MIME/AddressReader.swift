/// Reads a list of addresses from left to right, once. What is no address list still gives what a person would see in it.
///
/// An element ends at a comma or semicolon. Its words become the name when an address in angle brackets follows; without brackets the word
/// with an `@` is the address. Unclosed quotes, comments and brackets count as ordinary characters, so that every byte is read once or twice.
struct AddressReader: ~Copyable, ~Escapable {
    let bytes: Span<UInt8>
    private let end: Int
    private var position: Int
    var list = AddressList()
    var decoder = HeaderText()
    /// Whether something was no address.
    var damaged = false

    var group: Int?
    /// The words of the element, quotes removed, white space folded.
    var phrase: [UInt8] = []
    /// Whether the element has words, empty quoted ones included.
    var words = false
    /// Whether one of the words has an `@`.
    var hasAt = false
    /// How much of the phrase is quoted and has an `@`, which is a name's when another follows; 0 without one.
    var quotedAt = 0
    /// The first comment of the element, without its parentheses.
    var comment: Range<Int>?
    /// The address in angle brackets.
    var angle: Range<Int>?
    /// How much of the phrase stands in front of it.
    private var angleStart = 0
    /// The words of the elements in front of this one that were taken as mailboxes without an `@`, and how many these are: `Doe, Ann <…>`.
    var bare: (words: [UInt8], count: Int) = ([], 0)
    /// A name while it is decoded.
    var decoded: [UInt8] = []
    private var quotesEnded = false
    private var commentsEnded = false

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ value: Range<Int>, _ fallback: Charset) {
        self.bytes = bytes
        decoder.fallback = fallback
        end = value.upperBound
        position = value.lowerBound
    }

    /// Reads all.
    mutating func run() {
        list.text.reserveCapacity(list.text.count + end - position)
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
        if bytes.equals(position..<wordEnd, "=?utf-8?q?=2c?="), hasAt || isAngled {
            // Python 3.11 encodes the comma behind an address that is as long as a line.
            damaged = true
            finish()
            position = wordEnd
            return true
        }
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
            guard i < stop, bytes[i] == UInt8(ascii: "?") else { return nil }
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
    }

    // MARK: Tokens

    private mutating func quoted() {
        let i = bytes.nextQuote(position, end)
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
    mutating func appendUnquoted(_ range: Range<Int>) {
        var i = range.lowerBound
        while i < range.upperBound {
            if bytes[i] == UInt8(ascii: "\\"), i + 1 < range.upperBound { i += 1 }
            if bytes[i] == UInt8(ascii: "@") { hasAt = true }
            if !isLineEnd(i) { phrase.append(bytes[i] == .tab ? .space : bytes[i]) }
            i += 1
        }
    }

    func isLineEnd(_ i: Int) -> Bool { bytes[i] == .cr || bytes[i] == .lf }

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
                finishBeforeNext()
            } else if !bytes.trimmed(earlier).isEmpty {
                space()
                phrase.append(UInt8(ascii: "<"))
                for k in earlier where !isLineEnd(k) { phrase.append(bytes[k]) }
                phrase.append(UInt8(ascii: ">"))
            }
            damaged = true
        }
        angle = content
        angleStart = phrase.count
        position = i < end && bytes[i] == UInt8(ascii: ">") ? i + 1 : i
        if position == i { damaged = true }
    }

    /// Ends the mailbox in front of one that no comma separates from it; the name of that stands between the two.
    private mutating func finishBeforeNext() {
        let next = Array(phrase[angleStart...])
        phrase.removeLast(next.count)
        words = !phrase.isEmpty
        finish()
        words = !next.isEmpty
        phrase = next
    }

    var isAngled: Bool { angle.map { bytes.firstIndex(of: UInt8(ascii: "@"), in: $0) != nil } ?? false }

    /// The quote that closes the one at `i`; `i` itself when none does.
    mutating func closingQuote(_ i: Int) -> Int {
        guard !quotesEnded else { return i }
        let close = bytes.nextQuote(i, end)
        if close < end { return close }
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
    }
}
