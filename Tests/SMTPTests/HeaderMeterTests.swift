import Testing

@testable import SMTP

struct HeaderMeterTests {
    /// The header section as it should be measured, and what follows it.
    static let cases: [(header: String, rest: String)] = [
        ("Subject: x\r\n\r\n", "body\r\n\r\n"), ("Subject: x\n\n", "body\n"), ("Subject : x\r\nX:\r\n y\r\n\r\n", "b"),
        ("A: " + String(repeating: "a", count: 5000) + "\r\n\tmore: of it\r\n\r\n", "B: c\r\n"),
        ("\r\n", "Subject: body\r\n"), ("Subject: x\r\nn", ""), ("Subject: x\r\nno field\r\n", "body"),
        ("", ""), (":", "no name\r\n"), ("ü", "ber: x\r\n"), (String(repeating: "x", count: 999), "x: y"),
    ]

    @Test(arguments: cases) func measures(_ header: String, _ rest: String) {
        let bytes = Array((header + rest).utf8)
        // A line that is no field ends the section where that shows.
        let end = header.hasPrefix("ü") ? 1 : header.utf8.count
        for split in 0...min(bytes.count, 40) {
            var meter = HeaderMeter()
            meter.read(bytes.span.extracting(0..<split))
            meter.read(bytes.span.extracting(split..<bytes.count))
            #expect(meter.size == end)
            #expect(meter.hasEnded == !rest.isEmpty || header.hasSuffix("field\r\n"))
        }
    }

    /// At the limit a message is taken, one byte beyond it is refused; the size of the body does not matter.
    @Test(arguments: [true, false]) func theSessionHoldsTheLimit(_ isChunked: Bool) throws {
        for (excess, reply) in [
            (0, "250 2.0.0 Ok"), (1, "552 5.3.4 Header section too big: the limit is 1048576 bytes"),
        ] {
            let policy = Policy(
                hostname: "mx.example.com",
                recipients: RecipientTable([try AddressPattern("@example.com")], delimiters: "+"))
            var player = Player(policy)
            player.feed("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\n".utf8)
            let line = Array("X-Line: 89012345678901234567890123456789012345678901234567890123\r\n".utf8)
            var message = (0..<(1_048_576 / 64 - 1)).flatMap { _ in line[..<8] + line[(line.count - 56)...] }
            let rest = 1_048_576 - message.count + excess
            message += Array("A: ".utf8) + [UInt8](repeating: 0x61, count: rest - 7) + Array("\r\n\r\nbody\r\n".utf8)
            player.feed(Array(isChunked ? "BDAT \(message.count) LAST\r\n".utf8 : "DATA\r\n".utf8))
            _ = player.replies()
            player.feed(isChunked ? message : message + Array(".\r\n".utf8))
            #expect(player.replies().last?.hasPrefix(reply) == true)
            let stored = player.messages.count
            #expect(stored == 1 - excess)
        }
    }
}
