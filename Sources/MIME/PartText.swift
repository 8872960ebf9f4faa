import Bytes

/// The text of a part in UTF-8. Where the message has it as it is, but for its line ends, it is not copied.
public struct PartText: Sendable {
    /// Where it stands.
    public private(set) var source: [UInt8]
    /// Which bytes of that it is.
    public private(set) var range: Range<Int>
    /// How many bytes the decoded body has, where that is known.
    public internal(set) var size: Int?
    /// What is known of a text whose line ends are still those that were sent, CRLF or LF; nil: they are LF.
    public internal(set) var traits: TextTraits?

    /// A text whose line ends are LF.
    public init(bytes: [UInt8] = []) { self.init(bytes, 0..<bytes.count) }

    init(_ bytes: [UInt8], size: Int?) {
        self.init(bytes: bytes)
        self.size = size
    }

    init(_ source: [UInt8], _ range: Range<Int>) {
        self.source = source
        self.range = range
    }

    /// Its bytes.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { source.span.extracting(range) }
    }

    /// Its bytes, copied if they are a part of others.
    public var bytes: [UInt8] { range == 0..<source.count ? source : Array(source[range]) }

    /// Makes LF of all line ends.
    public mutating func normalizeLines() {
        guard traits != nil else { return }
        traits = nil
        let text = Self.withoutCR(span)
        range = 0..<text.count
        source = text
    }

    private static func withoutCR(_ lines: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.appendInRegisters(lines.count + 16) { room in
            var i = 0
            while i < lines.count { i = room.append(until: { $0 .== .all(.cr) }, lines, i) + 1 }
        }
        return text
    }
}
