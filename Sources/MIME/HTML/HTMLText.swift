/// HTML as text that a person likes to read.
public enum HTMLText {
    /// Appends the text of an HTML document, as a mail reader would show it.
    ///
    /// - Parameters:
    ///   - html: UTF-8. Bytes that are none read as U+FFFD.
    ///   - output: Gets lines that end with LF, or nothing. Paragraphs are set apart by one blank line, quotes begin with `> `, list
    ///     items with `* ` or their number, links are `text <url>`; what the page hides is left out.
    ///
    /// Takes time and memory in proportion to the input, whatever it holds.
    public static func append(_ html: Span<UInt8>, to output: inout [UInt8]) {
        var cues = HTMLCues()
        append(html, to: &output, &cues, marksCues: false)
    }

    /// As `append(_:to:)`, and says where mail programs begin what they quote.
    static func appendMarked(_ html: Span<UInt8>, to output: inout [UInt8]) -> HTMLCues {
        var cues = HTMLCues()
        append(html, to: &output, &cues, marksCues: true)
        return cues
    }

    private static func append(
        _ html: Span<UInt8>, to output: inout [UInt8], _ cues: inout HTMLCues, marksCues: Bool
    ) {
        let html = html.extracting(first: HTMLLimits.bytes)
        var written: [UInt8] = []
        swap(&written, &output)
        written.reserveCapacity(written.count + html.count / 4)
        output = HTMLLayout(html, written).run(tree(html, marksCues), &cues)
    }

    private static func tree(_ html: Span<UInt8>, _ marksCues: Bool) -> HTMLTree {
        var tokenizer = HTMLTokenizer(html)
        var builder = HTMLTreeBuilder(expecting: html.count, marksCues: marksCues)
        while true {
            switch tokenizer.next() {
            case .text(let range): builder.text(html, range)
            case .characters: builder.characters(tokenizer.characters)
            case .startTag: builder.startTag(&tokenizer)
            case .endTag: builder.endTag(tokenizer)
            case .comment, .doctype: break
            case .end: return builder.tree
            }
            tokenizer.allowsCDATA = builder.isInForeignContent
        }
    }
}
