import Bytes

// Character references, §13.2.5.72–80.

/// `&name;`, `&#number;`, `&#xhex;`.
enum HTMLCharacterReference {
    /// Decodes the reference whose `&` begins the range and appends what it stands for. The index after it; nil when it is none.
    static func decode(
        _ input: Span<UInt8>, _ range: Range<Int>, inAttribute: Bool, to output: inout [UInt8]
    ) -> Int? {
        let start = range.lowerBound + 1
        guard start < range.upperBound else { return nil }
        if input[start] == UInt8(ascii: "#") { return numeric(input, start + 1..<range.upperBound, &output) }
        guard input[start].isAlpha, let found = HTMLEntity.longest(input, start..<range.upperBound) else { return nil }
        if inAttribute, input[found.end - 1] != UInt8(ascii: ";"), found.end < range.upperBound {
            let next = input[found.end]
            if next == UInt8(ascii: "=") || next.isAlpha || next.isDigit { return nil }
        }
        let records = HTMLEntityTable.records.utf8.span
        for i in found.value { output.append(records[i]) }
        return found.end
    }

    private static func numeric(_ input: Span<UInt8>, _ range: Range<Int>, _ output: inout [UInt8]) -> Int? {
        var i = range.lowerBound
        guard i < range.upperBound else { return nil }
        let radix: UInt32 = input[i].lowered == UInt8(ascii: "x") ? 16 : 10
        if radix == 16 { i += 1 }
        let digits = i
        var value: UInt32 = 0
        while i < range.upperBound, let digit = input[i].hexValue, digit < radix {
            value = min(value * radix + UInt32(digit), 0x11_0000)
            i += 1
        }
        guard i > digits else { return nil }
        output.appendScalar(meaning(value))
        return i < range.upperBound && input[i] == UInt8(ascii: ";") ? i + 1 : i
    }

    /// NUL is U+FFFD, and the C1 controls are what windows-1252 has there (§13.2.5.80).
    private static func meaning(_ value: UInt32) -> UInt32 {
        if value == 0 { return 0xFFFD }
        return (0x80...0x9F).contains(value) ? UInt32(Windows1252.upper[Int(value - 0x80)]) : value
    }
}

/// Looks names up in the table of entities.
enum HTMLEntity {
    struct Match {
        /// The index after the name.
        let end: Int
        /// What it stands for, in the records.
        let value: Range<Int>
    }

    /// Where each record begins, and the end.
    private static let starts: [Int] = {
        let records = HTMLEntityTable.records.utf8.span
        var starts = [0]
        starts.reserveCapacity(2_240)
        for i in records.indices where records[i] == 0 { starts.append(i + 1) }
        return starts
    }()

    /// The first record of each letter.
    private static let letters: [Range<Int>] = {
        let records = HTMLEntityTable.records.utf8.span
        var letters = [Range<Int>](repeating: 0..<0, count: 128)
        for i in 0..<starts.count - 1 {
            let letter = Int(records[starts[i]])
            letters[letter] = letters[letter].isEmpty ? i..<i + 1 : letters[letter].lowerBound..<i + 1
        }
        return letters
    }()

    /// The usual names in an open hash table, each without its semicolon: others are searched for.
    private struct Usual {
        private var slots = [(key: UInt64, value: Range<Int>)](repeating: (0, 0..<0), count: 128)

        init() {
            let names = """
                nbsp;amp;lt;gt;quot;apos;copy;reg;trade;rsquo;lsquo;rdquo;ldquo;ndash;mdash;hellip;bull;middot;raquo;laquo;euro;pound;zwnj;zwj;\
                shy;ensp;emsp;thinsp;auml;ouml;uuml;Auml;Ouml;Uuml;szlig;eacute;egrave;agrave;ccedil;ntilde;aacute;
                """.utf8.span
            var start = 0
            while let end = names.firstIndex(of: UInt8(ascii: ";"), in: start..<names.count) {
                if let match = HTMLEntity.searched(names, start..<names.count) {
                    let key = Self.key(names, start..<end)
                    var index = Self.index(key)
                    while slots[index].key != 0 { index = (index + 1) & 127 }
                    slots[index] = (key, match.value)
                }
                start = end + 1
            }
        }

        private static func key(_ bytes: Span<UInt8>, _ name: Range<Int>) -> UInt64 {
            var key: UInt64 = 0
            for i in name { key = key << 8 | UInt64(bytes[i]) }
            return key
        }

        private static func index(_ key: UInt64) -> Int {
            Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 57)
        }

        /// What the name with its semicolon is, if that is among them.
        func find(_ input: Span<UInt8>, _ range: Range<Int>) -> Match? {
            guard range.count >= 8 else { return nil }
            let word = input.word(range.lowerBound)
            let bits = UInt64(Words.zeros(word ^ Words.all(UInt8(ascii: ";"))).trailingZeroBitCount & ~7)
            guard bits > 0, bits < 64 else { return nil }
            let key = word.byteSwapped &>> (64 &- bits)
            var index = Self.index(key)
            while slots[index].key != 0 {
                if slots[index].key == key {
                    return Match(end: range.lowerBound &+ Int(bits &>> 3) &+ 1, value: slots[index].value)
                }
                index = (index &+ 1) & 127
            }
            return nil
        }
    }

    private static let usual = Usual()

    /// The longest name that the range, which begins with a letter, begins with.
    static func longest(_ input: Span<UInt8>, _ range: Range<Int>) -> Match? {
        usual.find(input, range) ?? searched(input, range)
    }

    private static func searched(_ input: Span<UInt8>, _ range: Range<Int>) -> Match? {
        let records = HTMLEntityTable.records.utf8.span
        let starts = starts
        var candidates = letters[Int(input[range.lowerBound])]
        var depth = 1
        var match: Match?
        while !candidates.isEmpty {
            let first = starts[candidates.lowerBound]
            if records[first + depth] == .space {
                let end = range.lowerBound + depth
                match = Match(end: end, value: first + depth + 1..<starts[candidates.lowerBound + 1] - 1)
            }
            guard range.lowerBound + depth < range.upperBound else { break }
            let next = input[range.lowerBound + depth]
            guard next.isAlpha || next.isDigit || next == UInt8(ascii: ";") else { break }
            let lower = firstRecord(starts, candidates, depth, atLeast: next, records)
            candidates = lower..<firstRecord(starts, lower..<candidates.upperBound, depth, atLeast: next + 1, records)
            depth += 1
        }
        return match
    }

    /// The first of the candidates whose byte at `depth` is not below `byte`; they share the bytes before it and are sorted.
    private static func firstRecord(
        _ starts: [Int], _ candidates: Range<Int>, _ depth: Int, atLeast byte: UInt8, _ records: Span<UInt8>
    ) -> Int {
        var low = candidates.lowerBound
        var high = candidates.upperBound
        while low < high {
            let middle = (low + high) / 2
            if records[starts[middle] + depth] < byte { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
