/// The content of a string that is made only when it is written, piece by piece: no memory ever holds all of it.
package protocol DeferredText: Sendable {
    /// How many bytes it is, as they stand between the quotes.
    var count: Int { get }
    /// Appends the next piece, of some 64 KB at most; nothing when all have been.
    mutating func appendPiece(to bytes: inout [UInt8])
}

/// What a `JSONWriter` has written: bytes, and between them what is made on the way out.
package struct JSONText: Sendable {
    /// Something that goes before `bytes[position]`.
    struct Insert: Sendable {
        var position: Int
        let text: any DeferredText
    }

    /// What there is in memory.
    package let bytes: [UInt8]
    let inserts: [Insert]
    /// How many bytes it is in all.
    package let count: Int

    init(_ bytes: [UInt8], _ inserts: [Insert]) {
        self.bytes = bytes
        self.inserts = inserts
        count = inserts.reduce(bytes.count) { $0 + $1.text.count }
    }

    /// The same in no more memory than it needs.
    package func trimmed() -> JSONText { JSONText(Array(bytes[...]), inserts) }

    /// Bytes that are handed to a sink together.
    private static let chunk = 256 * 1024

    /// Hands all of it to `sink`, in order, in chunks.
    package func write<E: Error>(_ sink: (Span<UInt8>) throws(E) -> Void) throws(E) {
        if inserts.isEmpty { return try sink(bytes.span) }
        var chunk: [UInt8] = []
        chunk.reserveCapacity(Self.chunk + 128 * 1024)
        var start = 0
        for insert in inserts {
            try add(start..<insert.position, to: &chunk, sink)
            start = insert.position
            var text = insert.text
            var before = -1
            while chunk.count != before {
                if chunk.count >= Self.chunk { try flush(&chunk, sink) }
                before = chunk.count
                text.appendPiece(to: &chunk)
            }
        }
        try add(start..<bytes.count, to: &chunk, sink)
        try flush(&chunk, sink)
    }

    private func add<E: Error>(
        _ range: Range<Int>, to chunk: inout [UInt8], _ sink: (Span<UInt8>) throws(E) -> Void
    ) throws(E) {
        if range.count < Self.chunk { return chunk.append(bytes.span.extracting(range)) }
        try flush(&chunk, sink)
        try sink(bytes.span.extracting(range))
    }

    private func flush<E: Error>(_ chunk: inout [UInt8], _ sink: (Span<UInt8>) throws(E) -> Void) throws(E) {
        try sink(chunk.span)
        chunk.removeAll(keepingCapacity: true)
    }
}

/// A run of bytes, as base64 (RFC 4648 §4), padded.
struct EncodedText: DeferredText {
    let source: [UInt8]
    /// What of it has not been encoded yet.
    var rest: Range<Int>

    var count: Int { Base64.encodedCount(rest.count) }

    /// Encodes whole groups of three.
    mutating func appendPiece(to bytes: inout [UInt8]) {
        let piece = rest.prefix(48 * 1024)
        Base64.encode(source.span.extracting(piece), into: &bytes)
        rest = piece.upperBound..<rest.upperBound
    }
}

/// A text of UTF-8, escaped.
struct EscapedText: DeferredText {
    let count: Int
    private let source: [UInt8]
    /// How many bytes of it have been escaped.
    private var done = 0

    /// Nil when it is no UTF-8.
    init?(_ source: [UInt8]) {
        guard let count = Escape.escapedCount(source.span) else { return nil }
        self.count = count
        self.source = source
    }

    /// Escapes up to a border between characters.
    mutating func appendPiece(to bytes: inout [UInt8]) {
        var end = min(done + 64 * 1024, source.count)
        while end < source.count, source[end] & 0xC0 == 0x80 { end -= 1 }
        Escape.append(source.span.extracting(done..<end), to: &bytes)
        done = end
    }
}

/// Lines of UTF-8, escaped, which end with CRLF or LF and have no other control characters but tabs.
struct EscapedLines: DeferredText {
    let count: Int
    private let source: [UInt8]
    /// What of it has not been escaped yet.
    private var rest: Range<Int>

    init(_ source: [UInt8], _ run: Range<Int>) {
        self.source = source
        rest = run
        count = run.count + Escape.added(lines: source.span.extracting(run))
    }

    /// Escapes some lines, or a part of one.
    mutating func appendPiece(to bytes: inout [UInt8]) {
        var end = min(rest.lowerBound + 64 * 1024, rest.upperBound)
        while end < rest.upperBound, source[end] & 0xC0 == 0x80 { end -= 1 }
        if end < rest.upperBound, source[end] == lf, source[end - 1] == cr { end -= 1 }
        Escape.append(lines: source.span.extracting(rest.lowerBound..<end), to: &bytes)
        rest = end..<rest.upperBound
    }
}
