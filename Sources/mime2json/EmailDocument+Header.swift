import JSON
import MIME

// The members that come from the message's header.

extension EmailDocument {
    /// `messageId` to `sentAt`.
    mutating func writeIdentity(to json: inout JSONWriter) {
        writeIDs("messageId", .messageID, to: &json)
        writeIDs("inReplyTo", .inReplyTo, to: &json)
        writeIDs("references", .references, to: &json)
        writeAddresses("from", .from, to: &json)
        writeAddresses("sender", .sender, to: &json)
        writeAddresses("replyTo", .replyTo, to: &json)
        writeAddresses("to", .to, to: &json)
        writeAddresses("cc", .cc, to: &json)
        writeAddresses("bcc", .bcc, to: &json)
        json.name("subject")
        if let subject { json.string(subject.span) } else { json.null() }
        json.name("sentAt")
        guard let date = message.date(.date, defects: &defects) else { return json.null() }
        json.plainString { date.appendRFC3339(to: &$0) }
    }

    var decodedSubject: [UInt8]? {
        mutating get {
            guard let field = message.first(.subject) else { return nil }
            var text: [UInt8] = []
            message.appendText(of: field, to: &text, defects: &defects)
            return text
        }
    }

    private func writeIDs(_ name: StaticString, _ field: FieldName, to json: inout JSONWriter) {
        json.name(name)
        guard let list = message.messageIDs(field) else { return json.null() }
        Self.write(list, to: &json)
    }

    /// An array of ids; null if there are none.
    static func write(_ list: IDList, to json: inout JSONWriter) {
        if list.ids.isEmpty { return json.null() }
        let text = list.text.span
        json.array { json in
            for id in list.ids { json.string(text.extracting(id)) }
        }
    }

    private mutating func writeAddresses(_ name: StaticString, _ field: FieldName, to json: inout JSONWriter) {
        json.name(name)
        guard let list = message.addresses(field, defects: &defects) else { return json.null() }
        Self.write(list, to: &json)
    }

    /// An array of `{name,email}`: all mailboxes, or some.
    static func write(_ list: AddressList, _ mailboxes: Range<Int>? = nil, to json: inout JSONWriter) {
        let text = list.text.span
        json.array { json in
            for mailbox in list.mailboxes[mailboxes ?? list.mailboxes.indices] {
                json.object { json in
                    json.name("name")
                    if let name = mailbox.name { json.string(text.extracting(name)) } else { json.null() }
                    json.name("email")
                    json.string(text.extracting(mailbox.email))
                }
            }
        }
    }

    // MARK: All fields

    /// `headers`: every field, in order.
    mutating func writeHeaders(to json: inout JSONWriter) {
        if message.header.isEmpty { return }
        json.name("headers")
        writeFields(as: "name", "value", to: &json)
    }

    /// An array of every field, in order; the members of each have these names.
    mutating func writeFields(as name: StaticString, _ value: StaticString, to json: inout JSONWriter) {
        // As a property of what the closures change, the message would be copied for each of them.
        let message = message
        json.beginArray()
        for field in message.header {
            json.beginObject()
            json.name(name)
            json.string(message.bytes.span.extracting(field.name))
            json.name(value)
            json.string { message.appendText(of: field, to: &$0, defects: &defects) }
            json.endObject()
        }
        json.endArray()
    }

    /// `matchedHeaders`: the fields whose names begin with one of the prefixes, those of one name together, in the
    /// order in which the names first occur and under their first spelling.
    mutating func writeMatchedHeaders(to json: inout JSONWriter) {
        let groups = matchedFields()
        if groups.isEmpty { return }
        json.name("matchedHeaders")
        json.object { json in
            for group in groups {
                var name: [UInt8] = []
                message.appendFieldName(group[0], to: &name)
                json.name(name.span)
                json.array { json in
                    for field in group { json.string { message.appendText(of: field, to: &$0, defects: &defects) } }
                }
            }
        }
    }

    func matchedFields() -> [[Field]] {
        if options.headerPrefixes.isEmpty { return [] }
        var groups: [[Field]] = []
        var groupOfName: [[UInt8]: Int] = [:]
        for field in message.header {
            let name = message.bytes[field.name].map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
            guard options.headerPrefixes.contains(where: { name.starts(with: $0) }) else { continue }
            if let group = groupOfName[name] {
                groups[group].append(field)
            } else {
                groupOfName[name] = groups.count
                groups.append([field])
            }
        }
        return groups
    }

    // MARK: Machines among the senders

    /// `auto`: whether a program wrote this.
    mutating func writeAuto(to json: inout JSONWriter) {
        let (isAutoSubmitted, listID, isBounce) = (isAutoSubmitted, listID, isBounce)
        json.name("auto")
        json.object { json in
            json.member("autoSubmitted", isAutoSubmitted)
            json.member("list", listID)
            json.member("bounce", isBounce)
        }
    }

    /// RFC 3834 §5: anything but "no".
    private var isAutoSubmitted: Bool {
        guard let value = text(of: .autoSubmitted) else { return false }
        let keyword = value.prefix { !"; (".utf8.contains($0) }
        return !keyword.isEmpty && String(decoding: keyword, as: UTF8.self).lowercased() != "no"
    }

    /// RFC 2919 §3: what stands between the last angle brackets.
    private var listID: String? {
        guard let value = text(of: .listID) else { return nil }
        let start = value.lastIndex(of: UInt8(ascii: "<"))
        let id = start.map { value[($0 + 1)...].prefix { $0 != UInt8(ascii: ">") } } ?? value[...]
        return id.isEmpty ? nil : String(decoding: id, as: UTF8.self)
    }

    /// RFC 3462 and 3464: a multipart/report about delivery, as it says itself or as its part does.
    private var isBounce: Bool {
        guard message.root.isMultipart, type(of: message.root) == "multipart/report" else { return false }
        var reportType: [UInt8] = []
        var ignored = Defects()
        if let field = message.first(.contentType),
            message.appendParameter("report-type", of: field, to: &reportType, defects: &ignored),
            String(decoding: reportType, as: UTF8.self).lowercased() == "delivery-status"
        {
            return true
        }
        return message.children(of: message.root).contains { child in
            ["message/delivery-status", "message/global-delivery-status"].contains(type(of: message.parts[child]))
        }
    }

    /// A media type, in lower case.
    func type(of part: Part) -> String {
        var bytes: [UInt8] = []
        message.appendType(of: part, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func text(of name: FieldName) -> [UInt8]? {
        guard let field = message.first(name) else { return nil }
        var bytes: [UInt8] = []
        var ignored = Defects()
        message.appendText(of: field, to: &bytes, defects: &ignored)
        return bytes
    }
}
