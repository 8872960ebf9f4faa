import JSON
import MIME

// `--profile maillaser`: members in snake case; what is absent is left out, never null.

extension EmailDocument {
    mutating func writeMailLaser(
        _ file: MessageFile, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        try json.object { json throws(OutputError) in
            json.member("id", file.id)
            json.member("sender", sender())
            if let name = addresses(.from).first?.name, !name.isEmpty { json.member("sender_name", name) }
            let recipients = recipients()
            json.member("recipient", recipients.first ?? "")
            json.member("recipients", recipients)
            json.member("subject", value(.subject))
            writeMailLaserBodies(to: &json)
            writeMailLaserHeaders(to: &json)
            try writeMailLaserAttachments(to: &json, files: &files)
            writeVerdict(to: &json)
            if options.raw || options.digest { Self.writeRaw(file, options, to: &json) }
        }
    }

    private mutating func writeMailLaserBodies(to json: inout JSONWriter) {
        let (text, html) = textAndHTML()
        json.name("body")
        json.string(text)
        if let html {
            json.name("html_body")
            json.string(html)
        }
    }

    /// A map from name to value; of several fields of one name the last one stands.
    private mutating func writeMailLaserHeaders(to json: inout JSONWriter) {
        let groups = matchedFields()
        if groups.isEmpty { return }
        json.name("headers")
        json.object { json in
            for group in groups {
                json.name(message.bytes.span.extracting(group[0].name))
                json.string { message.appendText(of: group[group.count - 1], to: &$0, defects: &defects) }
            }
        }
    }

    private mutating func writeMailLaserAttachments(
        to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        if bodies.attachments.isEmpty || options.attachments == .none { return }
        json.name("attachments")
        try json.array { json throws(OutputError) in
            for index in bodies.attachments {
                try json.object { json throws(OutputError) in
                    let part = message.parts[index]
                    let name = name(of: part)
                    if let name, !name.isEmpty { json.member("filename", name) }
                    json.member("content_type", type(of: part))
                    let place = placeSize("size_bytes", of: part, to: &json)
                    if let id = contentID(of: part) { json.member("content_id", id) }
                    if options.attachments == .inline { json.member("delivery", files.isWanted ? "path" : "inline") }
                    json.fill(place, try writeContent(of: part, as: "data_base64", name, to: &json, files: &files))
                }
            }
        }
    }

    /// What the spool's own Authentication-Results say of DMARC.
    private func writeVerdict(to json: inout JSONWriter) {
        guard let verdict = authentication().first(where: { $0.method == "dmarc" }) else { return }
        json.member("dmarc_result", verdict.result)
        if verdict.result == "pass", let domain = verdict.properties.first(where: { $0.name == "header.from" }) {
            json.member("authenticated_from", domain.value)
        }
    }
}
