/// Finds the delimiter lines of all open multiparts at once (RFC 2046 §5.1.1): first `--`, of which there is little in bodies, then what is
/// around it. Only a whole line counts: `--x` ends no part whose boundary is `xy`, nor the other way.
struct BoundarySearch {
    /// A delimiter line.
    struct Delimiter {
        /// Which open multipart it belongs to, counted from the outermost.
        let level: Int
        /// Where the line begins, and where the next one does.
        let line: Range<Int>
        /// Whether it ends with `--`: no part follows.
        let closes: Bool
    }

    /// The boundaries of the open multiparts, outermost first, one after another.
    private var text: [UInt8] = []
    private var ends: [Int] = []

    /// How many multiparts are open.
    var count: Int { ends.count }

    /// Opens a multipart.
    mutating func push(_ boundary: Span<UInt8>) {
        text.append(boundary)
        ends.append(text.count)
    }

    /// Closes multiparts until `count` are open.
    mutating func pop(to count: Int) {
        guard count < ends.count else { return }
        ends.removeLast(ends.count - count)
        text.removeLast(text.count - (ends.last ?? 0))
    }

    private func range(_ level: Int) -> Range<Int> { (level == 0 ? 0 : ends[level - 1])..<ends[level] }

    /// The next delimiter line that begins at `start` or later. `start` is the beginning of a line.
    func next(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Delimiter? {
        guard count > 0 else { return nil }
        var i = start
        while true {
            let dashes = bytes.firstPair(UInt8(ascii: "-"), in: i..<end) { $0 .== .all(UInt8(ascii: "-")) }
            guard dashes < end else { return nil }
            if dashes == start || bytes[dashes - 1] == .lf, let found = delimiter(bytes, dashes, end) { return found }
            i = dashes + 2
            while i < end, bytes[i] == UInt8(ascii: "-") { i += 1 }
        }
    }

    /// The delimiter whose line begins at `start`.
    func delimiter(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Delimiter? {
        var level = count - 1
        while level >= 0 {
            if let (closes, after) = match(bytes, start + 2, end, level) {
                return Delimiter(level: level, line: start..<after, closes: closes)
            }
            level -= 1
        }
        return nil
    }

    /// Whether boundary `level` stands at `start`, and is all of the line but white space and a closing `--`.
    private func match(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ level: Int) -> (closes: Bool, after: Int)? {
        let boundary = range(level)
        guard start + boundary.count <= end else { return nil }
        for i in boundary where bytes[start + i - boundary.lowerBound] != text[i] { return nil }
        var i = start + boundary.count
        let closes = i + 1 < end && bytes[i] == UInt8(ascii: "-") && bytes[i + 1] == UInt8(ascii: "-")
        if closes { i += 2 }
        while i < end, bytes[i].isWSP || bytes[i] == .cr { i += 1 }
        if i == end { return (closes, end) }
        return bytes[i] == .lf ? (closes, i + 1) : nil
    }
}
