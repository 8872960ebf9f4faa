/// A parameter of a structured field, decoded.
public struct Parameter: Sendable, Equatable {
    /// In lower case, without the marks of RFC 2231.
    public let name: [UInt8]
    /// In UTF-8.
    public let value: [UInt8]
}

/// Reads parameters (RFC 2045 §5.1, RFC 2231): `name=value`, in quotes or not, in sections, percent-encoded, or with encoded words in
/// them, which the RFC forbids and most senders write.
struct ParameterReader: ~Escapable {
    private let bytes: Span<UInt8>
    private let end: Int
    private var position: Int

    /// One `name*section*=value` as it stands.
    struct Item {
        let name: Range<Int>
        /// The number of its section; nil: the value is whole.
        let section: Int?
        /// Whether its value is percent-encoded.
        let isExtended: Bool
        let value: Range<Int>
        let isQuoted: Bool
    }

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        self.bytes = bytes
        end = value.upperBound
        position = ContentType(bytes, value).parameters
    }

    /// The next parameter that has a name and a value.
    mutating func next() -> Item? {
        while true {
            skipSeparators()
            guard position < end else { return nil }
            let start = position
            while position < end, !bytes[position].isFWS, !Self.endsName(bytes[position]) { position += 1 }
            let name = start..<position
            position = bytes.skipCFWS(position, end)
            guard position < end, bytes[position] == UInt8(ascii: "=") else {
                if position == start { position += 1 }
                continue
            }
            position = bytes.skipFWS(position + 1, end)
            let (value, quoted) = readValue()
            if !name.isEmpty { return item(name, value, quoted) }
        }
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "=") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ",")
    }

    private mutating func skipSeparators() {
        while position < end {
            position = bytes.skipCFWS(position, end)
            guard position < end, bytes[position] == UInt8(ascii: ";") || bytes[position] == UInt8(ascii: ",") else {
                return
            }
            position += 1
        }
    }

    private mutating func readValue() -> (Range<Int>, quoted: Bool) {
        let start = position
        if position < end, bytes[position] == UInt8(ascii: "\"") {
            let close = closingQuote(start)
            position = min(close + 1, end)
            return (start + 1..<close, true)
        }
        while position < end, bytes[position] != UInt8(ascii: ";") {
            if bytes[position].isFWS {
                let next = bytes.skipFWS(position, end)
                if endsValue(next) { break }
                position = next
            } else {
                position += 1
            }
        }
        return (bytes.trimmed(start..<position), false)
    }

    /// The quote that closes the one at `start`: the first behind which a parameter, a comment or nothing follows, since several senders
    /// do not escape those of a file name (`"Report "final".pdf"`); the first of all if there is none.
    private func closingQuote(_ start: Int) -> Int {
        let first = bytes.nextQuote(start, end)
        var quote = first
        while quote < min(end, first + Limits.quotedParameter) {
            let next = bytes.skipFWS(quote + 1, end)
            if next >= end || endsQuoted(quote, next) { return quote }
            quote = bytes.nextQuote(quote, end)
            if startsParameter(next..<quote) { break }
        }
        return first
    }

    /// Whether what stands at `next`, behind the quote and white space, is no more of its value.
    private func endsQuoted(_ quote: Int, _ next: Int) -> Bool {
        switch bytes[next] {
        case UInt8(ascii: ";"): true
        case UInt8(ascii: "("): next > quote + 1 && endsAfterComments(next)
        case UInt8(ascii: ","): isParameter(bytes.skipFWS(next + 1, end))
        default: isParameter(next)
        }
    }

    private func endsAfterComments(_ start: Int) -> Bool {
        let after = bytes.skipCFWS(start, min(end, start + Limits.quotedParameter))
        return after >= end || bytes[after] == UInt8(ascii: ";")
    }

    /// Comments in front of it are not passed over, so that none is read many times.
    private func isParameter(_ start: Int) -> Bool {
        start < end && bytes[start] != UInt8(ascii: "(") && endsValue(start)
    }

    /// Whether a parameter begins behind a semicolon of the range.
    private func startsParameter(_ range: Range<Int>) -> Bool {
        var i = range.lowerBound
        while let semicolon = bytes.firstIndex(of: UInt8(ascii: ";"), in: i..<range.upperBound) {
            i = bytes.skipFWS(semicolon + 1, range.upperBound)
            if isParameter(i) { return true }
        }
        return false
    }

    /// An unquoted value ends at white space if the next word is a parameter (a lost semicolon), or if nothing but comments is in front of
    /// that or of the end; file names with spaces and parentheses are not quoted by every sender.
    private func endsValue(_ start: Int) -> Bool {
        var i = start
        if i < end, bytes[i] == UInt8(ascii: "(") {
            i = bytes.skipCFWS(i, end)
            if i >= end || bytes[i] == UInt8(ascii: ";") { return true }
        }
        while i < end, i - start < 40,
            bytes[i].isAlpha || bytes[i].isDigit || bytes[i] == UInt8(ascii: "*") || bytes[i] == UInt8(ascii: "-")
        {
            i += 1
        }
        return i > start && i < end && bytes[i] == UInt8(ascii: "=")
    }

    /// Splits `name*1*` into its parts.
    private func item(_ word: Range<Int>, _ value: Range<Int>, _ quoted: Bool) -> Item {
        var nameEnd = word.upperBound
        let isExtended = bytes[nameEnd - 1] == UInt8(ascii: "*") && nameEnd - 1 > word.lowerBound
        if isExtended { nameEnd -= 1 }
        var section: Int?
        if let star = bytes.firstIndex(of: UInt8(ascii: "*"), in: word.lowerBound..<nameEnd), star > word.lowerBound {
            section = number(star + 1..<nameEnd)
            nameEnd = star
        }
        return Item(
            name: word.lowerBound..<nameEnd, section: section, isExtended: isExtended, value: value, isQuoted: quoted)
    }

    private func number(_ range: Range<Int>) -> Int? {
        guard !range.isEmpty, range.count <= 6 else { return nil }
        var value = 0
        for i in range {
            guard bytes[i].isDigit else { return nil }
            value = value * 10 + Int(bytes[i] - 0x30)
        }
        return value
    }
}
