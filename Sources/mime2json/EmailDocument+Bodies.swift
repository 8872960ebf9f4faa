import JSON
import MIME

// The bodies as they read.

extension EmailDocument {
    /// `text`, `html`, `textSource`, `preview` and `reply`.
    mutating func writeBodies(_ bodies: DisplayedBodies, to json: inout JSONWriter) {
        let textParts = bodies.text.map { message.parts[$0] }.filter(\.isText)
        let htmlParts = bodies.html.map { message.parts[$0] }.filter(\.isText)
        var decoded = DecodedHTML()
        var preview: [UInt8] = []
        var (plain, markup): ([UInt8]?, [UInt8]?) = (nil, nil)
        var text: [UInt8] = []
        appendText(of: textParts, to: &text, &decoded)
        Preview.append(text.span, to: &preview)
        if mayHaveReply(text.span) { plain = text }
        json.name("text")
        json.string(text)
        json.name("html")
        if let html = html(of: htmlParts, decoded) {
            if isAnswer, html.count <= Reply.largest { markup = html }
            json.string(html)
        } else {
            json.null()
        }
        if !textParts.isEmpty {
            json.member("textSource", textParts.contains { $0.kind != .html } ? "plain" : "html")
        }
        json.name("preview")
        json.string(preview.span)
        reply(text: plain, html: markup)?.write(to: &json)
    }

    /// The text of all displayed parts, each on a line of its own.
    mutating func appendText(of parts: [Part], to text: inout [UInt8], _ decoded: inout DecodedHTML) {
        let start = text.count
        for part in parts {
            if text.count > start, text.last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
            appendText(of: part, to: &text, &decoded)
        }
    }

    private mutating func appendText(of part: Part, to text: inout [UInt8], _ decoded: inout DecodedHTML) {
        guard part.kind == .html else { return decodeText(of: part, to: &text) }
        var html: [UInt8] = []
        decodeText(of: part, to: &html)
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
    mutating func html(of parts: [Part], _ decoded: DecodedHTML) -> [UInt8]? {
        guard parts.contains(where: { $0.kind == .html }) else { return nil }
        if parts.count == 1, let known = decoded.parts[parts[0].index] { return known }
        var html: [UInt8] = []
        html.reserveCapacity(decoded.parts.values.reduce(0) { $0 + $1.count })
        for part in parts { appendHTML(of: part, to: &html, decoded) }
        return html
    }

    /// Plain text between parts of HTML (a mailing list's footer) becomes HTML, so that it is not lost.
    private mutating func appendHTML(of part: Part, to html: inout [UInt8], _ decoded: DecodedHTML) {
        if let known = decoded.parts[part.index] { return html.append(span: known.span) }
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

/// What was decoded to make text of it, and is wanted once more as it is.
struct DecodedHTML {
    /// By the index of the part.
    var parts: [Int: [UInt8]] = [:]
}

/// `preview`: the first characters of a text, white space folded.
enum Preview {
    /// In characters of Unicode.
    static let length = 256

    /// Text beyond these bytes is not looked at: there, it is all white space before.
    private static let window = 64 * 1024

    /// Appends it.
    static func append(_ text: Span<UInt8>, to output: inout [UInt8]) {
        var end = min(text.count, window)
        while end > 0, end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
        // No character has more than four bytes.
        output.append(addingCapacity: 4 * length) { room in append(whole: text.extracting(..<end), to: &room) }
    }

    private static func append(whole text: Span<UInt8>, to output: inout OutputSpan<UInt8>) {
        var count = 0
        var isSpacePending = false
        var index = 0
        while index < text.count {
            let space = lengthOfSpace(text, at: index)
            if space > 0 {
                isSpacePending = count > 0
                index += space
                continue
            }
            if count + (isSpacePending ? 2 : 1) > length { break }
            if isSpacePending {
                output.append(UInt8(ascii: " "))
                count += 1
                isSpacePending = false
            }
            repeat {
                output.append(text[index])
                index += 1
            } while index < text.count && text[index] & 0xC0 == 0x80
            count += 1
            // The rest of a word in ASCII.
            while index < text.count, count < length, text[index] &- 0x21 < 0x5E {
                output.append(text[index])
                index += 1
                count += 1
            }
        }
    }

    /// How many bytes of white space begin here: one character of it, or none. U+00A0 counts.
    private static func lengthOfSpace(_ text: Span<UInt8>, at index: Int) -> Int {
        switch text[index] {
        case 0x20, 0x09...0x0D: 1
        case 0xC2 where index + 1 < text.count && text[index + 1] == 0xA0: 2
        default: 0
        }
    }
}
