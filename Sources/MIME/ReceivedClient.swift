/// Who handed the message over, as a Received field of smtp-accept says it (RFC 5321 §4.4):
/// `from HELO (RDNS [IP]) (using TLSv1.3 with cipher NAME) by HOST with PROTOCOL id …`.
public struct ReceivedClient: Sendable {
    /// The name that the client gave itself.
    public private(set) var helo: [UInt8]?
    /// Its address; nil for a unix socket.
    public private(set) var remoteIP: [UInt8]?
    /// Its verified name; nil: unknown.
    public private(set) var remoteHost: [UInt8]?
    /// SMTP, ESMTP, ESMTPS …
    public private(set) var protocolName: [UInt8]?
    /// The version of TLS; nil without TLS.
    public private(set) var tlsVersion: [UInt8]?
    /// Its cipher.
    public private(set) var tlsCipher: [UInt8]?

    init(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var words = Words(bytes, value)
        var comments = 0
        var keyword = value.lowerBound..<value.lowerBound
        while let word = words.next() {
            if bytes[word.lowerBound] == UInt8(ascii: "(") {
                comments += 1
                readComment(bytes, word, first: comments == 1)
            } else if bytes.equals(keyword, "from") {
                helo = Self.copy(bytes, word)
            } else if bytes.equals(keyword, "with") {
                protocolName = Self.copy(bytes, word)
                return
            } else if bytes[word.upperBound - 1] == UInt8(ascii: ";") {
                return
            }
            keyword = word
        }
    }

    private mutating func readComment(_ bytes: Span<UInt8>, _ word: Range<Int>, first: Bool) {
        let end = bytes[word.upperBound - 1] == UInt8(ascii: ")") ? word.upperBound - 1 : word.upperBound
        let inner = word.lowerBound + 1..<max(end, word.lowerBound + 1)
        if first {
            readPeer(bytes, inner)
        } else if bytes.starts(inner, with: "using ") {
            readTLS(bytes, inner)
        }
    }

    /// `RDNS [IP]`: the address is in the last brackets.
    private mutating func readPeer(_ bytes: Span<UInt8>, _ inner: Range<Int>) {
        var open = inner.upperBound - 1
        while open >= inner.lowerBound, bytes[open] != UInt8(ascii: "[") { open -= 1 }
        guard open >= inner.lowerBound else { return }
        let close = bytes.firstIndex(of: UInt8(ascii: "]"), in: open..<inner.upperBound) ?? inner.upperBound
        let start = bytes.starts(open + 1..<close, with: "ipv6:") ? open + 6 : open + 1
        if start < close { remoteIP = Self.copy(bytes, start..<close) }
        let name = bytes.trimmed(inner.lowerBound..<open)
        if !name.isEmpty, !bytes.equals(name, "unknown") { remoteHost = Self.copy(bytes, name) }
    }

    /// `using VERSION with cipher NAME`.
    private mutating func readTLS(_ bytes: Span<UInt8>, _ inner: Range<Int>) {
        var words = Words(bytes, inner)
        var index = 0
        while let word = words.next() {
            if index == 1 { tlsVersion = Self.copy(bytes, word) }
            if index == 4 { tlsCipher = Self.copy(bytes, word) }
            index += 1
        }
    }

    private static func copy(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        var damage = TextDamage()
        text.appendText(bytes.extracting(range), .header, &damage)
        return text
    }

    /// Words and whole comments, one after another.
    private struct Words: ~Escapable {
        private let bytes: Span<UInt8>
        private let end: Int
        private var position: Int

        @_lifetime(copy bytes)
        init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
            self.bytes = bytes
            position = range.lowerBound
            end = range.upperBound
        }

        mutating func next() -> Range<Int>? {
            position = bytes.skipFWS(position, end)
            guard position < end else { return nil }
            let start = position
            if bytes[position] == UInt8(ascii: "(") {
                position = bytes.skipComment(position, end)
            } else {
                while position < end, !bytes[position].isFWS, bytes[position] != UInt8(ascii: "(") { position += 1 }
            }
            return start..<position
        }
    }
}
