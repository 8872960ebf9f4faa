/// What a proxy says in front of a connection that it passes on (HAProxy's PROXY protocol, versions 1 and 2).
package enum ProxyHeader: Equatable, Sendable {
    /// The connection is for this client.
    case client(IPAddress)
    /// The proxy speaks for itself, such as in a health check.
    case own
    /// The proxy speaks for somebody, but cannot say for whom.
    case unknown

    /// What to do with the bytes that came so far.
    package enum Step: Equatable, Sendable {
        /// Read so many more, and not one beyond: what follows may be TLS.
        case need(Int)
        case done(ProxyHeader)
        case malformed
    }

    /// `\r\n\r\n\0\r\nQUIT\n`: how version 2 begins.
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
    /// How version 1 begins.
    private static let word = Array("PROXY ".utf8)
    /// Longest line of version 1, its end included.
    private static let longestLine = 107
    /// Longest body of version 2 that is read; no proxy sends more than a few hundred bytes.
    private static let longestBody = 4096

    /// Looks at the bytes that came so far.
    package static func read(_ bytes: [UInt8]) -> Step {
        guard let first = bytes.first else { return .need(1) }
        return first == signature[0] ? readBinary(bytes) : readLine(bytes)
    }

    private static func readLine(_ bytes: [UInt8]) -> Step {
        guard zip(bytes, word).allSatisfy({ $0 == $1 }), bytes.count <= longestLine else { return .malformed }
        guard bytes.last == 10 else { return bytes.count < longestLine ? .need(1) : .malformed }
        guard bytes.dropLast().last == 13 else { return .malformed }
        let text = String(decoding: bytes.dropLast(2), as: UTF8.self)
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        if words.count >= 2, words[1] == "UNKNOWN" { return .done(.unknown) }
        guard words.count == 6, isPort(words[4]), isPort(words[5]), let address = IPAddress(words[2]),
            IPAddress(words[3]) != nil, words[1] == (words[2].contains(":") ? "TCP6" : "TCP4"),
            words[2].contains(":") == words[3].contains(":")
        else { return .malformed }
        return .done(.client(address))
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.utf8.allSatisfy(\.isDigit) && UInt16(text) != nil
    }

    private static func readBinary(_ bytes: [UInt8]) -> Step {
        guard zip(bytes, signature).allSatisfy({ $0 == $1 }) else { return .malformed }
        guard bytes.count >= 16 else { return .need(16 - bytes.count) }
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, length <= longestBody else { return .malformed }
        guard bytes.count >= 16 + length else { return .need(16 + length - bytes.count) }
        switch bytes[12] & 0xF {
        case 0: return .done(.own)
        case 1: return client(family: bytes[13] >> 4, bytes[16...])
        default: return .malformed
        }
    }

    private static func client(family: UInt8, _ body: ArraySlice<UInt8>) -> Step {
        switch family {
        case 1 where body.count >= 12: return IPAddress(bytes: body.prefix(4)).map { .done(.client($0)) } ?? .malformed
        case 2 where body.count >= 36: return IPAddress(bytes: body.prefix(16)).map { .done(.client($0)) } ?? .malformed
        case 0, 3: return .done(.unknown)
        default: return .malformed
        }
    }
}
