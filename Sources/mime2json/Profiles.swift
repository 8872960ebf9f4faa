import ArgumentParser
import JSON
import MIME

/// `--profile`: the shape of the document.
enum Profile: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// mailjson(5).
    case email
    /// The Email object of JMAP (RFC 8621 §4).
    case jmap
    /// As MailLaser posts it.
    case maillaser
    /// As Postmark posts inbound mail.
    case postmark
    /// As CloudMailin posts it: JSON, normalized.
    case cloudmailin
}

extension EmailDocument {
    /// Writes the document in the shape that the options ask for. Every shape begins with `id`.
    mutating func write(
        profile file: MessageFile, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        switch options.profile {
        case .email: try write(file, to: &json, files: &files)
        case .jmap: try writeJMAP(file, to: &json, files: &files)
        case .maillaser: try writeMailLaser(file, to: &json, files: &files)
        case .postmark: try writePostmark(file, to: &json, files: &files)
        case .cloudmailin: try writeCloudMailin(file, to: &json, files: &files)
        }
    }

    // MARK: What the foreign shapes have in common

    /// A mailbox as two strings, empty where there is nothing.
    struct Address {
        var name = ""
        var email = ""
        /// What stands between `+` and `@`.
        var mailboxHash: String { Self.mailboxHash(email) }

        /// What stands between `+` and the last `@` of an address.
        static func mailboxHash(_ email: String) -> String {
            guard let at = email.lastIndex(of: "@"), let plus = email[..<at].firstIndex(of: "+") else { return "" }
            return String(email[email.index(after: plus)..<at])
        }

        /// As it would stand in a header field, with the name in quotes.
        var text: String {
            if name.isEmpty { return email }
            let escaped = name.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
                .split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
            return "\"\(escaped)\" <\(email)>"
        }
    }

    /// The mailboxes of a field; empty if it is absent.
    mutating func addresses(_ field: FieldName) -> [Address] {
        guard let list = message.addresses(field, defects: &defects) else { return [] }
        return list.mailboxes.map { mailbox in
            Address(
                name: mailbox.name.map { String(decoding: list.text[$0], as: UTF8.self) } ?? "",
                email: String(decoding: list.text[mailbox.email], as: UTF8.self))
        }
    }

    /// Who the message was for: as SMTP said, else as its header says.
    mutating func recipients() -> [String] {
        if let trace { return trace.recipients.map { String(decoding: $0, as: UTF8.self) } }
        return addresses(.to).map(\.email).filter { !$0.isEmpty }
    }

    /// Who sent it: as SMTP said (empty: a bounce), else as its header says.
    mutating func sender() -> String {
        if let trace { return String(decoding: trace.mailFrom ?? [], as: UTF8.self) }
        return addresses(.from).first?.email ?? ""
    }

    /// A field's value, decoded; empty if it is absent.
    mutating func value(_ name: FieldName) -> String {
        guard let field = message.first(name) else { return "" }
        var bytes: [UInt8] = []
        message.appendText(of: field, to: &bytes, defects: &defects)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A part's file name; nil if it has none.
    mutating func name(of part: Part) -> String? {
        var bytes: [UInt8] = []
        guard message.appendName(of: part, to: &bytes, defects: &defects) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A part's Content-ID without angle brackets; nil if it has none.
    func contentID(of part: Part) -> String? {
        var bytes: [UInt8] = []
        return message.appendContentID(of: part, to: &bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// A part's disposition, in lower case; nil if it has none.
    func disposition(of part: Part) -> String? {
        var bytes: [UInt8] = []
        return message.appendDisposition(of: part, to: &bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
