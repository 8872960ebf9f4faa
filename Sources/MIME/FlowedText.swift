/// Undoes format=flowed (RFC 3676): lines that end with a space go on in the next one of the same quote depth.
enum FlowedText {
    /// Appends the text as paragraphs. The text has LF line ends, and the result ends with one.
    static func append(_ text: Span<UInt8>, delSp: Bool, to output: inout [UInt8]) {
        var i = 0
        var openDepth = -1
        if output.isEmpty { output.reserveCapacity(text.count) }
        while i < text.count {
            let lf = text.firstIndex(of: .lf, in: i..<text.count) ?? text.count
            var start = i
            while start < lf, text[start] == UInt8(ascii: ">") { start += 1 }
            let depth = start - i
            if start < lf, text[start] == .space { start += 1 }
            // The signature separator is never joined (§4.3).
            let signature =
                lf - start == 3 && text[start] == UInt8(ascii: "-") && text[start + 1] == UInt8(ascii: "-")
                && text[start + 2] == .space
            let flows = lf > start && text[lf - 1] == .space && !signature
            if openDepth >= 0, openDepth != depth || signature {
                output.append(.lf)
                openDepth = -1
            }
            if openDepth < 0 { appendQuote(depth, to: &output) }
            output.append(text.extracting(start..<(flows && delSp ? lf - 1 : lf)))
            openDepth = flows ? depth : -1
            if !flows { output.append(.lf) }
            i = lf + 1
        }
        if openDepth >= 0 { output.append(.lf) }
    }

    private static func appendQuote(_ depth: Int, to output: inout [UInt8]) {
        guard depth > 0 else { return }
        for _ in 0..<depth { output.append(UInt8(ascii: ">")) }
        output.append(.space)
    }
}
