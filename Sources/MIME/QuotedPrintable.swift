import Bytes

/// Quoted-printable (RFC 2045 §6.7), and the Q encoding of encoded words (RFC 2047 §4.2).
enum QuotedPrintable {
    /// Appends the decoded bytes and returns how many `=` were followed by neither a line end nor two digits. Those stay as they are.
    static func decode(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Int {
        var damaged = 0
        output.appendInRegisters(bytes.count + 32) { room in
            var i = 0
            while i < bytes.count {
                let start = i
                i = room.append(until: { ($0 .== .all(UInt8(ascii: "="))) .| ($0 .== .all(.lf)) }, bytes, i)
                let end = i
                // Those of letters that are no ASCII stand together.
                while i < bytes.count, bytes[i] == UInt8(ascii: "="), let byte = hexByte(bytes, i + 1) {
                    room.append(byte)
                    i += 3
                }
                guard i < bytes.count else { return }
                if i > end { continue }
                if bytes[i] == .lf {
                    endLine(bytes, start..<i, in: &room)
                    i += 1
                } else if let after = softBreak(bytes, i + 1) {
                    i = after
                } else {
                    damaged += 1
                    room.append(bytes[i])
                    i += 1
                }
            }
        }
        return damaged
    }

    /// Appends the LF of a line that was appended, and takes back the white space that some gateway has put before its end.
    @inline(__always)
    private static func endLine(_ bytes: Span<UInt8>, _ line: Range<Int>, in output: inout OutputSpan<UInt8>) {
        let lf = line.upperBound
        let ending = lf > line.lowerBound && bytes[lf - 1] == .cr ? lf - 1 : lf
        var end = ending
        while end > line.lowerBound, bytes[end - 1].isWSP { end -= 1 }
        if end < ending {
            output.removeLast(lf - end)
            if ending < lf { output.append(.cr) }
        }
        output.append(.lf)
    }

    @inline(__always)
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
