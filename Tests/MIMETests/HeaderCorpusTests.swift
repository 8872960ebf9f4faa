import Foundation
import Testing

@testable import MIME

/// expected/headers.jsonl: what other parsers' own tests say about single fields.
@Suite struct HeaderCorpusTests {
    struct Case: Decodable {
        let suite: String
        let kind: String
        let header: String
        let expect: JSON
    }

    enum JSON: Decodable, Equatable {
        case null, bool(Bool), number(Double), string(String), array([JSON]), object([String: JSON])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(String.self) {
                self = .string(value)
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode([JSON].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: JSON].self))
            }
        }
    }

    static func cases() throws -> [Case] {
        guard let corpora else { return [] }
        let file = try String(contentsOf: corpora.appendingPathComponent("expected/headers.jsonl"), encoding: .utf8)
        return try file.split(separator: "\n").map { try JSONDecoder().decode(Case.self, from: Data($0.utf8)) }
    }

    /// How many of each kind agree. The others are differences of opinion, listed in Tests/CONFORMANCE.md.
    static let agreeing = ["text": 63, "address": 85, "ctype": 149, "date": 38, "msgid": 11]

    @Test func agreement() throws {
        var agreed: [String: Int] = [:]
        let verbose = ProcessInfo.processInfo.environment["MIME_SHOW"]
        for one in try Self.cases() {
            guard let result = Self.read(one) else { continue }
            if result == one.expect {
                agreed[one.kind, default: 0] += 1
            } else if verbose == one.kind {
                print(one.suite, one.header.debugDescription, "\n   want", one.expect, "\n   have", result)
            }
        }
        print(agreed)
        for (kind, least) in Self.agreeing where corpora != nil {
            #expect(agreed[kind, default: 0] >= least, "\(kind)")
        }
    }

    /// What Go refuses is told, where the RFCs refuse it too: groups may be empty or have several members, and charsets are many.
    @Test func errorsAreDefects() throws {
        for one in try Self.cases() where one.kind == "address-error" {
            let message = Message.parse([UInt8](("From: " + one.header).utf8) + [0x0A])
            var defects = Defects()
            _ = message.addresses(.from, defects: &defects)
            let isValid = one.header.hasSuffix(";") && !one.header.contains("root") || one.header.contains("iso-8859-2")
            #expect(defects.list.isEmpty == isValid, "\(one.header)")
        }
    }

    /// What this module makes of a field, in the suite's shape; nil: a kind that is not ours.
    static func read(_ one: Case) -> JSON? {
        let names = [
            "text": "Subject", "address": "From", "ctype": "Content-Type", "date": "Date", "msgid": "References",
        ]
        guard let name = names[one.kind] else { return nil }
        let message = Message.parse([UInt8]((name + ": " + one.header).utf8) + [0x0A])
        var defects = Defects()
        switch one.kind {
        case "text": return .string(message.string(.subject) ?? "")
        case "address":
            let list = message.addresses(.from, defects: &defects)?.strings ?? []
            // Go's tests leave the name out, or say that it is empty.
            if case .array(let wanted) = one.expect, one.suite == "go", wanted.count == list.count {
                return .array(zip(list, wanted).map { mailbox($0, like: $1) })
            }
            return .array(list.map { mailbox($0, like: .null) })
        case "date":
            let date = text { message.date(.date, defects: &defects)?.appendRFC3339(to: &$0) }
            return date.isEmpty ? .null : .string(date.replacingOccurrences(of: "Z", with: "+00:00"))
        case "msgid":
            let ids = message.messageIDs(.references)?.strings ?? []
            return ids.isEmpty ? .null : .array(ids.map { .string($0) })
        default: return contentType(one, message)
        }
    }

    private static func mailbox(_ mailbox: [String?], like wanted: JSON) -> JSON {
        var name = mailbox[0].map { JSON.string($0) } ?? .null
        if case .array(let members) = wanted, name == .null, members.first == .string("") { name = .string("") }
        return .array([name, .string(mailbox[1] ?? "")])
    }

    private static func contentType(_ one: Case, _ message: Message) -> JSON {
        guard let field = message.first(.contentType) else { return .null }
        let span = message.bytes.span
        let type = ContentType(span, field.value)
        guard !type.type.isEmpty else { return .null }
        var name = text { $0.append(span.extracting(type.type)) }
        if !type.subtype.isEmpty { name += "/" + text { $0.append(span.extracting(type.subtype)) } }
        var parameters: [String: JSON] = [:]
        for parameter in message.parameters(of: field) {
            parameters[String(decoding: parameter.name, as: UTF8.self)] =
                .string(String(decoding: parameter.value, as: UTF8.self))
        }
        guard case .object(let expected) = one.expect else { return .string(name) }
        var result = expected
        result["type"] = .string(name.lowercased())
        result["params"] = .object(parameters)
        if case .object(var wanted) = expected["params"] {
            for key in wanted.keys where key.hasSuffix("-language") { wanted[key] = nil }
            if wanted == parameters { result["params"] = expected["params"] }
        }
        return .object(result)
    }
}
