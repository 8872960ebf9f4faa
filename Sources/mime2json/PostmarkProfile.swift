import JSON
import MIME

// `--profile postmark`: what is absent is an empty string.

extension EmailDocument {
    mutating func writePostmark(
        _ file: MessageFile, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        try json.object { json throws(OutputError) in
            json.member("id", file.id)
            writePostmarkPeople(to: &json)
            json.member("Subject", value(.subject))
            json.member("Date", value(.date))
            json.member("MessageID", file.id)
            json.member("MessageStream", "inbound")
            json.member("Tag", "")
            let (text, html) = textAndHTML()
            json.name("TextBody")
            json.string(text)
            json.name("HtmlBody")
            json.string(html ?? PartText())
            json.name("StrippedTextReply")
            json.string(reply(text, html)?.text ?? [])
            if options.raw {
                json.name("RawEmail")
                json.string(file.bytes)
            }
            json.name("Headers")
            writeFields(as: "Name", "Value", to: &json)
            try writePostmarkAttachments(to: &json, files: &files)
        }
    }

    private mutating func writePostmarkPeople(to json: inout JSONWriter) {
        let from = addresses(.from).first ?? Address(email: sender())
        json.member("From", from.email)
        json.member("FromName", from.name)
        json.name("FromFull")
        write(from, to: &json)
        writePeople("To", "ToFull", .to, to: &json)
        writePeople("Cc", "CcFull", .cc, to: &json)
        writePeople("Bcc", "BccFull", .bcc, to: &json)
        json.member("ReplyTo", addresses(.replyTo).map(\.text).joined(separator: ", "))
        let recipient = recipients().first ?? ""
        json.member("OriginalRecipient", recipient)
        json.member("MailboxHash", Address.mailboxHash(recipient))
    }

    private mutating func writePeople(
        _ name: StaticString, _ full: StaticString, _ field: FieldName, to json: inout JSONWriter
    ) {
        let people = addresses(field)
        json.member(name, people.map(\.text).joined(separator: ", "))
        json.name(full)
        json.array { json in
            for person in people { write(person, to: &json) }
        }
    }

    private func write(_ person: Address, to json: inout JSONWriter) {
        json.object { json in
            json.member("Email", person.email)
            json.member("Name", person.name)
            json.member("MailboxHash", person.mailboxHash)
        }
    }

    private mutating func writePostmarkAttachments(
        to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        json.name("Attachments")
        try json.array { json throws(OutputError) in
            for index in options.attachments == .none ? [] : bodies.attachments {
                try json.object { json throws(OutputError) in
                    let part = message.parts[index]
                    let name = name(of: part)
                    json.member("Name", name ?? "")
                    let size = try writeContent(of: part, as: "Content", name, to: &json, files: &files)
                    json.member("ContentType", type(of: part))
                    json.member("ContentLength", size)
                    json.member("ContentID", contentID(of: part) ?? "")
                }
            }
        }
    }
}
