/// A place in a command line that only moves forward: what the grammar reads from.
struct Cursor: ~Escapable {
    let line: Span<UInt8>
    var position = 0

    @_lifetime(copy line)
    init(_ line: Span<UInt8>) {
        self.line = line
    }

    /// The byte at hand; nil at the end of the line.
    var peek: UInt8? { position < line.count ? line[position] : nil }

    var isAtEnd: Bool { position >= line.count }

    /// Takes `byte` if it comes next.
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    /// Takes all bytes of a class; how many there were.
    @discardableResult
    mutating func skip(while belongs: (UInt8) -> Bool) -> Int {
        let start = position
        while position < line.count, belongs(line[position]) { position += 1 }
        return position - start
    }

    /// Takes spaces and tabs; how many there were.
    @discardableResult
    mutating func skipBlanks() -> Int { skip(while: \.isBlank) }

    /// Takes `word` (given in lower case) in any case, whole or not at all.
    mutating func take(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard line.count - position >= length else { return false }
        let matches = word.withUTF8Buffer { buffer in
            for index in 0..<length where unsafe line[position + index].lowercased != buffer[index] { return false }
            return true
        }
        if matches { position += length }
        return matches
    }

    /// The bytes from `start` to the place at hand.
    func bytes(from start: Int) -> [UInt8] { line.extracting(start..<position).bytes }

    /// What is left of the line.
    var rest: [UInt8] { line.extracting(position..<line.count).bytes }
}
