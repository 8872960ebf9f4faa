// XCLIENT and XFORWARD (Postfix): a relay that is trusted says for whom it speaks.

/// What one of these commands says; nil: nothing about it.
struct RelayedClient: Equatable {
    var address: IPAddress?
    var hostname: String?
    var name: [UInt8]?
}

extension Cursor {
    /// `NAME=value …`, values in xtext; `[UNAVAILABLE]` and `[TEMPUNAVAIL]` say nothing.
    mutating func relayedClient(allowed: Set<String>) throws(Reply) -> RelayedClient {
        var client = RelayedClient()
        while !isAtEnd {
            let (name, value) = try attribute()
            guard allowed.contains(name) else { throw Reply(.badParameter, name) }
            if let value { try client.set(name, value) }
            skipBlanks()
        }
        return client
    }

    private mutating func attribute() throws(Reply) -> (name: String, value: [UInt8]?) {
        let start = position
        skip(while: \.isAlpha)
        let name = String(decoding: bytes(from: start), as: UTF8.self).uppercased()
        guard take("=") else { throw Reply(.badParameter, name) }
        let valueStart = position
        skip { !$0.isBlank }
        guard let value = decodedXtext(bytes(from: valueStart)), !value.contains(where: \.isControl) else {
            throw Reply(.badParameter, name)
        }
        let text = String(decoding: value, as: UTF8.self).uppercased()
        return (name, text == "[UNAVAILABLE]" || text == "[TEMPUNAVAIL]" ? nil : value)
    }
}

extension RelayedClient {
    fileprivate mutating func set(_ name: String, _ value: [UInt8]) throws(Reply) {
        let text = String(decoding: value, as: UTF8.self)
        switch name {
        case "ADDR":
            let plain = text.uppercased().hasPrefix("IPV6:") ? String(text.dropFirst(5)) : text
            guard let address = IPAddress(plain) else { throw Reply(.badParameter, name) }
            self.address = address
        case "NAME": hostname = text
        case "HELO": self.name = value
        default: break
        }
    }
}

/// xtext of RFC 3461 §4: `+` and two hexadecimal digits stand for a byte; nil when they do not follow.
private func decodedXtext(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "+") else {
            bytes.append(byte)
            continue
        }
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
            return nil
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    return bytes
}

extension Session {
    static let xclientAttributes = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"]
    static let xforwardAttributes = ["NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"]

    /// XCLIENT: the session begins anew, with the client that was named, which trusts nothing itself.
    mutating func xclient(_ cursor: inout Cursor) throws(Reply) -> Effect {
        let named = try relayed(&cursor, .xclient, Self.xclientAttributes)
        client = Client(address: named.address ?? client.address, hostname: named.hostname)
        isTrusted = false
        introduction = named.name.map { Introduction(name: $0, isExtended: true) }
        forwarded = nil
        hasRefusedChunk = false
        phase = .judging
        return .identify
    }

    /// XFORWARD: the next message is this client's.
    mutating func xforward(_ cursor: inout Cursor) throws(Reply) -> Effect {
        let named = try relayed(&cursor, .xforward, Self.xforwardAttributes)
        var known = forwarded ?? RelayedClient()
        known.address = named.address ?? known.address
        known.hostname = named.hostname ?? known.hostname
        known.name = named.name ?? known.name
        forwarded = known
        send(Reply(.ok))
        return .next
    }

    private func relayed(
        _ cursor: inout Cursor, _ verb: Verb, _ attributes: [String]
    ) throws(Reply) -> RelayedClient {
        guard isTrusted else { throw Reply(.notTrusted) }
        guard transaction == nil else { throw Reply(.nestedMail) }
        guard cursor.skipBlanks() > 0, !cursor.isAtEnd else { throw Reply(.needsArgument, verb.rawValue) }
        return try cursor.relayedClient(allowed: Set(attributes))
    }
}
