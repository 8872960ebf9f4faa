/// HTML as text that a person likes to read.
public enum HTMLText {
    /// Appends the text of an HTML document, as a mail reader would show it.
    ///
    /// - Parameters:
    ///   - html: UTF-8. Bytes that are none read as U+FFFD.
    ///   - output: Gets lines that end with LF, or nothing. Paragraphs are set apart by one blank line, quotes begin with `> `, list
    ///     items with `* ` or their number, links are `text <url>`; what the page hides is left out.
    ///
    /// Takes time in proportion to the input, and memory for the output and a bounded part of the page, whatever it holds.
    ///
    /// - Returns: false if the page was too large and too deep to be laid out as a whole: elements that were open somewhere in it end there.
    @discardableResult
    public static func append(_ html: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        var cues = HTMLCues()
        return append(html, to: &output, &cues, marksCues: false)
    }

    /// As `append(_:to:)`, and says where mail programs begin what they quote.
    static func appendMarked(_ html: Span<UInt8>, to output: inout [UInt8]) -> HTMLCues {
        var cues = HTMLCues()
        _ = append(html, to: &output, &cues, marksCues: true)
        return cues
    }

    private static func append(
        _ html: Span<UInt8>, to output: inout [UInt8], _ cues: inout HTMLCues, marksCues: Bool
    ) -> Bool {
        let html = html.extracting(first: HTMLLimits.bytes)
        var tokenizer = HTMLTokenizer(html)
        var builder = HTMLTreeBuilder(expecting: html.count, marksCues: marksCues)
        var budget = HTMLLimits.added + html.count
        // Where texts of more parts follow, it must grow by itself.
        if output.isEmpty { output.reserveCapacity(html.count) }
        var isWhole = true
        while true {
            let isAtEnd = fill(&builder, &tokenizer)
            var written: [UInt8] = []
            swap(&written, &output)
            output = HTMLLayout(html, consume written, budget).run(builder.tree, &cues, &budget)
            if isAtEnd { return isWhole }
            isWhole = builder.startAnew() && isWhole
        }
    }

    /// Builds the tree up to the end, or until it is full, if that can be to the end of a block.
    /// - Returns: whether that was the end.
    private static func fill(_ builder: inout HTMLTreeBuilder, _ tokenizer: inout HTMLTokenizer) -> Bool {
        while !builder.isFull {
            switch tokenizer.next() {
            case .text(let range): builder.text(tokenizer.input, range)
            case .characters: builder.characters(tokenizer.characters)
            case .startTag:
                builder.startTag(&tokenizer)
                tokenizer.allowsCDATA = builder.isInForeignContent
            case .endTag:
                let block = builder.top.parent
                builder.endTag(tokenizer)
                tokenizer.allowsCDATA = builder.isInForeignContent
                // Cells of a row belong together.
                if builder.isWellFilled, builder.top.parent != block, builder.top.tag != .tr { return false }
            case .comment, .doctype: break
            case .end: return true
            }
        }
        return false
    }
}
