// The tokenizer of the HTML Living Standard, §13.2.5, over UTF-8. Its eighty states are folded into scanners, one for each construct, which give ranges of the input:
// nothing is copied, and what needs decoding (references in attribute values, NUL, CR) is decoded when somebody asks for it.
// Every byte is looked at a bounded number of times. Parse errors are not reported.

/// An HTML tokenizer: total, linear, without allocation per character.
package struct HTMLTokenizer: ~Copyable, ~Escapable {
    /// What the bytes at hand are taken for; the tree builder changes it after certain start tags.
    package enum State {
        case data, rcdata, rawtext, scriptData, plaintext, cdata
    }

    /// What `next()` found. The parts of tags, comments and doctypes are read from the tokenizer.
    package enum Token: Equatable {
        /// Characters that stand in the input as they are, but for NUL in the data and CDATA states, and CR before LF in the data state.
        case text(Range<Int>)
        /// Characters that the input spells otherwise: see `characters`.
        case characters
        case startTag, endTag
        /// The data of a comment; `append(comment:to:)` decodes it.
        case comment(Range<Int>)
        case doctype
        case end
    }

    package let input: Span<UInt8>
    package var state = State.data
    /// The element whose end tag ends the present RCDATA, RAWTEXT or script data, in lower case.
    package var lastStartTag: [UInt8] = []
    /// Whether `<![CDATA[` begins a CDATA section: only inside of SVG and MathML.
    package var allowsCDATA = false
    /// UTF-8 of the last `.characters`.
    package internal(set) var characters: [UInt8] = []
    /// The last tag.
    package internal(set) var tag = HTMLTagToken()
    /// The last doctype.
    package internal(set) var doctype = HTMLDoctype()
    /// Whether all attributes of a tag are kept, or only those that show in text.
    let keepsAttributes: Bool
    var position = 0
    var script = ScriptState.script

    @_lifetime(copy input)
    package init(_ input: Span<UInt8>, keepsAttributes: Bool = false) {
        self.input = input
        self.keepsAttributes = keepsAttributes
    }

    /// The next token; `.end` again and again after the last.
    package mutating func next() -> Token {
        guard position < input.count else { return .end }
        return switch state {
        case .data: nextInData()
        case .rcdata: nextInRawText(references: true)
        case .rawtext: nextInRawText(references: false)
        case .scriptData: nextInScript()
        case .plaintext: nextInPlaintext()
        case .cdata: nextInCDATA()
        }
    }

    @inline(__always)
    func byte(_ index: Int) -> UInt8? {
        index < input.count ? input[index] : nil
    }

    private mutating func nextInData() -> Token {
        let start = position
        while true {
            position = input.first(UInt8(ascii: "<"), UInt8(ascii: "&"), .cr, in: position..<input.count)
            guard position < input.count else { return .text(start..<position) }
            switch input[position] {
            case UInt8(ascii: "<"):
                if position > start { return .text(start..<position) }
                if let token = markup() { return token }
                position += 1
            case UInt8(ascii: "&"):
                if position > start { return .text(start..<position) }
                if reference() { return .characters }
                position += 1
            default:
                // Before LF it is white space beside white space: what the layout makes of lines does not change.
                if byte(position + 1) == .lf {
                    position += 2
                } else if let token = carriageReturn(start) {
                    return token
                }
            }
        }
    }

    private mutating func nextInRawText(references: Bool) -> Token {
        let start = position
        while position < input.count {
            switch input[position] {
            case UInt8(ascii: "<") where isAppropriateEndTag(position):
                return position > start ? .text(start..<position) : endOfRawText()
            case UInt8(ascii: "<"):
                position += 1
            case UInt8(ascii: "&") where references:
                if position > start { return .text(start..<position) }
                if reference() { return .characters }
                position += 1
            case .cr:
                if let token = carriageReturn(start) { return token }
            case 0:
                return nul(start)
            case UInt8(ascii: "&") where !references:
                position += 1
            default:
                position = endOfRawRun(position)
            }
        }
        return .text(start..<position)
    }

    /// The next `<`, `&`, CR or NUL.
    private func endOfRawRun(_ index: Int) -> Int {
        let end = input.first(UInt8(ascii: "<"), .cr, 0, in: index..<input.count)
        return state == .rcdata ? input.first(UInt8(ascii: "&"), 0, 0, in: index..<end) : end
    }

    private mutating func nextInPlaintext() -> Token {
        let start = position
        while position < input.count {
            switch input[position] {
            case .cr:
                if let token = carriageReturn(start) { return token }
            case 0:
                return nul(start)
            default:
                position += 1
            }
        }
        return .text(start..<position)
    }

    private mutating func nextInCDATA() -> Token {
        let start = position
        while position < input.count {
            switch input[position] {
            case UInt8(ascii: "]")
            where byte(position + 1) == UInt8(ascii: "]") && byte(position + 2) == UInt8(ascii: ">"):
                defer { position += 3 }
                state = .data
                return .text(start..<position)
            case .cr:
                if let token = carriageReturn(start) { return token }
            default:
                position += 1
            }
        }
        return .text(start..<position)
    }

    /// CR LF and CR read LF (§13.2.3.5). The run before it ends; before LF the CR is merely passed over.
    mutating func carriageReturn(_ start: Int) -> Token? {
        if position > start { return .text(start..<position) }
        position += 1
        if byte(position) == .lf { return .text(start..<start) }
        characters.removeAll(keepingCapacity: true)
        characters.append(.lf)
        return .characters
    }

    /// NUL reads U+FFFD outside of the data state.
    mutating func nul(_ start: Int) -> Token {
        if position > start { return .text(start..<position) }
        position += 1
        characters.removeAll(keepingCapacity: true)
        characters.appendScalar(0xFFFD)
        return .characters
    }

    /// Whether `</name` at `index` ends the present raw text: the name of the last start tag, and white space, `/` or `>` after it.
    func isAppropriateEndTag(_ index: Int) -> Bool {
        let end = index + 2 + lastStartTag.count
        guard !lastStartTag.isEmpty, end < input.count, input[index + 1] == UInt8(ascii: "/") else { return false }
        for i in lastStartTag.indices where input[index + 2 + i].lowered != lastStartTag[i] { return false }
        return input[end].isHTMLSpace || input[end] == UInt8(ascii: "/") || input[end] == UInt8(ascii: ">")
    }

    /// The end tag at the position, and the data state after it.
    mutating func endOfRawText() -> Token {
        state = .data
        position += 2
        return scanTag() ? .endTag : .end
    }
}

extension UInt8 {
    /// ASCII white space of HTML, CR included: it counts as LF.
    @inline(__always) var isHTMLSpace: Bool {
        self == 0x20 || self == 0x0A || self == 0x09 || self == 0x0C || self == 0x0D
    }
}

extension Span<UInt8> {
    /// The first place after `index` that is no white space of HTML.
    func skipHTMLSpace(_ index: Int) -> Int {
        var i = index
        while i < count, self[i].isHTMLSpace { i += 1 }
        return i
    }
}
