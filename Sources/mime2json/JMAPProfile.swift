import JSON
import MIME

// `--profile jmap`: the Email object of RFC 8621 §4, with the values of all text parts.

extension EmailDocument {
    mutating func writeJMAP(
        _ file: MessageFile, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        let id = file.id.text
        try json.object { json throws(OutputError) in
            json.member("id", id)
            json.member("blobId", id)
            json.member("size", file.bytes.count)
            writeReceivedAt(to: &json)
            writeIdentity(to: &json)
            writeHeaderProperties(to: &json)
            writeRawHeaders(to: &json)
            writeJMAPStructure(id, to: &json)
            // Before the texts are held, so that large ones are not there twice.
            let preview = preview()
            writeBodyValues(to: &json)
            writeParts("textBody", bodies.text, id, to: &json)
            writeParts("htmlBody", bodies.html, id, to: &json)
            try writeJMAPAttachments(id, to: &json, files: &files)
            json.member("hasAttachment", bodies.unshown.contains { message.parts[$0].disposition != .inline })
            json.name("preview")
            json.string(preview.span)
            if options.raw || options.digest { Self.writeRaw(file, options, to: &json) }
        }
    }

    private mutating func preview() -> [UInt8] {
        var decoded = DecodedHTML()
        let text = displayedText(&decoded)
        var preview: [UInt8] = []
        Preview.append(text.span, to: &preview)
        return preview
    }

    /// `headers`: every field in its raw form (RFC 8621 §4.1.2.1).
    private func writeRawHeaders(to json: inout JSONWriter) {
        let bytes = message.bytes.span
        json.name("headers")
        json.array { json in
            for field in message.header {
                json.object { json in
                    json.name("name")
                    json.string(bytes.extracting(field.name))
                    json.name("value")
                    json.string(bytes.extracting(field.value))
                }
            }
        }
    }

    // MARK: Parts

    private mutating func writeJMAPStructure(_ id: String, to json: inout JSONWriter) {
        json.name("bodyStructure")
        walkTree(to: &json) { document, part, json in document.writePart(part, id, to: &json) }
    }

    /// The members of an EmailBodyPart, without its braces.
    private mutating func writePart(_ part: Part, _ id: String, to json: inout JSONWriter) {
        let partID = partID(part)
        json.member("partId", partID)
        json.member("blobId", partID.map { "\(id)-\($0)" })
        json.member("size", part.isMultipart ? 0 : size(of: part))
        json.member("name", name(of: part))
        json.member("type", type(of: part))
        json.name("charset")
        json.stringOrNull { bytes in
            if message.appendCharset(of: part, to: &bytes) { return true }
            if part.isText { bytes += "us-ascii".utf8 }
            return part.isText
        }
        json.member("disposition", disposition(of: part))
        json.member("cid", contentID(of: part))
        json.member("language", languages(of: part))
        json.name("location")
        json.stringOrNull { bytes in
            guard let field = message.fields(named: "content-location", in: part).first else { return false }
            message.appendText(of: field, to: &bytes, defects: &defects)
            return true
        }
    }

    /// Content-Language (RFC 3282): tags separated by commas.
    private mutating func languages(of part: Part) -> [String]? {
        guard let field = message.fields(named: "content-language", in: part).first else { return nil }
        var bytes: [UInt8] = []
        message.appendText(of: field, to: &bytes, defects: &defects)
        return String(decoding: bytes, as: UTF8.self).split { ", \t".contains($0) }.map(String.init)
    }

    private mutating func writeParts(
        _ name: StaticString, _ indices: [Int], _ id: String, to json: inout JSONWriter
    ) {
        json.name(name)
        json.array { json in
            for index in indices { json.object { writePart(message.parts[index], id, to: &$0) } }
        }
    }

    /// JMAP has clients fetch a blob; here its content stands beside it.
    private mutating func writeJMAPAttachments(
        _ id: String, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        json.name("attachments")
        try json.array { json throws(OutputError) in
            for index in options.attachments == .none ? [] : bodies.unshown {
                try json.object { json throws(OutputError) in
                    let part = message.parts[index]
                    writePart(part, id, to: &json)
                    _ = try writeContent(of: part, as: "content", name(of: part), to: &json, files: &files)
                }
            }
        }
    }

    /// `bodyValues`: the text of every text part.
    private mutating func writeBodyValues(to json: inout JSONWriter) {
        json.name("bodyValues")
        json.object { json in
            for part in message.parts where part.isText {
                var id: [UInt8] = []
                guard message.appendPartID(of: part, to: &id) else { continue }
                json.name(id.span)
                json.object { writeBodyValue(of: part, to: &$0) }
            }
        }
    }

    private mutating func writeBodyValue(of part: Part, to json: inout JSONWriter) {
        var found = Defects()
        json.name("value")
        json.string(message.text(of: part, defects: &found))
        json.member("isEncodingProblem", !found.list.isEmpty)
        json.member("isTruncated", false)
        for defect in found.list { defects.add(defect.code, part: defect.part, defect.detail) }
    }
}
