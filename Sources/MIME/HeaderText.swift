/// Decodes header text: unfolds it, decodes encoded words wherever they stand, and gives raw 8-bit text a charset.
///
/// Encoded words that only white space separates are joined as bytes before their charset is decoded, since senders split characters.
struct HeaderText {
    /// What raw 8-bit text that is not UTF-8 is read with.
    var fallback = Charset(decoder: .windows1252)
    /// What was no text.
    private(set) var damage = TextDamage()
    /// Encoded words in charsets that nobody knows.
    private(set) var unknownCharsets = 0
    /// Encoded words that were damaged.
    private(set) var damagedWords = 0
    /// Whether there was raw 8-bit text that is not UTF-8.
    private(set) var unlabelled = false

    /// The joined bytes of the running words.
    private var joined: [UInt8] = []
    private var charset = Charset.unlabelled
    private var noEnd = Int.max

    /// Appends the decoded text of a range.
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        noEnd = Int.max
        let end = range.upperBound
        if Self.isPlain(bytes, range) { return output.append(bytes.extracting(range)) }
        var i = range.lowerBound
        var run = i
        while true {
            i = bytes.first(UInt8(ascii: "="), .lf, .cr, in: i..<end)
            guard i < end else { break }
            if bytes[i] != UInt8(ascii: "=") {
                appendRaw(bytes, run..<i, of: range, to: &output)
                let folds = bytes[i] == .lf || i + 1 < end && bytes[i + 1] == .lf
                if !folds { output.append(.space) }
                i += 1
                run = i
            } else if i + 1 < end, bytes[i + 1] == UInt8(ascii: "?"),
                let word = EncodedWord(bytes, i, end, noEnd: &noEnd)
            {
                appendRaw(bytes, run..<i, of: range, to: &output)
                i = appendWords(bytes, word, end, to: &output)
                run = i
            } else {
                i += 1
            }
        }
        appendRaw(bytes, run..<end, of: range, to: &output)
    }

    /// Whether nothing is to be decoded or unfolded.
    static func isPlain(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard bytes.endOfPrintable(range.lowerBound, range.upperBound) == range.upperBound else { return false }
        var i = range.lowerBound
        while let equal = bytes.firstIndex(of: UInt8(ascii: "="), in: i..<range.upperBound) {
            if equal + 1 < range.upperBound, bytes[equal + 1] == UInt8(ascii: "?") { return false }
            i = equal + 1
        }
        return true
    }

    /// Appends a run of words, and returns where it ends.
    private mutating func appendWords(
        _ bytes: Span<UInt8>, _ first: EncodedWord, _ end: Int, to output: inout [UInt8]
    ) -> Int {
        var word = first
        while true {
            take(bytes, word, to: &output)
            guard let next = EncodedWord(bytes, bytes.skipFWS(word.after, end), end, noEnd: &noEnd) else { break }
            word = next
        }
        flush(to: &output)
        return word.after
    }

    /// Adds a word to the running ones, after writing those if the charset is another.
    private mutating func take(_ bytes: Span<UInt8>, _ word: EncodedWord, to output: inout [UInt8]) {
        let named = Charset(label: bytes, word.charset)
        if named == nil { unknownCharsets += 1 }
        let next = named ?? .unlabelled
        // Words in ISO-2022-KR begin and end unshifted (RFC 2047 §3), but JavaMail leaves out the end.
        if next != charset || next.decoder == .iconv("ISO-2022-KR") { flush(to: &output) }
        charset = next
        if !word.decode(bytes, to: &joined) { damagedWords += 1 }
    }

    private mutating func flush(to output: inout [UInt8]) {
        guard !joined.isEmpty else { return }
        var text: [UInt8] = []
        swap(&text, &joined)
        charset.append(text.span, .header, to: &output, &damage)
        text.removeAll(keepingCapacity: true)
        swap(&text, &joined)
    }

    /// Appends text that is no encoded word. Whether 8-bit text is UTF-8 is judged by the whole of it.
    private mutating func appendRaw(
        _ bytes: Span<UInt8>, _ run: Range<Int>, of whole: Range<Int>, to output: inout [UInt8]
    ) {
        guard !run.isEmpty else { return }
        let text = bytes.extracting(run)
        if bytes.isASCII(run) || UTF8Sequence.isValid(text) {
            output.appendText(text, .header, &damage)
        } else {
            unlabelled = true
            appendUnlabelled(text, to: &output)
        }
    }

    /// Appends with the fallback, with windows-1252 when it does not fit.
    func appendUnlabelled(_ text: Span<UInt8>, to output: inout [UInt8]) {
        var found = TextDamage()
        let before = output.count
        fallback.append(text, .header, to: &output, &found)
        guard found.undecodable > 0 else { return }
        output.removeLast(output.count - before)
        output.appendWindows1252(text, .header, &found)
    }

    /// Reports what was wrong.
    func report(part: Int?, to defects: inout Defects) {
        if unknownCharsets > 0 { defects.add(.charset, part: part, "an encoded word names a charset that is unknown") }
        if damagedWords > 0 { defects.add(.encodedWord, part: part, "an encoded word is damaged") }
        if damage.undecodable > 0 {
            defects.add(.undecodable, part: part, "\(damage.undecodable) bytes of a header field are no text")
        }
        if damage.nul > 0 { defects.add(.nul, part: part, "U+0000 in a header field") }
        if unlabelled { defects.add(.unlabelled, part: part, "8-bit text that is not UTF-8 in a header field") }
    }
}
