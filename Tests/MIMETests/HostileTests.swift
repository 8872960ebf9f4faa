import Testing

@testable import MIME

/// Inputs made to be expensive: the time must not grow with the square of their length.
@Suite(.serialized) struct HostileTests {
    struct Flood: Sendable, CustomTestStringConvertible {
        let name: String
        let make: @Sendable (Int) -> String
        var testDescription: String { name }

        init(_ name: String, _ make: @escaping @Sendable (Int) -> String) {
            self.name = name
            self.make = make
        }
    }

    static func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

    static let floods: [Flood] = [
        Flood("fields") { times($0, "X: y\n") },
        Flood("fields of the same name") { times($0, "To: a@b\n") },
        Flood("folded lines") { "Subject: x\n" + times($0, " y\n") },
        Flood("open parts") { "Content-Type: multipart/mixed; boundary=b\n\n" + times($0, "--b\n\nx\n") },
        Flood("nested multiparts") { count in
            (0..<count / 10).map { "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n" }.joined()
        },
        Flood("nested multiparts, same boundary") {
            times($0 / 10, "Content-Type: multipart/mixed; boundary=b\n\n--b\n")
        },
        Flood("long boundary") {
            let boundary = times(900, "x")
            return "Content-Type: multipart/mixed; boundary=\(boundary)\n\n" + times($0 / 100, "--\(boundary)y\n")
        },
        Flood("dashes") { "Content-Type: multipart/mixed; boundary=-\n\n" + times($0, "--") },
        Flood("dash lines") { "Content-Type: multipart/mixed; boundary=--\n\n" + times($0, "--\n") },
        Flood("angle brackets") { "From: " + times($0, "<") },
        Flood("angle brackets with words") { "From: " + times($0, "<a ") },
        Flood("comments not closed") { "From: " + times($0, "(") },
        Flood("comments nested") { "From: " + times($0, "(") + times($0, ")") },
        Flood("quotes escaped") { "From: \"" + times($0, "\\\"") },
        Flood("quotes in brackets") { "From: <\"" + times($0, "\\\"") },
        Flood("domain literals not closed") { "From: a@" + times($0, "[") },
        Flood("groups") { "From: " + times($0, "a:") },
        Flood("at signs") { "From: " + times($0, "a@ ") },
        Flood("colons after an at sign") { "From: " + times($0, "a") + "@" + times($0, ":") },
        Flood("encoded words begun") { "Subject: " + times($0, "=?a?q?") },
        Flood("encoded words begun, base64") { "Subject: " + times($0, "=?a?b?x") },
        Flood("encoded words") { "Subject: " + times($0, "=?utf-8?q?a?= ") },
        Flood("charset changes") { "Subject: " + times($0, "=?utf-8?q?a?= =?iso-8859-1?q?a?= ") },
        Flood("parameters") { "Content-Type: text/plain" + times($0, "; a=b") },
        Flood("sections") { count in
            "Content-Type: text/plain" + (0..<count).map { "; name*\(count - $0)=x" }.joined()
        },
        Flood("white space in a parameter") { "Content-Type: text/plain; name=a" + times($0, " ") + "b" },
        Flood("quotes of a parameter") { "Content-Type: text/plain; name=\"" + times($0, "\\\"") },
        Flood("ids") { "References: " + times($0, "<a") + times($0, ">") },
        Flood("URLs") { "List-Post: " + times($0, "<a>,") },
        Flood("URLs begun") { "List-Post: " + times($0, "<(") },
        Flood("dates") { "Date: " + times($0, "1 ") },
        Flood("padding") { "Content-Transfer-Encoding: base64\n\n" + times($0, "QQ==") },
        Flood("padding with junk at the end") { "Content-Transfer-Encoding: base64\n\n" + times($0, "QQ==") + " *" },
        Flood("white space in quoted-printable") {
            "Content-Transfer-Encoding: quoted-printable\n\n" + times($0, "= ")
        },
        Flood("flowed") { "Content-Type: text/plain; format=flowed\n\n" + times($0, "> \n") },
        Flood("meta tags") { "Content-Type: text/html\n\n" + times($0, "<meta charset") },
    ]

