/// Reads one header: fields are noted by their ranges, nothing is copied.
///
/// Real mail has lines that are no fields. Such a line ends the header (a missing empty line: the text starts here), unless a field
/// follows at once; then it is left out (a wrapped field whose indentation was lost), if it is no delimiter of a multipart.
struct HeaderReader: ~Escapable {
    private let bytes: Span<UInt8>
    private let end: Int
    private(set) var position: Int
    /// Where the header ends, its empty line excluded. The body begins at `position`.
    private(set) var headerEnd: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self.bytes = bytes
        end = range.upperBound
        position = range.lowerBound
        headerEnd = range.lowerBound
    }

    /// What one call of `next` has read.
    enum Line {
        /// A whole field, its folded lines included.
        case field(name: Range<Int>, value: Range<Int>)
        /// A line that is no field and has been left out.
        case junk
        /// The "From " line of an mbox.
        case mbox
        /// The empty line: the body begins after it.
        case empty
        /// The header stops here without an empty line; the body begins at once.
        case body
        /// The bytes are at an end.
        case end
    }

    /// Reads the next field or line.
    mutating func next(first: Bool) -> Line {
        headerEnd = position
        guard position < end else { return .end }
        if let after = emptyLine(at: position) {
            position = after
            return .empty
        }
        if let colon = colonOfField(at: position) { return field(colon) }
        if first, bytes.starts(position..<end, with: "from ") {
            skipLine()
            return .mbox
        }
        let next = lineEnd(position).after
        if bytes[position].isWSP && first || next < end && colonOfField(at: next) != nil && !isDelimiter {
            skipLine()
            return .junk
        }
        return .body
    }

    /// Whether a multipart begins here, whose header ended with a line of spaces.
    private var isDelimiter: Bool { position + 1 < end && bytes.equals(position..<position + 2, "--") }

    /// The whole field whose name ends before `colon`.
    private mutating func field(_ colon: Int) -> Line {
        var nameEnd = colon
        while nameEnd > position, bytes[nameEnd - 1].isWSP { nameEnd -= 1 }
        let name = position..<nameEnd
        var line = lineEnd(colon + 1)
        while line.after < end, bytes[line.after].isWSP { line = lineEnd(line.after) }
        position = line.after
        return .field(name: name, value: colon + 1..<max(line.end, colon + 1))
    }

    private mutating func skipLine() { position = lineEnd(position).after }

    /// The end of the text of the line that `start` is in, and where the next one begins.
    private func lineEnd(_ start: Int) -> (end: Int, after: Int) {
        guard let lf = bytes.firstIndex(of: .lf, in: start..<end) else { return (end, end) }
        return (lf > start && bytes[lf - 1] == .cr ? lf - 1 : lf, lf + 1)
    }

    /// Where the next line begins when there is an empty one at `start`.
    private func emptyLine(at start: Int) -> Int? {
        var i = start
        while i < end, bytes[i] == .cr { i += 1 }
        if i < end, bytes[i] == .lf { return i + 1 }
        return i == end ? i : nil
    }

    /// The colon after a field name (RFC 5322 §2.2; white space before the colon is obsolete syntax).
    private func colonOfField(at start: Int) -> Int? {
        var i = start
        while i < end, bytes[i].isVCHAR, bytes[i] != UInt8(ascii: ":") { i += 1 }
        guard i > start else { return nil }
        while i < end, bytes[i].isWSP { i += 1 }
        return i < end && bytes[i] == UInt8(ascii: ":") ? i : nil
    }
}
