import Testing

@testable import SMTP

struct TraceBlockTests {
    private func block(
        name: String = "client.example", address: String? = "192.0.2.7", hostname: String? = nil, tls: TLSInfo? = nil,
        isLMTP: Bool = false, isExtended: Bool = true, isSMTPUTF8: Bool = false, to: [String] = ["b@example.com"],
        from: String? = "a@example.net"
    ) -> String {
        func mailbox(_ text: String) -> Mailbox {
            Mailbox(bytes: Array(text.utf8), at: Array(text.utf8).lastIndex(of: 0x40), isASCII: true)
        }
        let envelope = Envelope(
            client: Client(address: address.flatMap { IPAddress($0) }, hostname: hostname),
            introduction: Introduction(name: Array(name.utf8), isExtended: isExtended), tls: tls, isLMTP: isLMTP,
            sender: from.map(mailbox), recipients: to.map(mailbox), isSMTPUTF8: isSMTPUTF8)
        var bytes: [UInt8] = []
        envelope.writeTraceBlock(
            id: "ID", hostname: "mx.example.com", date: "Sat, 21 Nov 2026 10:00:00 +0000", into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func single() {
        let tls = TLSInfo(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")
        #expect(
            block(tls: tls) == """
                Return-Path: <a@example.net>\r
                Delivered-To: b@example.com\r
                Received: from client.example (unknown [192.0.2.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r
                \tby mx.example.com with ESMTPS id ID\r
                \tfor <b@example.com>;\r
                \tSat, 21 Nov 2026 10:00:00 +0000\r\n
                """)
    }

    @Test func several() {
        #expect(
            block(address: nil, isLMTP: true, to: ["b@example.com", "c@example.com"], from: nil) == """
                Return-Path: <>\r
                Delivered-To: b@example.com\r
                Delivered-To: c@example.com\r
                Received: from client.example (local)\r
                \tby mx.example.com with LMTP id ID;\r
                \tSat, 21 Nov 2026 10:00:00 +0000\r\n
                """)
    }

    @Test(arguments: [
        ("[192.0.2.1]", "[192.0.2.1]"), ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"), ("a b", "a?b"),
        ("x\r\nReceived: from y", "x??Received:?from?y"), ("x (unknown [10.0.0.1])", "x??unknown??10.0.0.1??"),
        ("[x] [y]", "[x????y]".replacing("????", with: "???")), ("[]", "??"), ("ü", "??"), ("a_b-c.d", "a_b-c.d"),
    ])
    func namesCannotForge(_ name: String, _ written: String) {
        #expect(block(name: name).contains("Received: from \(written) (unknown [192.0.2.7])\r\n"))
        #expect(block(hostname: name).contains("from client.example (\(written) [192.0.2.7])\r\n"))
    }

    @Test(arguments: [
        (false, false, false, false, "SMTP"), (true, false, false, false, "ESMTP"),
        (true, true, false, false, "ESMTPS"),
        (true, false, true, false, "LMTP"), (true, true, true, false, "LMTPS"), (true, false, false, true, "UTF8SMTP"),
        (true, true, false, true, "UTF8SMTPS"), (true, true, true, true, "UTF8LMTPS"),
        (false, true, false, false, "SMTP"),
    ])
    func protocols(_ isExtended: Bool, _ isTLS: Bool, _ isLMTP: Bool, _ isUTF8: Bool, _ name: String) {
        let tls = isTLS ? TLSInfo(version: "TLSv1.2", cipher: "C") : nil
        #expect(
            block(tls: tls, isLMTP: isLMTP, isExtended: isExtended, isSMTPUTF8: isUTF8).contains(" with \(name) id ID"))
    }

    @Test func sixIsNamed() {
        #expect(block(address: "2001:DB8:0:0:0:0:0:1").contains("(unknown [IPv6:2001:db8::1])\r\n"))
    }
}
