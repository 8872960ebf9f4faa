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
            }
        }
        return i
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
