import JSON
import MIME

// `header:{name}…` of profile `jmap` (RFC 8621 §4.1.3).

extension EmailDocument {
    /// What --header-prefix asks for: fields by a prefix, as `header:{name}:asText:all`, and properties by their names.
    mutating func writeHeaderProperties(to json: inout JSONWriter) {
        var written: Set<[UInt8]> = []
        for group in matchedFields() {
            var name = Array("header:".utf8)
            message.appendFieldName(group[0], to: &name)
            name += ":asText:all".utf8
            written.insert(name)
            json.name(name.span)
            write(group, as: .text, to: &json)
        }
        for property in options.headerProperties {
            let name = Array(property.property.utf8)
            guard written.insert(name).inserted else { continue }
            json.name(name.span)
            let fields = message.fields(named: property.name)
            if property.isAll {
                write(fields, as: property.form, to: &json)
            } else if let field = fields.last {
                write(field, as: property.form, to: &json)
            } else {
                json.null()
            }
        }
    }

    private mutating func write(_ fields: [Field], as form: HeaderProperty.Form, to json: inout JSONWriter) {
        json.array { json in
            for field in fields { write(field, as: form, to: &json) }
        }
    }

    private mutating func write(_ field: Field, as form: HeaderProperty.Form, to json: inout JSONWriter) {
        switch form {
        case .raw: json.string(message.bytes.span.extracting(field.value))
        case .text: json.string { message.appendText(of: field, to: &$0, defects: &defects) }
        case .addresses: Self.write(message.addresses(of: field, defects: &defects), to: &json)
        case .groupedAddresses: Self.writeGroups(message.addresses(of: field, defects: &defects), to: &json)
        case .messageIDs: Self.write(message.messageIDs(of: field), to: &json)
        case .date:
            json.stringOrNull { bytes in
                guard let date = message.date(of: field) else { return false }
                date.appendRFC3339(to: &bytes)
                return true
            }
        case .urls: Self.write(message.urls(of: field), to: &json)
        }
    }

    /// EmailAddressGroups (§4.1.2.4).
    private static func writeGroups(_ list: AddressList, to json: inout JSONWriter) {
        json.array { json in
            for group in list.grouped {
                json.object { json in
                    json.name("name")
                    if let name = group.name { json.string(list.text.span.extracting(name)) } else { json.null() }
                    json.name("addresses")
                    write(list, group.mailboxes, to: &json)
                }
            }
        }
    }
}
