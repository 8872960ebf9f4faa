import Testing

@testable import SMTP

struct AddressTests {
    private func mailbox(_ text: String) throws -> Mailbox {
        let bytes = Array("<\(text)>".utf8)
        var cursor = Cursor(bytes.span)
        guard case .mailbox(let mailbox)? = cursor.path() else { throw Refused() }
        return mailbox
    }

    private struct Refused: Error {}

    @Test(arguments: [
        ("alerts@example.com", "alerts@example.com", true), ("alerts@example.com", "ALERTS@Example.COM", true),
        ("alerts@example.com", "alerts+tag@example.com", true), ("alerts@example.com", "alert@example.com", false),
        ("alerts@example.com", "+alerts@example.com", false), ("a+b@example.com", "a+b@example.com", true),
        ("a+b@example.com", "a+c@example.com", false), ("alerts@example.com", "\"alerts\"@example.com", true),
        ("alerts@example.com", "\"al\\erts\"@example.com", true),
        ("alerts@example.com", "alerts@example.com.evil", false),
        ("@example.com", "x@example.com", true), ("@example.com", "x@a.example.com", false),
        ("@example.com", "\"x@y\"@example.com", true), ("@example.com", "\"x@example.com\"@evil.example", false),
        ("@.example.com", "x@a.example.com", true), ("@.example.com", "x@a.b.example.com", true),
        ("@.example.com", "x@example.com", false), ("@.example.com", "x@badexample.com", false),
        ("@*", "x@anything.example", true), ("a@[192.0.2.1]", "a@[192.0.2.1]", true),
        ("ü@bücher.example", "Ü@BÜCHER.example", true), (#""*"@example.com"#, "*@example.com", true),
        ("@bücher.example", "x@xn--bcher-kva.example", true), ("@XN--BCHER-KVA.example", "x@BÜCHER.Example", true),
        ("@bücher.example", "x@bu\u{308}cher.example", true), ("@.bücher.example", "x@a.xn--bcher-kva.example", true),
        ("x@例え.テスト", "x@xn--r8jz45g.xn--zckzah", true),
        ("@bücher.example", "x@xn--bcher-kvb.example", false), ("@bücher.example", "x@bcher-kva.example", false),
        ("bücher@example.com", "xn--bcher-kva@example.com", false),
    ])
    func patterns(_ pattern: String, _ address: String, _ matches: Bool) throws {
        let parsed = try AddressPattern(pattern)
        #expect(parsed.matches(ComparableAddress(Array(address.utf8)), delimiters: "+") == matches)
        let table = RecipientTable([parsed], delimiters: "+")
        #expect((table.verdict(on: try mailbox(address)) == .accepted) == matches)
    }

    /// Samples of RFC 3492 §7.1, and what stands for nothing.
    @Test(arguments: [
        ("xn--egbpdaj6bu4bxfgehfvwxn", "ليهمابتكلموشعربي؟"), ("xn--ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"),
        ("xn--b1abfaaepdrnnbgefbadotcwatmq2g4l", "почемужеонинеговорятпорусски"),
        ("xn--hello-another-way--fc4qua05auwb3674vfr0b", "hello-another-way-それぞれの場所"),
        ("XN--D9JUAU41AWCZCZP", "そのスピードで"),
        ("a--b.xn--0zwm56d.xn--", "a--b.测试.xn--"), ("xn--99999999", "xn--99999999"), ("xn--ab-", "xn--ab-"),
        ("xn--a_b", "xn--a_b"), ("xn--zzzzzzzz", "xn--zzzzzzzz"), ("xn---", "xn---"), ("xn--é-kva", "xn--é-kva"),
        ("xn--\(String(repeating: "a", count: 60))", "xn--\(String(repeating: "a", count: 60))"),
    ])
    func comparableDomains(_ name: String, _ compared: String) {
        #expect(comparableDomain(Array(name.utf8)) == compared)
    }

    @Test func noLabelTraps() {
        let digits = Array("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...59)).map { _ in digits.randomElement() ?? 0 }
            _ = comparableDomain(Array("xn--".utf8) + text)
        }
    }

    @Test(arguments: [
        "", "x", "@", "x@", "@.", "@a..b", "x@a b", "*@example.com@", "x@.example.com", "@exa mple.com", "@**",
        "*@example.com", "alerts+*@example.com",
    ])
    func noPattern(_ text: String) {
        #expect(throws: AddressPattern.Malformed.self) { try AddressPattern(text) }
    }

    @Test func delimiters() throws {
        let table = RecipientTable([try AddressPattern("a@example.com")], delimiters: "-+")
        #expect(table.verdict(on: try mailbox("a-x@example.com")) == .accepted)
        #expect(table.verdict(on: try mailbox("a+x@example.com")) == .accepted)
        let none = RecipientTable([try AddressPattern("a@example.com")], delimiters: "")
        #expect(none.verdict(on: try mailbox("a+x@example.com")) == .unknown)
    }

    @Test func postmasterAndBareNames() throws {
        let table = RecipientTable(
            [try AddressPattern("a@example.com"), try AddressPattern("@.example.org")], delimiters: "+")
        let expected: [(String, RecipientTable.Verdict)] = [
            ("postmaster", .accepted), ("PostMaster@example.com", .accepted), ("postmaster@example.net", .foreign),
            ("postmaster@example.org", .foreign), ("a", .accepted), ("b", .unknown), ("b@example.com", .unknown),
        ]
        for (address, verdict) in expected { #expect(table.verdict(on: try mailbox(address)) == verdict, "\(address)") }
        let closed = RecipientTable([try AddressPattern("@.example.org")], delimiters: "+")
        #expect(closed.verdict(on: try mailbox("postmaster")) == .accepted)
    }

    @Test(arguments: [
        "a@b", "a.b@c", "a..b@c.example", "!#$%&'*+-/=?^_`{|}~@x", "\"\"@x", "\"a\\\"b\"@x", "a@[1.2.3.4]",
        "a@[IPv6:2001:db8::1]", "a@[tag:x]", "a@x_y.example", "a@1.2.3.4", "postmaster",
    ])
    func grammatical(_ text: String) throws {
        #expect(try mailbox(text).bytes == Array(text.utf8))
    }

    @Test(arguments: [
        "@", "a@", "@b", "a b@c", "a@b c", "a@@b", "a@b@c", "a@.b", "a@b.", "a@-b", "a@b-", "a@[1.2.3]",
        "a@[1.2.3.4.5]",
        "a@[1.2.3.1000]", "a@[]", "a@[:x]", "a@[tag:]", "a@[x", "\"a@b", "\"a\"b@c", "a\"b\"@c", "a\\b@c", "<a@b",
        "a(b)@c",
        "a@(b)", "a,b@c", "a:b@c", "a;b@c",
    ])
    func ungrammatical(_ text: String) {
        #expect(throws: Refused.self) { try mailbox(text) }
    }

    @Test func lengths() throws {
        let local = String(repeating: "l", count: PathLimit.localPart)
        let label = String(repeating: "d", count: 63)
        let domain = "\(label).\(label).\(label).\(label)"
        _ = try mailbox("\(local)@\(domain)")
        #expect(throws: Refused.self) { try mailbox("\(local)l@x") }
        #expect(throws: Refused.self) { try mailbox("x@d.\(domain)") }
        #expect(throws: Refused.self) { try mailbox("x@\(label)d") }
    }

    /// No bytes make the grammar trap, and what it takes holds no control character.
    @Test func anyBytes() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("<>@.,:;\"\\[]() \t\r\n\0aZ9-_+=\u{fc}IPv6".utf8)
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            var cursor = Cursor(bytes.span)
            if case .mailbox(let mailbox)? = cursor.path() {
                #expect(!mailbox.bytes.contains { $0 < 0x20 || $0 == 0x7F })
                _ = ComparableAddress(mailbox.bytes)
            }
            _ = ComparableAddress(bytes)
        }
    }
}
