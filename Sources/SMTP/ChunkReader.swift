/// Counts the bytes of one `BDAT` chunk (RFC 3030): they are content as they stand, line ends and dots included.
package struct ChunkReader: Sendable, Equatable {
    /// Bytes of the chunk still to come.
    package private(set) var remaining: Int
    /// The size that the command declared.
    package let size: Int
    /// Whether `LAST` was said.
    package let isLast: Bool
    /// Whether something else than `LAST` was said: the bytes are read, and refused.
    let isMalformed: Bool

    package init(size: Int, isLast: Bool, isMalformed: Bool = false) {
        self.size = size
        self.remaining = size
        self.isLast = isLast
        self.isMalformed = isMalformed
    }

    /// The part of `input` from `position` that belongs to the chunk; the position moves behind it.
    package mutating func next(_ input: Span<UInt8>, _ position: inout Int) -> Range<Int> {
        let end = position + min(remaining, input.count - position)
        let range = position..<end
        remaining -= range.count
        position = end
        return range
    }
}

extension Cursor {
    /// The arguments of BDAT: `size [LAST]`; nil when the size cannot be read, so that nobody knows where the chunk
    /// ends.
    mutating func chunk() -> ChunkReader? {
        guard skipBlanks() > 0 else { return nil }
        let start = position
        let digits = skip(while: \.isDigit)
        // 18 digits are more than any disk holds, and fit an Int.
        guard (1...18).contains(digits), let size = Int(String(decoding: bytes(from: start), as: UTF8.self)) else {
            return nil
        }
        let blanks = skipBlanks()
        let isLast = blanks > 0 && take(word: "last")
        skipBlanks()
        guard blanks > 0 || isAtEnd else { return nil }
        return ChunkReader(size: size, isLast: isLast && isAtEnd, isMalformed: !isAtEnd)
    }
}