    /// Everything that reads the message.
    static func readAll(_ source: String) -> Int {
        let message = Message.parse(source, crlf: false)
        var output: [UInt8] = []
        var defects = Defects(message.defects)
        for field in message.fields { message.appendText(of: field, to: &output, defects: &defects) }
        for name in [FieldName.from, .to] {
            output.append(contentsOf: message.addresses(name, defects: &defects)?.text ?? [])
        }
        output.append(contentsOf: message.messageIDs(.references)?.text ?? [])
        for field in message.fields(named: "list-post") { output.append(contentsOf: message.urls(of: field).text) }
        message.date(.date, defects: &defects)?.appendUTC(to: &output)
        _ = message.displayedBodies()
        _ = message.trace
        for part in message.parts.prefix(200) {
            _ = message.appendName(of: part, to: &output, defects: &defects)
            _ = message.appendBase64Body(of: part, to: &output, defects: &defects)
            _ = message.appendPartID(of: part, to: &output)
            if part.isText { message.appendText(of: part, to: &output, defects: &defects) }
        }
        return output.count
    }

    @Test(arguments: floods)
    func linear(_ flood: Flood) {
        expectLinear(flood.name) { count in
            let source = flood.make(count)
            return { _ = Self.readAll(source) }
        }
    }

    /// The charset for raw text is sought in the body's type, which is long, once and not for each field.
    @Test func rawFields() {
        expectLinear("raw fields") { count in
            let type = "Content-Type: text/plain; x=\"" + Self.times(count, "xxxxx") + "\"; charset=koi8-r\n\n"
            let fields = (0..<count / 4).flatMap { _ in [UInt8(ascii: "X"), UInt8(ascii: ":"), 0xD0, .lf] }
            let message = Message.parse(fields + Array(type.utf8))
            return {
                var output: [UInt8] = []
                var defects = Defects()
                for field in message.fields { message.appendText(of: field, to: &output, defects: &defects) }
            }
        }
    }

    @Test func aMillionFields() {
        let message = Message.parse(Self.times(1_000_000, "X:\n") + "\nbody\n", crlf: false)
        #expect(message.header.count == Limits.fieldsPerHeader)
        #expect(message.defects.map(\.code) == [.fieldLimit])
        #expect(message.body(0) == "body\n")
    }

    /// Nothing is made of them, however many there are.
    @Test(arguments: ["Bob <> <a@b>", "Bob " + times(1_000, "<>") + "<a@b>"])
    func emptyAngleBrackets(_ list: String) {
        let message = Message.parse("From: \(list)\n\n", crlf: false)
        var defects = Defects()
        #expect(message.addresses(.from, defects: &defects)?.strings == [["Bob", "a@b"]])
        #expect(defects.list.map(\.code) == [.address])
    }

    @Test func depthAndParts() {
        let nested = (0..<5_000).map { "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n" }.joined()
        let deep = Message.parse(nested, crlf: false)
        #expect(deep.parts.count == Limits.depth + 1)
        #expect(deep.defects.contains { $0.code == .depthLimit })
        let wide = Message.parse(
            "Content-Type: multipart/mixed; boundary=b\n\n" + Self.times(20_000, "--b\n\nx\n"), crlf: false)
        #expect(wide.parts.count == Limits.parts)
        #expect(wide.defects.contains { $0.code == .partLimit })
    }

    /// Random damage to a real message: no trap, and text that is UTF-8.
    @Test func damage() {
        var random = SplitMix(state: 7)
        let source = [UInt8](OrderTests.source.utf8)
        for _ in 0..<3_000 {
            var bytes = source
            for _ in 0..<(1 + Int(random.next() % 8)) {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 60)))
                }
            }
            let message = Message.parse(bytes)
            var defects = Defects(message.defects)
            var output: [UInt8] = []
            for field in message.fields { message.appendText(of: field, to: &output, defects: &defects) }
            for name in [FieldName.from, .to, .replyTo] {
                output.append(contentsOf: message.addresses(name, defects: &defects)?.text ?? [])
            }
            for part in message.parts where part.isText { message.appendText(of: part, to: &output, defects: &defects) }
            #expect(String(validating: output, as: UTF8.self) != nil)
        }
    }
}

/// A random number generator whose seed is fixed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
