/// Quoted-printable (RFC 2045 §6.7), and the Q encoding of encoded words (RFC 2047 §4.2).
enum QuotedPrintable {
    /// Appends the decoded bytes and returns how many `=` were followed by neither a line end nor two digits. Those stay as they are.
    static func decode(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Int {
        var damaged = 0
        var i = 0
        // More than is needed, which costs nothing; not where more was appended before, and more will be: that must grow by itself.
        if output.isEmpty { output.reserveCapacity(bytes.count) }
        while i < bytes.count {
            let start = i
            i = bytes.firstIndex(of: UInt8(ascii: "="), or: .lf, in: i..<bytes.count)
            guard i < bytes.count else {
                output.append(bytes.extracting(start..<i))
                break
            }
            if bytes[i] == .lf {
                appendLine(bytes, start..<i + 1, to: &output)
                i += 1
                continue
            }
            output.append(bytes.extracting(start..<i))
            if let byte = hexByte(bytes, i + 1) {
                output.append(byte)
                i += 3
            } else if let after = softBreak(bytes, i + 1) {
                i = after
            } else {
                damaged += 1
                output.append(bytes[i])
                i += 1
            }
        }
        return damaged
    }

    /// Appends a line that ends with LF, without the white space that some gateway has put before its end.
    private static func appendLine(_ bytes: Span<UInt8>, _ line: Range<Int>, to output: inout [UInt8]) {
        let lf = line.upperBound - 1
        let ending = lf > line.lowerBound && bytes[lf - 1] == .cr ? lf - 1 : lf
        var end = ending
        while end > line.lowerBound, bytes[end - 1].isWSP { end -= 1 }
        output.append(bytes.extracting(line.lowerBound..<end))
        output.append(bytes.extracting(ending..<line.upperBound))
    }

    private static func hexByte(_ bytes: Span<UInt8>, _ i: Int) -> UInt8? {
        guard i + 1 < bytes.count, let high = bytes[i].hexValue, let low = bytes[i + 1].hexValue else { return nil }
        return high << 4 | low
    }

    /// The end of a soft line break whose `=` stands before `start`.
    private static func softBreak(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        var i = start
        while i < bytes.count, bytes[i].isWSP { i += 1 }
        if i < bytes.count, bytes[i] == .cr { i += 1 }
        if i == bytes.count { return i }
        return bytes[i] == .lf ? i + 1 : nil
    }

    /// Appends the text of an encoded word in Q encoding and returns how many `=` were not followed by two digits. Those stay as they are.
    static func decodeWord(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Int {
        var damaged = 0
        var i = 0
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "="), let byte = hexByte(bytes, i + 1) {
                output.append(byte)
                i += 3
            } else {
                if bytes[i] == UInt8(ascii: "=") { damaged += 1 }
                if bytes[i] != .cr, bytes[i] != .lf {
                    output.append(bytes[i] == UInt8(ascii: "_") ? .space : bytes[i])
                }
                i += 1
            }
        }
        return damaged
    }
}
