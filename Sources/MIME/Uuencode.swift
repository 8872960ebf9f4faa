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

// Files that stand in the middle of a text, as programs sent them before MIME.

extension Uuencode {
    /// A file in a text: from its `begin` line to its `end` line.
    struct File {
        /// Both lines included, and the line end.
        let block: Range<Int>
        /// The name in the `begin` line.
        let name: Range<Int>
    }

    /// The files that stand in a text, and whether there is a `begin` line without one.
    static func files(_ bytes: Span<UInt8>, in text: Range<Int>) -> (files: [File], damaged: Bool) {
        var files: [File] = []
        var damaged = false
        var line = text.lowerBound
        while line < text.upperBound, files.count < Limits.uuencodedFiles {
            if let name = beginLine(bytes, line, text.upperBound) {
                if let end = endOfBlock(bytes, after: name, text.upperBound, &damaged) {
                    files.append(File(block: line..<end, name: name))
                    line = end
                    continue
                }
            }
            line = bytes.firstPair(.lf, in: line..<text.upperBound) { $0 .== .all(UInt8(ascii: "b")) } + 1
        }
        return (files, damaged)
    }

    /// `begin`, a mode of three or four octal digits, and the name, whose range is returned.
    private static func beginLine(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int>? {
        guard bytes[start] == UInt8(ascii: "b"), bytes.starts(start..<end, with: "begin ") else { return nil }
        var i = start + 6
        let mode = i
        while i < end, bytes[i] & 0xF8 == 0x30 { i += 1 }
        guard 3...4 ~= i - mode, i < end, bytes[i] == .space else { return nil }
        let name = bytes.trimmed(i..<endOfLine(bytes, i, end))
        return name.isEmpty || name.count > Limits.uuencodedName ? nil : name
    }

    private static func endOfLine(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        bytes.firstIndex(of: .lf, in: start..<end) ?? end
    }

    /// After the `end` line. A text that was cut ends the block as well; any line that cannot be one of it makes it none.
    private static func endOfBlock(
        _ bytes: Span<UInt8>, after name: Range<Int>, _ end: Int, _ damaged: inout Bool
    ) -> Int? {
        var i = endOfLine(bytes, name.upperBound, end) + 1
        var lines = 0
        while i < end {
            let lf = endOfLine(bytes, i, end)
            let line = bytes.withoutCR(i..<lf)
            if bytes.equals(line, "end") { return min(lf + 1, end) }
            guard isData(bytes, line) else {
                damaged = damaged || lines > 0
                return nil
            }
            lines += 1
            i = lf + 1
        }
        return lines > 1 ? end : nil
    }

    /// Characters of uuencode alone, as many as the first says, a lost space or a check character at the end aside.
    private static func isData(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
        guard let first = line.first else { return true }
        let count = Int((bytes[first] &- 0x20) & 0x3F)
        guard count > 0 || line.count == 1 else { return false }
        for i in line where bytes[i] &- 0x20 > 0x40 { return false }
        return line.count <= 1 + (count + 2) / 3 * 4 + 2
    }
}

extension Span<UInt8> {
    /// The line without the CR at its end.
    fileprivate func withoutCR(_ line: Range<Int>) -> Range<Int> {
        line.isEmpty || self[line.upperBound - 1] != .cr ? line : line.dropLast()
    }
}
