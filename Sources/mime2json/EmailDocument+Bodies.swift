import JSON
import MIME

// The bodies as they read.

extension EmailDocument {
    /// `text`, `html`, `textSource`, `preview` and `reply`.
    mutating func writeBodies(to json: inout JSONWriter) {
        let (text, html) = textAndHTML()
        json.name("text")
        json.string(text)
        json.name("html")
        if let html { json.string(html) } else { json.null() }
        if !texts.plain.isEmpty {
            json.member("textSource", texts.plain.contains { $0.kind != .html } ? "plain" : "html")
        }
        json.name("preview")
        json.string { Preview.append(text.span, to: &$0) }
        reply(text, html)?.write(to: &json)
    }

    /// What is displayed: as text, and as HTML where there is any.
    mutating func textAndHTML() -> (text: PartText, html: PartText?) {
        var decoded = DecodedHTML()
        let text = displayedText(&decoded)
        return (text, displayedHTML(decoded))
    }

    /// The text of all displayed parts. It has the line ends that were sent only where it is not to be split.
    mutating func displayedText(_ decoded: inout DecodedHTML) -> PartText {
        let parts = texts.plain
        guard parts.count == 1, parts[0].kind != .html else {
            var text: [UInt8] = []
            appendText(of: parts, to: &text, &decoded)
            return PartText(bytes: text)
        }
        var text = decodedText(of: parts[0])
        if text.range.count <= Reply.largest, isAnswer || text.traits?.hasMarks == true { text.normalizeLines() }
        return text
    }

    /// The HTML of all displayed parts, with the line ends that were sent unless it is to be split; nil when there is none among them.
    private mutating func displayedHTML(_ decoded: DecodedHTML) -> PartText? {
        let parts = texts.html
        guard parts.count == 1, parts[0].kind == .html else {
            return html(of: parts, decoded).map { PartText(bytes: $0) }
        }
        var html = decoded.parts[parts[0].index] ?? decodedText(of: parts[0])
        if html.range.count <= Reply.largest, isAnswer { html.normalizeLines() }
        return html
    }

    /// The text of a part; keeps its size for `bodyStructure`.
    private mutating func decodedText(of part: Part) -> PartText {
        let text = message.text(of: part, defects: &defects)
        sizes[part.index] = text.size
        return text
    }

    /// The text of all displayed parts, each on a line of its own.
    private mutating func appendText(of parts: [Part], to text: inout [UInt8], _ decoded: inout DecodedHTML) {
        let start = text.count
        // No more than that is touched, and no less is enough for most.
        if parts.count > 1 { text.reserveCapacity(start + parts.reduce(0) { $0 + $1.body.count }) }
        for part in parts {
            if text.count > start, text.last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
            appendText(of: part, to: &text, &decoded)
        }
    }

    private mutating func appendText(of part: Part, to text: inout [UInt8], _ decoded: inout DecodedHTML) {
        guard part.kind == .html else { return decodeText(of: part, to: &text) }
        let html = decodedText(of: part)
        if !HTMLText.append(html.span, to: &text) {
            defects.add(.htmlLimit, part: part.index, "too large to be laid out as a whole")
        }
        decoded.parts[part.index] = html
    }

    /// Appends the text of a part, and keeps its size for `bodyStructure`.
    private mutating func decodeText(of part: Part, to text: inout [UInt8]) {
        sizes[part.index] = message.appendText(of: part, to: &text, defects: &defects)
    }

    /// The HTML of all displayed parts; nil when there is none among them.
    private mutating func html(of parts: [Part], _ decoded: DecodedHTML) -> [UInt8]? {
        guard parts.contains(where: { $0.kind == .html }) else { return nil }
        var html: [UInt8] = []
        html.reserveCapacity(parts.reduce(0) { $0 + $1.body.count })
        for part in parts { appendHTML(of: part, to: &html, decoded) }
        return html
    }

    /// Plain text between parts of HTML (a mailing list's footer) becomes HTML, so that it is not lost.
    private mutating func appendHTML(of part: Part, to html: inout [UInt8], _ decoded: DecodedHTML) {
        if var known = decoded.parts[part.index] {
            known.normalizeLines()
            return html.append(known.span)
        }
        if part.kind == .html { return decodeText(of: part, to: &html) }
        var text: [UInt8] = []
        decodeText(of: part, to: &text)
        html += "<div style=\"white-space: pre-wrap\">".utf8
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): html += "&amp;".utf8
            case UInt8(ascii: "<"): html += "&lt;".utf8
            case UInt8(ascii: ">"): html += "&gt;".utf8
            default: html.append(byte)
            }
        }
        html += "</div>".utf8
    }
}

extension JSONWriter {
    /// Writes a text, whose line ends become LF.
    mutating func string(_ text: PartText) {
        if text.traits == nil { string(text.bytes) } else { string(lines: text.source, text.range) }
    }
}

/// What was decoded to make text of it, and is wanted once more as it is.
struct DecodedHTML {
    /// By the index of the part.
    var parts: [Int: PartText] = [:]
}
