/// Takes base64 over into base64: the symbols are copied, nothing is decoded.
enum Base64Copy {
    /// Appends the symbols on one line, padded; nil, with nothing appended, when runs follow a padding in the middle of a group: then the
    /// content has to be decoded and encoded again.
    static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> (size: Int, damage: Base64.Damage)? {
        let before = output.count
        var damage = Base64.Damage()
        let used = copySymbols(bytes, Base64.values, to: &output, &damage)
        if used < bytes.count {
            output.removeLast(output.count - before)
            return nil
        }
        return (finish(before, &output, &damage), damage)
    }

    /// Copies what is in the alphabet, up to what follows a padding. Returns how many bytes were used.
    private static func copySymbols(
        _ bytes: Span<UInt8>, _ values: [UInt8], to output: inout [UInt8], _ damage: inout Base64.Damage
    ) -> Int {
        var i = 0
        var padded = false
        output.append(addingCapacity: bytes.count + 4) { (room: inout OutputSpan<UInt8>) in
            var symbols = 0
            var line = 0
            while i < bytes.count {
                if line > 0, !padded {
                    let copied = copyLines(bytes, i, line, to: &room)
                    symbols += copied.symbols
                    i = copied.end
                    guard i < bytes.count else { return }
                }
                let start = i
                while i < bytes.count {
                    let value = values[Int(bytes[i])]
                    if value < 64 {
                        if padded { return }
                        room.append(bytes[i])
                        symbols += 1
                    } else if value == 65 {
                        padded = padded || symbols % 4 > 1
                    } else if value == 66 {
                        if padded { return }
                        damage.ignored += 1
                    }
                    i += 1
                    if bytes[i - 1] == .lf { break }
                }
                line = i - start
            }
        }
        return i
    }

    /// Copies lines as long as they are as long as the one before, which most are, and hold nothing but symbols. `line` is that length, the
    /// line end included.
    private static func copyLines(
        _ bytes: Span<UInt8>, _ start: Int, _ line: Int, to room: inout OutputSpan<UInt8>
    ) -> (symbols: Int, end: Int) {
        var i = start
        let crlf = line > 1 && bytes[start - 2] == .cr
        let width = line - (crlf ? 2 : 1)
        var symbols = 0
        while i + line <= bytes.count, bytes[i + line - 1] == .lf, !crlf || bytes[i + width] == .cr {
            let content = bytes.extracting(i..<i + width)
            var others: UInt8 = 0
            for k in content.indices { others |= Base64.isOther(content[k]) }
            guard others == 0 else { break }
            for k in content.indices { room.append(content[k]) }
            symbols += width
            i += line
        }
        return (symbols, i)
    }

    /// Pads the last group, and clears the bits in it that stand for nothing. Returns the decoded size.
    private static func finish(_ before: Int, _ output: inout [UInt8], _ damage: inout Base64.Damage) -> Int {
        let symbols = output.count - before
        let size = symbols / 4 * 3 + [0, 0, 1, 2][symbols % 4]
        switch symbols % 4 {
        case 1:
            output.removeLast()
            damage.truncated = true
        case 2, 3:
            let last = output.count - 1
            let keep: UInt8 = symbols % 4 == 2 ? 0x30 : 0x3C
            output[last] = Base64.alphabet[Int((Base64.value(output[last]) ?? 0) & keep)]
            while (output.count - before) % 4 != 0 { output.append(UInt8(ascii: "=")) }
        default: break
        }
        return size
    }
}
