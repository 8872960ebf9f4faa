import Glibc
import Spool

/// Cuts standard input into lines, reading by large blocks. A line is given as a range of `bytes`, valid until the next call.
struct LineReader: ~Copyable {
    /// What comes next.
    enum Event: Equatable {
        /// A whole line, without its LF.
        case line(Range<Int>)
        /// A piece of a line that is longer than the limit. `last`: its LF, or the end of input, came after it.
        case fragment(Range<Int>, last: Bool)
        /// What stands after the last LF, at the end of input.
        case torn(Range<Int>)
        /// Nothing more until `fill` has read.
        case starved
        /// The end of input.
        case end
    }

    private static let block = 256 * 1024
    private(set) var bytes = [UInt8](repeating: 0, count: LineReader.block)
    private var start = 0
    private var searched = 0
    private var end = 0
    private var isInLongLine = false
    private var sawEnd = false
    private let limit: Int

    /// - Parameter limit: the longest line, in bytes without LF.
    init(limit: Int) {
        self.limit = limit
    }

    /// The next event. After `starved` it stays the same until `fill`.
    mutating func next() -> Event {
        if let newline = newline() {
            let range = start..<newline
            (start, searched) = (newline + 1, newline + 1)
            if isInLongLine || range.count > limit {
                isInLongLine = false
                return .fragment(range, last: true)
            }
            return .line(range)
        }
        searched = end
        return sawEnd ? rest() : beginningOfLongLine() ?? .starved
    }

    /// The end of input has come, and there is no LF any more.
    private mutating func rest() -> Event {
        let range = start..<end
        start = end
        if isInLongLine || range.count > limit {
            isInLongLine = false
            return .fragment(range, last: true)
        }
        return range.isEmpty ? .end : .torn(range)
    }

    private mutating func beginningOfLongLine() -> Event? {
        guard isInLongLine ? end - start >= Self.block : end - start > limit else { return nil }
        isInLongLine = true
        let range = start..<min(end, start + Self.block)
        start = range.upperBound
        return .fragment(range, last: false)
    }

    private mutating func newline() -> Int? {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            guard searched < end, let base = bytes.baseAddress,
                let found = unsafe memchr(base + searched, 0x0A, end - searched)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// How many bytes of an unfinished line are here.
    var unfinished: Int { end - start }

    /// Reads once; blocks when nothing is there.
    mutating func fill(from input: borrowing Descriptor) throws(SystemError) {
        makeRoom()
        let end = self.end
        var all = bytes.mutableSpan
        var room = all._mutatingExtracting(end...)
        let count = try input.read(into: &room)
        self.end += count
        if count == 0 { sawEnd = true }
    }

    /// Makes sure that a good part of a block can be read: moves what is unread to the front, or grows for a long
    /// line, and shrinks after it.
    private mutating func makeRoom() {
        let unread = start..<end
        if unread.isEmpty, bytes.count > 8 * Self.block { bytes = [UInt8](repeating: 0, count: Self.block) }
        guard unread.isEmpty || bytes.count - end < Self.block / 2 else { return }
        if unread.count > bytes.count / 2 { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
        move(unread)
        searched -= start
        (start, end) = (0, unread.count)
    }

    private mutating func move(_ range: Range<Int>) {
        unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard range.lowerBound > 0, let base = bytes.baseAddress else { return }
            _ = unsafe memmove(base, base + range.lowerBound, range.count)
        }
    }
}
