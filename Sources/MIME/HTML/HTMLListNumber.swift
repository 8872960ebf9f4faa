/// Numbers of list items: digits, letters or Roman numerals.
enum HTMLListNumber {
    /// Appends a number in the style of a `type` attribute: `a`, `A`, `i`, `I`, or any other byte for digits. What has no form in a
    /// style is written in digits, as CSS says.
    static func append(_ number: Int, style: UInt8, to output: inout [UInt8]) {
        let start = output.count
        switch style {
        case UInt8(ascii: "a"), UInt8(ascii: "A"): appendLetters(number, to: &output)
        case UInt8(ascii: "i"), UInt8(ascii: "I"): appendRoman(number, to: &output)
        default: break
        }
        if output.count == start { return output.append(String(number).utf8.span) }
        guard style == UInt8(ascii: "A") || style == UInt8(ascii: "I") else { return }
        for i in start..<output.count { output[i] -= 0x20 }
    }

    private static func appendLetters(_ number: Int, to output: inout [UInt8]) {
        var rest = number
        var letters: [UInt8] = []
        while rest > 0 {
            rest -= 1
            letters.append(UInt8(ascii: "a") + UInt8(rest % 26))
            rest /= 26
        }
        output.append(contentsOf: letters.reversed())
    }

    private static func appendRoman(_ number: Int, to output: inout [UInt8]) {
        guard 1..<4_000 ~= number else { return }
        var rest = number
        let numerals: [(Int, String)] = [
            (1_000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
            (10, "x"),
            (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
        ]
        for (value, letters) in numerals {
            while rest >= value {
                output.append(letters.utf8.span)
                rest -= value
            }
        }
    }
}
