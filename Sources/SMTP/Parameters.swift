/// What `BODY=` declares (RFC 6152, RFC 3030).
package enum BodyType: Sendable {
    case sevenBit, eightBitMIME, binaryMIME
}

/// Parameters of MAIL that a session obeys. RET, ENVID and AUTH are read and forgotten: DSN is not promised, and
/// nobody authenticates here.
package struct MailParameters: Sendable, Equatable {
    /// Declared size in bytes (RFC 1870); nil when absent, `Int.max` when no `Int` holds it.
    package var size: Int?
    /// Declared type of the body; binary demands BDAT.
    package var body = BodyType.sevenBit
    /// Whether addresses need not be ASCII (RFC 6531).
    package var isSMTPUTF8 = false
}

extension Cursor {
    /// One parameter: `keyword` or `keyword=value` (RFC 5321 §4.1.2), the keyword in capitals.
    private mutating func parameter() throws(Reply) -> (keyword: String, value: [UInt8]?) {
        let start = position
        skip { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
        let keyword = bytes(from: start)
        guard let first = keyword.first, first.isLetterOrDigit else { throw Reply(.badParameter, keyword + rest) }
        let name = String(decoding: keyword, as: UTF8.self).uppercased()
        var value: [UInt8]?
        if take("=") {
            let start = position
            skip { $0 > 0x20 && $0 != 0x7F }
            value = bytes(from: start)
        }
        guard isAtEnd || peek.map(\.isBlank) == true, value?.isEmpty != true else {
            throw Reply(.badParameter, keyword)
        }
        return (name, value)
    }

    /// Reads all parameters to the end of the line; `use` is shown each once and says whether it knows it.
    private mutating func parameters(
        _ use: (_ keyword: String, _ value: [UInt8]?) throws(Reply) -> Bool
    ) throws(Reply) {
        var seen: Set<String> = []
        while skipBlanks() > 0, !isAtEnd {
            let (keyword, value) = try parameter()
            guard seen.insert(keyword).inserted else { throw Reply(.badParameter, keyword) }
            guard try use(keyword, value) else { throw Reply(.unknownParameter, keyword) }
        }
        guard isAtEnd else { throw Reply(.badParameter, rest) }
    }

    /// The parameters of MAIL.
    mutating func mailParameters() throws(Reply) -> MailParameters {
        var found = MailParameters()
        try parameters { (keyword, value) throws(Reply) in
            switch keyword {
            case "SIZE": found.size = try size(value)
            case "BODY": found.body = try body(value)
            case "SMTPUTF8":
                guard value == nil else { throw Reply(.badParameter, keyword) }
                found.isSMTPUTF8 = true
            case "RET": try require(["FULL", "HDRS"].contains(upper(value)), keyword)
            case "ENVID": try require(isXtext(value, limit: 100), keyword)
            case "AUTH": try require(isXtext(value, limit: 500), keyword)
            default: return false
            }
            return true
        }
        return found
    }

    /// The parameters of RCPT (RFC 3461 §4), checked and forgotten.
    mutating func recipientParameters() throws(Reply) {
        try parameters { (keyword, value) throws(Reply) in
            switch keyword {
            case "NOTIFY": try require(isNotify(value), keyword)
            case "ORCPT": try require(isTyped(value), keyword)
            default: return false
            }
            return true
        }
    }
}

private func require(_ holds: Bool, _ keyword: String) throws(Reply) {
    guard holds else { throw Reply(.badParameter, keyword) }
}

private func upper(_ value: [UInt8]?) -> String {
    String(decoding: value ?? [], as: UTF8.self).uppercased()
}

/// size-value of RFC 1870 §4: 1 to 20 digits.
private func size(_ value: [UInt8]?) throws(Reply) -> Int {
    guard let value, value.count <= 20, value.allSatisfy(\.isDigit) else { throw Reply(.badParameter, "SIZE") }
    return Int(String(decoding: value, as: UTF8.self)) ?? Int.max
}

private func body(_ value: [UInt8]?) throws(Reply) -> BodyType {
    switch upper(value) {
    case "7BIT": return .sevenBit
    case "8BITMIME": return .eightBitMIME
    case "BINARYMIME": return .binaryMIME
    default: throw Reply(.badParameter, "BODY")
    }
}

/// xtext of RFC 3461 §4 in outline; how `+` is followed is nothing we use.
private func isXtext(_ value: [UInt8]?, limit: Int) -> Bool {
    guard let value else { return false }
    return value.count <= limit
}

/// `NEVER`, or a list of `SUCCESS`, `FAILURE` and `DELAY`.
private func isNotify(_ value: [UInt8]?) -> Bool {
    let text = upper(value)
    if text == "NEVER" { return true }
    return text.split(separator: ",", omittingEmptySubsequences: false)
        .allSatisfy { ["SUCCESS", "FAILURE", "DELAY"].contains($0) }
}

/// `addr-type;xtext`.
private func isTyped(_ value: [UInt8]?) -> Bool {
    guard let value, let semicolon = value.firstIndex(of: UInt8(ascii: ";")) else { return false }
    return semicolon > 0 && value.count <= 500
}
