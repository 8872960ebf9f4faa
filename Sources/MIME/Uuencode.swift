/// Uuencoded bodies (POSIX uuencode), as Content-Transfer-Encoding names them.
enum Uuencode {
    /// What was found.
    struct Result {
        /// Whether there was a `begin` line.
        var begun = false
        /// Whether there was an `end` line.
        var ended = false
        /// Lines whose length is wrong.
        var damagedLines = 0
    }

    /// Appends what stands between `begin` and `end`.
    static func decode(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Result {
        var result = Result()
        var i = 0
        while i < bytes.count, !result.ended {
            let lf = bytes.firstIndex(of: .lf, in: i..<bytes.count) ?? bytes.count
            let line = i..<(lf > i && bytes[lf - 1] == .cr ? lf - 1 : lf)
            if !result.begun {
                result.begun = bytes.starts(line, with: "begin ")
            } else if bytes.equals(line, "end") {
                result.ended = true
            } else if !decodeLine(bytes, line, to: &output) {
                result.damagedLines += 1
            }
            i = lf + 1
        }
        return result
    }

    /// Appends one line: its first byte says how many bytes it holds. Missing spaces at its end count as zero.
    private static func decodeLine(_ bytes: Span<UInt8>, _ line: Range<Int>, to output: inout [UInt8]) -> Bool {
        guard !line.isEmpty, bytes[line.lowerBound] &- 0x20 <= 0x40 else { return line.isEmpty }
        var left = Int((bytes[line.lowerBound] &- 0x20) & 0x3F)
        let whole = (left + 2) / 3 * 4 <= line.count - 1 + 4
        var i = line.lowerBound + 1
        func value(_ k: Int) -> UInt32 { k < line.upperBound ? UInt32((bytes[k] &- 0x20) & 0x3F) : 0 }
        while left > 0, i < line.upperBound {
            let bits = value(i) << 18 | value(i + 1) << 12 | value(i + 2) << 6 | value(i + 3)
            output.append(UInt8(truncatingIfNeeded: bits >> 16))
            if left > 1 { output.append(UInt8(truncatingIfNeeded: bits >> 8)) }
            if left > 2 { output.append(UInt8(truncatingIfNeeded: bits)) }
            left -= 3
            i += 4
        }
        return whole
    }
}
