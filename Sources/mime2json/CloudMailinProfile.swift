import JSON
import MIME

// `--profile cloudmailin`: their JSON, normalized.

extension EmailDocument {
    mutating func writeCloudMailin(
        _ file: MessageFile, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        try json.object { json throws(OutputError) in
            json.member("id", file.id)
            writeCloudMailinHeaders(to: &json)
            writeCloudMailinEnvelope(to: &json)
            let (text, html) = textAndHTML()
            json.name("plain")
            json.string(text)
            json.name("html")
            if let html { json.string(html) } else { json.null() }
            json.name("reply_plain")
            if let reply = reply(text, html) { json.string(reply.text) } else { json.null() }
            try writeCloudMailinAttachments(to: &json, files: &files)
            if options.raw || options.digest { Self.writeRaw(file, options, to: &json) }
        }
    }

    /// A map from names in lower case, `-` as `_`: to a string, or to a list where a field stands more than once.
    private mutating func writeCloudMailinHeaders(to json: inout JSONWriter) {
        var groups: [(name: [UInt8], fields: [Field])] = []
        var groupOfName: [[UInt8]: Int] = [:]
        for field in message.header {
            let name = message.bytes[field.name].map { byte in
                byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : 0x41...0x5A ~= byte ? byte | 0x20 : byte
            }
            if let group = groupOfName[name] {
                groups[group].fields.append(field)
            } else {
                groupOfName[name] = groups.count
                groups.append((name, [field]))
            }
        }
        json.name("headers")
        json.object { json in
            for group in groups {
                json.name(group.name.span)
                if group.fields.count > 1 { json.beginArray() }
                for field in group.fields {
                    json.string { message.appendText(of: field, to: &$0, defects: &defects) }
                }
                if group.fields.count > 1 { json.endArray() }
            }
        }
    }

    private mutating func writeCloudMailinEnvelope(to json: inout JSONWriter) {
        let recipients = recipients()
        let client = trace?.client
        json.name("envelope")
        json.object { json in
            json.member("to", recipients.first ?? "")
            json.member("recipients", recipients)
            json.member("from", sender())
            json.member("helo_domain", client?.helo.map { String(decoding: $0, as: UTF8.self) })
            json.member("remote_ip", client?.remoteIP.map { String(decoding: $0, as: UTF8.self) })
            json.member("tls", client?.tlsVersion != nil)
            writeSPF(to: &json)
        }
    }

    private func writeSPF(to json: inout JSONWriter) {
        guard let verdict = authentication().first(where: { $0.method == "spf" }) else { return }
        let address = verdict.properties.first { $0.name == "smtp.mailfrom" || $0.name == "smtp.helo" }?.value ?? ""
        json.name("spf")
        json.object { json in
            json.member("result", verdict.result)
            json.member("domain", address.split(separator: "@").last.map(String.init) ?? "")
        }
    }

    private mutating func writeCloudMailinAttachments(
        to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        json.name("attachments")
        try json.array { json throws(OutputError) in
            for index in options.attachments == .none ? [] : bodies.attachments {
                try json.object { json throws(OutputError) in
                    let part = message.parts[index]
                    let name = name(of: part)
                    json.member("file_name", name)
                    json.member("content_type", type(of: part))
                    let place = placeSize("size", of: part, to: &json)
                    json.member("disposition", disposition(of: part) == "inline" ? "inline" : "attachment")
                    json.member("content_id", contentID(of: part))
                    json.fill(place, try writeContent(of: part, as: "content", name, to: &json, files: &files))
                }
            }
        }
    }
}
