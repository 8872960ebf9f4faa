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
        output.append(HTMLEntityTable.records.utf8.span.extracting(found.value))
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

    /// The longest name that the range, which begins with a letter, begins with.
    static func longest(_ input: Span<UInt8>, _ range: Range<Int>) -> Match? {
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
