/// An encoded word (RFC 2047): `=?charset*language?B?text?=`.
struct EncodedWord {
    /// Without the language (RFC 2231 §5).
    let charset: Range<Int>
    let isBase64: Bool
    let text: Range<Int>
    /// Where the text after it begins.
    let after: Int

    /// Reads the word that begins at `start` with `=?`; nil when there is none. `noEnd` is where a search for `?=` has failed before, so that
    /// a flood of beginnings costs no more than its length.
    init?(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, noEnd: inout Int) {
        guard start + 1 < end, bytes[start] == UInt8(ascii: "="), bytes[start + 1] == UInt8(ascii: "?"),
            let question = Self.charsetEnd(bytes, start + 2, end), question + 2 < end,
            bytes[question + 2] == UInt8(ascii: "?")
        else { return nil }
        let letter = bytes[question + 1].lowered
        guard letter == UInt8(ascii: "b") || letter == UInt8(ascii: "q") else { return nil }
        isBase64 = letter == UInt8(ascii: "b")
        guard let textEnd = Self.textEnd(bytes, question + 3, end, base64: isBase64, noEnd: &noEnd) else { return nil }
        let star = bytes.firstIndex(of: UInt8(ascii: "*"), in: start + 2..<question) ?? question
        guard star > start + 2 else { return nil }
        charset = start + 2..<star
        text = question + 3..<textEnd
        after = textEnd + 2
    }

    private static func charsetEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var i = start
        while i < end, i - start <= Limits.charsetName {
            if bytes[i] == UInt8(ascii: "?") { return i }
            guard bytes[i].isVCHAR else { return nil }
            i += 1
        }
        return nil
    }

    /// Where `?=` stands. White space is not allowed in the text, but senders fold there.
    private static func textEnd(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int, base64: Bool, noEnd: inout Int
    ) -> Int? {
        guard start < noEnd else { return nil }
        var i = start
        while i + 1 < end {
            if bytes[i] == UInt8(ascii: "?") {
                if bytes[i + 1] == UInt8(ascii: "=") { return i }
                if base64 { return nil }
            }
            i += 1
        }
        noEnd = start
        return nil
    }

    /// Appends the bytes of the text, not yet decoded to Unicode, and returns whether all of it could be decoded. Missing padding is no damage.
    func decode(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard isBase64 else { return QuotedPrintable.decodeWord(bytes.extracting(text), to: &output) == 0 }
        let damage = Base64.decode(bytes.extracting(text), to: &output)
        return damage.ignored == 0 && damage.footer == 0
    }
}
