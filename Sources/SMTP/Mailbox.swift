/// A mailbox as a command named it: `Local-part@Domain`, or a bare local part such as `postmaster`.
///
/// It holds the bytes as they were written, so that the trace block repeats them, and was checked against the grammar
/// of RFC 5321 §4.1.2: it can hold neither CR nor LF nor any other control character.
package struct Mailbox: Sendable, Equatable {
    /// The mailbox as it was written, without angle brackets and source route.
    package let bytes: [UInt8]
    /// Where the `@` before the domain is; nil for a bare local part.
    package let at: Int?
    /// Whether it needs SMTPUTF8 (RFC 6531).
    package let isASCII: Bool

    /// The domain or address literal, empty for a bare local part.
    package var domain: ArraySlice<UInt8> { at.map { bytes[($0 + 1)...] } ?? [] }
}

/// Limits of the grammar. RFC 5321 §4.5.3.1 names the least that must be accepted (64 and 255); senders with VERP and
/// SRS need more for the local part, and what is longer than this nobody sends.
enum PathLimit {
    static let localPart = 512
    static let domain = 255
}

/// What stands between `FROM:` or `TO:` and the parameters.
enum Path: Equatable {
    /// `<>`: the sender of a bounce.
    case null
    case mailbox(Mailbox)
}

extension Cursor {
    /// Path of RFC 5321 §4.1.2: `<` [source route `:`] mailbox `>`, the route dropped (§4.1.1.3); nil when malformed.
    ///
    /// Senders exist that leave the brackets out: then it is a mailbox with a domain up to the next blank. Others put
    /// between them what somebody has typed into a form, blanks and all.
    mutating func path() -> Path? {
        guard take("<") else {
            guard let mailbox = mailbox(), mailbox.at != nil, isAtWordEnd else { return nil }
            return .mailbox(mailbox)
        }
        skipBlanks()
        if take(">") { return .null }
        guard skipRoute(), let mailbox = mailbox() else { return nil }
        skipBlanks()
        return take(">") && isAtWordEnd ? .mailbox(mailbox) : nil
    }

    private var isAtWordEnd: Bool { peek.map(\.isBlank) ?? true }

    /// A-d-l `:`, if there is one.
    private mutating func skipRoute() -> Bool {
        guard peek == UInt8(ascii: "@") else { return true }
        repeat {
            guard take("@"), domain() else { return false }
        } while take(",")
        return take(":")
    }

    /// Mailbox, or a local part alone.
    private mutating func mailbox() -> Mailbox? {
        let start = position
        guard localPart() else { return nil }
        let at = position
        let hasDomain = take("@")
        guard at - start <= PathLimit.localPart, !hasDomain || domainOrLiteral() else { return nil }
        guard position - at - 1 <= PathLimit.domain else { return nil }
        let bytes = bytes(from: start)
        let isASCII = !bytes.contains(where: \.isNonASCII)
        guard isASCII || isUTF8(bytes) else { return nil }
        return Mailbox(bytes: bytes, at: hasDomain ? at - start : nil, isASCII: isASCII)
    }

    /// Local-part: Dot-string or Quoted-string. Dots may stand anywhere: telephone companies have given out such
    /// addresses by the million.
    private mutating func localPart() -> Bool {
        guard peek == UInt8(ascii: "\"") else {
            return skip { $0.isAtext || $0 == UInt8(ascii: ".") || $0.isNonASCII } > 0
        }
        return quotedString()
    }

    private mutating func quotedString() -> Bool {
        guard take("\"") else { return false }
        while let byte = peek {
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte.isControl { return false }
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escaped = peek, !escaped.isControl, !escaped.isNonASCII else { return false }
            position += 1
        }
        return false
    }

    private mutating func domainOrLiteral() -> Bool {
        peek == UInt8(ascii: "[") ? literal() : domain()
    }

    /// Domain: labels of letters, digits and inner hyphens. The underscore is in no RFC, but in the names of hosts
    /// that send mail.
    private mutating func domain() -> Bool {
        repeat {
            let start = position
            skip { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0.isNonASCII }
            guard (1...63).contains(position - start) || line.extracting(start..<position).hasNonASCII,
                position > start, line[start] != UInt8(ascii: "-"), line[position - 1] != UInt8(ascii: "-")
            else { return false }
        } while take(".")
        return true
    }

    /// address-literal (RFC 5321 §4.1.3).
    private mutating func literal() -> Bool {
        guard take("[") else { return false }
        let start = position
        skip(while: \.isDcontent)
        let content = line.extracting(start..<position)
        return take("]") && (content.isIPv4Literal || content.isTaggedLiteral)
    }

    private func isUTF8(_ bytes: [UInt8]) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }
}

extension Span<UInt8> {
    var hasNonASCII: Bool {
        for index in indices where self[index].isNonASCII { return true }
        return false
    }

    /// IPv4-address-literal: four numbers to 255.
    fileprivate var isIPv4Literal: Bool {
        var (numbers, digits, value) = (1, 0, 0)
        for index in indices {
            if self[index] == UInt8(ascii: ".") {
                guard digits > 0 else { return false }
                (numbers, digits, value) = (numbers + 1, 0, 0)
            } else {
                guard self[index].isDigit, digits < 3 else { return false }
                (digits, value) = (digits + 1, value * 10 + Int(self[index] - UInt8(ascii: "0")))
                guard value <= 255 else { return false }
            }
        }
        return numbers == 4 && digits > 0
    }

    /// IPv6-address-literal or General-address-literal: a tag, a colon and something.
    fileprivate var isTaggedLiteral: Bool {
        guard let colon = firstIndex(of: UInt8(ascii: ":"), from: 0), colon > 0, colon + 1 < count else { return false }
        for index in 0..<colon where !self[index].isLetterOrDigit && self[index] != UInt8(ascii: "-") { return false }
        return true
    }
}
