/// Base64 as RFC 4648 §4 writes it: padded, no line ends.
package enum Base64 {
    private static let alphabet: InlineArray<64, UInt8> = {
        var letters = InlineArray<64, UInt8>(repeating: 0)
        for index in 0..<26 {
            letters[index] = UInt8(ascii: "A") + UInt8(index)
            letters[index + 26] = UInt8(ascii: "a") + UInt8(index)
        }
        for index in 0..<10 { letters[index + 52] = UInt8(ascii: "0") + UInt8(index) }
        letters[62] = UInt8(ascii: "+")
        letters[63] = UInt8(ascii: "/")
        return letters
    }()

    /// How many letters this many bytes take.
    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Appends the letters for these bytes.
    package static func encode(_ data: Span<UInt8>, into bytes: inout [UInt8]) {
        let letters = alphabet
        bytes.append(addingCapacity: encodedCount(data.count)) { output in
            let whole = data.count - data.count % 3
            var index = 0
            while index < whole {
                let bits = UInt32(data[index]) << 16 | UInt32(data[index + 1]) << 8 | UInt32(data[index + 2])
                append(bits, 4, letters, &output)
                index += 3
            }
            switch data.count - whole {
            case 1: append(UInt32(data[whole]) << 16, 2, letters, &output)
            case 2: append(UInt32(data[whole]) << 16 | UInt32(data[whole + 1]) << 8, 3, letters, &output)
            default: break
            }
        }
    }

    /// Appends the first `count` of the four letters that 24 bits make, then padding.
    @inline(__always)
    private static func append(
        _ bits: UInt32, _ count: Int, _ letters: InlineArray<64, UInt8>, _ output: inout OutputSpan<UInt8>
    ) {
        output.append(letters[Int(bits >> 18 & 63)])
        output.append(letters[Int(bits >> 12 & 63)])
        output.append(count > 2 ? letters[Int(bits >> 6 & 63)] : UInt8(ascii: "="))
        output.append(count > 3 ? letters[Int(bits & 63)] : UInt8(ascii: "="))
    }
}
