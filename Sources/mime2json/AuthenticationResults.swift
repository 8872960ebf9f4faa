import JSON
import MIME

/// One verdict of an Authentication-Results field (RFC 8601 §2.2).
struct AuthenticationVerdict: Equatable {
    /// `spf`, `dkim`, `dmarc` …, in lower case.
    let method: String
    /// `pass`, `fail` …, in lower case.
    let result: String
    /// What the verdict is about: `header.from` and its value, and so on.
    let properties: [(name: String, value: String)]

    static func == (left: AuthenticationVerdict, right: AuthenticationVerdict) -> Bool {
        left.method == right.method && left.result == right.result
            && left.properties.elementsEqual(right.properties) { $0 == $1 }
    }

    /// Reads the verdicts of one field: after the server's name, separated by semicolons. Comments are passed over.
    static func read(_ value: String) -> [AuthenticationVerdict] {
        withoutComments(value).split(separator: ";").dropFirst().compactMap { statement in
            let words = statement.split { $0 == " " || $0 == "\t" }.map { pair($0) }
            guard let first = words.first, let verdict = first else { return nil }
            let method = verdict.name.split(separator: "/").first.map { String($0) } ?? ""
            let properties = words.dropFirst().compactMap { $0 }.filter { $0.name != "reason" }
            return AuthenticationVerdict(
                method: method.lowercased(), result: verdict.value.lowercased(), properties: Array(properties))
        }
    }

    private static func pair(_ word: Substring) -> (name: String, value: String)? {
        guard let equals = word.firstIndex(of: "="), equals > word.startIndex else { return nil }
        let value = word[word.index(after: equals)...].filter { $0 != "\"" }
        return (word[..<equals].lowercased(), String(value))
    }

    private static func withoutComments(_ value: String) -> String {
        var text = ""
        var depth = 0
        var isQuoted = false
        for character in value {
            if character == "\"" { isQuoted.toggle() }
            if character == "(", !isQuoted { depth += 1 }
            if depth == 0 { text.append(isQuoted && character == ";" ? " " : character) }
            if character == ")", !isQuoted, depth > 0 { depth -= 1 }
        }
        return text
    }
}

extension EmailDocument {
    /// `auth`: the verdicts, in order.
    func writeAuthentication(to json: inout JSONWriter) {
        let verdicts = authentication()
        if verdicts.isEmpty { return }
        json.name("auth")
        json.array { json in
            for verdict in verdicts { Self.write(verdict, to: &json) }
        }
    }

    private static func write(_ verdict: AuthenticationVerdict, to json: inout JSONWriter) {
        json.object { json in
            json.member("method", verdict.method)
            json.member("result", verdict.result)
            if verdict.properties.isEmpty { return }
            json.name("properties")
            json.array { json in
                for property in verdict.properties {
                    json.object { json in
                        json.member("name", property.name)
                        json.member("value", property.value)
                    }
                }
            }
        }
    }

    /// The verdicts of the trace block: those that the spool's own tools have added, never the sender's.
    func authentication() -> [AuthenticationVerdict] {
        guard let trace else { return [] }
        var rest = Limits.authenticationResults
        return trace.authenticationResults.flatMap { field -> [AuthenticationVerdict] in
            rest -= field.value.count
            guard rest >= 0 else { return [] }
            var bytes: [UInt8] = []
            var ignored = Defects()
            message.appendText(of: field, to: &bytes, defects: &ignored)
            return AuthenticationVerdict.read(String(decoding: bytes, as: UTF8.self))
        }
    }
}
