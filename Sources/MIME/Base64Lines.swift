import Bytes

/// Base64 as runs of symbols, to be copied into other base64: what may stand between them is passed over, nothing is decoded.
struct Base64Lines: ~Escapable {
    /// Lines of `width` symbols, one every `stride` bytes. Often a whole body but for its last line is one such block.
    struct Block: Sendable {
        let start: Int
        let width: Int
        var stride = 0
        var lines = 1

        var symbols: Int { width * lines }
        /// The place of the last symbol.
        var last: Int { start + (lines - 1) * stride + width - 1 }
    }

    private let bytes: Span<UInt8>
    private let values: Span<UInt8>
    private var position = 0
    private var lineStart = 0
    /// The length of the line before, its end included; 0: there was none.
    private var line = 0
    private var padded = false
    /// How many symbols the blocks so far have.
    private(set) var symbols = 0
    /// Bytes outside the alphabet, line ends aside.
    private(set) var ignored = 0
    /// Whether runs follow a padding in the middle of a group: then the content has to be decoded and encoded again.
    private(set) var isStuck = false

    @_lifetime(copy bytes, copy values)
    init(_ bytes: Span<UInt8>, _ values: Span<UInt8>) {
        self.bytes = bytes
        self.values = values
    }

    /// The next block; nil at the end, or when it is stuck.
    mutating func next() -> Block? {
        while position < bytes.count {
            if position == lineStart, line > 0, !padded, let block = wholeLines() { return block }
            let value = values[Int(bytes[position])]
            if value < 64 || value == 66, padded {
                isStuck = true
                return nil
            }
            if value < 64 { return run() }
            if value == 65, symbols % 4 > 1 { padded = true }
            if value == 66 { ignored += 1 }
            position += 1
            if bytes[position - 1] == .lf {
                line = position - lineStart
                lineStart = position
            }
        }
        return nil
    }

    /// Lines as long as the one before, which most are, that hold nothing but symbols.
    private mutating func wholeLines() -> Block? {
        let crlf = line > 1 && bytes[position - 2] == .cr
        let width = line - (crlf ? 2 : 1)
        let start = position
        guard width > 0 else { return nil }
        while position + line <= bytes.count, bytes[position + line - 1] == .lf,
            !crlf || bytes[position + width] == .cr, isSymbols(position, width)
        {
            position += line
        }
        guard position > start else { return nil }
        lineStart = position
        let block = Block(start: start, width: width, stride: line, lines: (position - start) / line)
        symbols += block.symbols
        return block
    }

    private mutating func run() -> Block {
        let start = position
        while position + 16 <= bytes.count, isSymbols(position, 16) { position += 16 }
        while position < bytes.count, values[Int(bytes[position])] < 64 { position += 1 }
        symbols += position - start
        return Block(start: start, width: position - start)
    }

    /// Whether the bytes at `start` are symbols. There is no way out in the middle: lines are short, and nearly all of them are whole.
    @inline(__always)
    private func isSymbols(_ start: Int, _ width: Int) -> Bool {
        guard width >= 16 else {
            for i in start..<start + width where values[Int(bytes[i])] >= 64 { return false }
            return true
        }
        let line = bytes.extracting(start..<start + width)
        var found = Base64.symbols(line.block(width &- 16))
        var i = 0
        while i < width &- 16 {
            found = found .& Base64.symbols(line.block(i))
            i &+= 16
        }
        return !(.!found).isSet
    }
}
