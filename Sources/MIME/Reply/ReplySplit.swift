// What a person wrote now, apart from what is quoted below or above it. When the signs are not clear, all is text: a reply that shows too much
// does less harm than one that lacks a sentence.

/// A reply, cut into what is new and what is quoted.
public struct ReplySplit: Equatable, Sendable {
    /// By which sign the quoted part was found.
    public enum Method: String, Sendable {
        /// Elements of the HTML that mail programs put around what they quote.
        case html
        /// A line such as "On Friday Ann wrote:".
        case attribution
        /// The header lines of the message quoted, or a line such as "-----Original Message-----".
        case header
        /// Lines that begin with `>`.
        case quoteMarks
        /// Nothing is quoted, or it is not clear what.
        case none
    }

    /// What was written now. These ranges are of the text's bytes, without the blank lines at their ends; empty when there is no such part.
    public internal(set) var text: Range<Int>
    /// What is quoted, its attribution included.
    public internal(set) var quoted: Range<Int>
    /// The signature below the new text.
    public internal(set) var signature: Range<Int>
    /// How the quoted part was found.
    public internal(set) var method: Method

    /// Splits a plain text, whose lines end with LF.
    public init(text: [UInt8]) {
        self.init(ReplyLines(text))
    }

    /// Splits an HTML text.
    ///
    /// - Parameters:
    ///   - html: UTF-8.
    ///   - text: Gets the text of the HTML appended; the ranges are of these bytes.
    public init(html: Span<UInt8>, text: inout [UInt8]) {
        let start = text.count
        let cues = HTMLText.appendMarked(html, to: &text)
        let lines = ReplyLines(text, from: start)
        self = ReplySplit(lines, cues) ?? ReplySplit(lines)
    }

    /// Whether a line of a text begins with `>` or `-`, as quotations, signatures and most separators do.
    package static func hasMarks(_ text: Span<UInt8>) -> Bool {
        if !text.isEmpty, TextTraits.marks(.all(text[0])).isSet { return true }
        return text.firstPair(.lf, in: 0..<text.count, TextTraits.marks) < text.count
    }

    init(_ lines: ReplyLines) {
        if let (cut, method) = lines.quotedEnd() {
            if method == .none {
                self.init(all: lines)
                return
            }
            self.init(lines, text: lines.all.lowerBound..<cut, quoted: cut..<lines.all.upperBound, method)
            takeLastSignature(lines, cut)
        } else if let (end, method) = lines.quotedBeginning() {
            self.init(lines, text: end..<lines.all.upperBound, quoted: lines.all.lowerBound..<end, method)
        } else {
            self.init(lines, text: lines.all, quoted: lines.all.upperBound..<lines.all.upperBound, .none)
        }
    }

    /// Splits by the elements of mail programs; nil when there are none, or text stands on both sides of what they quote.
    init?(_ lines: ReplyLines, _ cues: HTMLCues) {
        guard let start = cues.quoteStart.map(lines.line) else { return nil }
        if lines.isForward(lines.withoutAttribution(start)..<lines.all.upperBound) {
            self.init(all: lines)
            return
        }
        let end = cues.quoteEnd.map(lines.line) ?? lines.all.upperBound
        let before = lines.all.lowerBound..<lines.withoutAttribution(start)
        let after = end..<lines.all.upperBound
        if lines.isBlank(after) || lines.isFooter(after) {
            self.init(lines, text: before, quoted: before.upperBound..<after.upperBound, .html)
        } else if lines.isBlank(before), cues.quotes == 1 {
            self.init(lines, text: after, quoted: before.upperBound..<end, .html)
        } else {
            return nil
        }
        guard let mark = cues.signature.map(lines.line), before.contains(mark) else { return }
        let signature = lines.withSignatureMark(mark)
        self.text = lines.bytes(before.lowerBound..<signature)
        self.signature = lines.bytes(signature..<before.upperBound)
    }

    /// Everything is text.
    private init(all lines: ReplyLines) {
        text = lines.bytes(lines.all)
        quoted = text.upperBound..<text.upperBound
        signature = quoted
        method = .none
    }

    /// A signature below what is quoted by marks is the writer's, unless there is one above.
    private mutating func takeLastSignature(_ lines: ReplyLines, _ cut: Int) {
        guard method != .header, signature.isEmpty, cut < lines.lastSignature else { return }
        quoted = lines.bytes(cut..<lines.lastSignature)
        signature = lines.bytes(lines.lastSignature..<lines.all.upperBound)
    }

    private init(_ lines: ReplyLines, text: Range<Int>, quoted: Range<Int>, _ method: Method) {
        let signature = lines.signature(text)
        self.text = lines.bytes(text.lowerBound..<signature)
        self.signature = lines.bytes(signature..<text.upperBound)
        self.quoted = lines.bytes(quoted)
        self.method = method
    }
}
