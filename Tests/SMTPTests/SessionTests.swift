import Testing

@testable import SMTP

struct SessionTests {
    private let second: Int64 = 1_000_000_000

    private func policy(timeout: Int = 300) throws -> Policy {
        Policy(
            hostname: "mx.example.com",
            recipients: RecipientTable([try AddressPattern("@example.com")], delimiters: "+"),
            timeout: timeout)
    }

    // MARK: Time

    @Test func theDeadlineMovesWithWholeCommandsOnly() throws {
        var player = Player(try policy())
        #expect(player.session.deadline == 300 * second)
        player.feed("NO".utf8, now: 100 * second)
        #expect(player.session.deadline == 300 * second)
        player.feed("OP\r\n".utf8, now: 200 * second)
        #expect(player.session.deadline == 500 * second)
        player.feed([UInt8](repeating: 0x41, count: 5000), now: 300 * second)
        #expect(player.session.deadline == 500 * second)
    }

    @Test func aTransactionHasAPace() throws {
        var player = Player(try policy())
        player.feed("HELO c\r\n".utf8)
        player.feed("MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n".utf8, now: 10 * second)
        // The first minute is free.
        #expect(player.session.deadline == 70 * second)
        player.feed([UInt8](repeating: 0x41, count: 50_000), now: 60 * second)
        let bytes = Int64(50_000 + "MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n".utf8.count)
        #expect(player.session.deadline == 10 * second + bytes * second / 500)
        player.session.expire(now: 200 * second)
        #expect(player.replies().last == "421 4.4.2 Transaction slower than 500 bytes a second; closing")
    }

    /// An endless chunk may bring more bytes than there are nanoseconds for.
    @Test func noNumberOfBytesIsTooMuch() throws {
        var player = Player(try policy())
        player.feed("HELO c\r\nMAIL FROM:<>\r\n".utf8)
        player.session.transaction?.bytesReceived = .max - 1
        player.feed("NOOP".utf8, now: second)
        #expect(player.session.deadline == 300 * second)
    }

    @Test func theDelayOfTheGreetingIsNotTheClientsTime() throws {
        var player = Player(try policy(timeout: 20))
        player.session.greeted(now: 60 * second)
        #expect(player.session.deadline == 80 * second)
    }

    @Test func silenceAndSlownessDiffer() throws {
        var player = Player(try policy(timeout: 20))
        player.feed("HELO c\r\nMAIL FROM:<>\r\n".utf8)
        #expect(player.session.deadline == 20 * second)
        player.session.expire(now: 21 * second)
        #expect(player.replies().last == "421 4.4.2 Nothing complete for 20 seconds; closing")
    }

    // MARK: The disk

    @Test(arguments: [(true, "452 4.3.1"), (false, "451 4.3.0")])
    func aFailureBeforeDuringAndAfterTheContent(_ isFull: Bool, _ reply: String) throws {
        for stage in 0...2 {
            var session = Session(
                policy: try policy(), dialect: .smtp, client: Client(address: nil), now: 0)
            func run(_ text: String) -> [Effect] { drive(&session, text) }
            _ = run("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\n")
            #expect(run("DATA\r\n").last == .open)
            if stage == 0 {
                session.storeFailed(isFull: isFull, now: 0)
            } else {
                session.opened()
                #expect(run("half\r\n").contains(.content(0..<6)))
                if stage == 1 { session.storeFailed(isFull: isFull, now: 0) }
                let effects = run("rest\r\n.\r\n")
                #expect(effects.contains(.commit) == (stage == 2))
                if stage == 2 { session.storeFailed(isFull: isFull, now: 0) }
            }
            let output = String(decoding: session.output, as: UTF8.self)
            #expect(output.hasSuffix("\r\n") && output.split(separator: "\r\n").last?.hasPrefix(reply) == true)
            let isIdle = session.isIdle
            #expect(isIdle)
        }
    }

    @Test func aFailureWithinChunks() throws {
        var session = Session(policy: try policy(), dialect: .smtp, client: Client(address: nil), now: 0)
        _ = drive(&session, "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\n")
        #expect(drive(&session, "BDAT 4\r\n").last == .open)
        session.storeFailed(isFull: true, now: 0)
        #expect(!drive(&session, "QUIT").contains(.close))
        #expect(String(decoding: session.output, as: UTF8.self).hasSuffix("452 4.3.1 Disk full; try again later\r\n"))
        _ = drive(&session, "BDAT 4 LAST\r\nQUIT")
        #expect(
            String(decoding: session.output, as: UTF8.self).contains("503 5.5.1 A chunk of this message was refused"))
    }

    /// Shows all of it, stopping where the session needs an answer.
    private func drive(_ session: inout Session, _ text: String) -> [Effect] {
        let bytes = Array(text.utf8)
        var position = 0
        var effects: [Effect] = []
        while effects.last != .more, effects.last != .open, effects.last != .commit, effects.last != .close {
            effects.append(session.step(bytes.span, &position, now: 0))
            if effects.last == .judge { session.allowed() }
        }
        return effects
    }

    // MARK: Errors

    @Test func aMessageSetsTheErrorsBack() throws {
        var player = Player(try policy())
        player.feed("HELO c\r\n".utf8)
        for _ in 0..<10 { player.feed("FROB\r\n".utf8) }
        player.feed("MAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n.\r\n".utf8)
        for _ in 0..<10 { player.feed("FROB\r\n".utf8) }
        let isOpen = !player.isClosed
        #expect(isOpen)
        player.feed("FROB\r\n".utf8)
        let isClosed = player.isClosed
        #expect(isClosed)
        let refusals = player.session.refusals
        #expect(refusals.count == 22 && refusals.last?.reply.name == .tooManyErrors)
    }

    @Test func repliesHoldNoStrangeBytes() {
        for name in ReplyName.allCases {
            let line = Reply(name, (0...255).map { UInt8($0) } + [UInt8](repeating: 0x41, count: 1000)).line
            #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(line.utf8.count <= 510)
            #expect(line.hasPrefix("\(name.template.code) "))
            #expect("\(name.template.text)".filter { $0 == "%" }.count <= 1)
            // RFC 2034: the class of the enhanced code is that of the reply.
            let enhanced = "\(name.template.enhanced)"
            #expect(enhanced.isEmpty || enhanced.first == line.first)
        }
    }

    /// Whatever comes, in whatever pieces: the session never traps, never takes in more than was shown, and always
    /// ends a reply with CR LF.
    @Test func anyBytes() throws {
        let words = [
            "EHLO c\r\n", "LHLO c\r\n", "MAIL FROM:<a@b>", "RCPT TO:<a@example.com>", "DATA\r\n", "BDAT ", "5",
            " LAST\r\n",
            "\r\n", ".\r\n", "\r\n.\r\n", "STARTTLS\r\n", "RSET\r\n", "QUIT", "\0", "\u{fc}", " SIZE=9",
            " BODY=BINARYMIME",
            "\n", "\r", "99999999999999999999", "NOOP\r\n", " SMTPUTF8",
        ]
        for seed in 0..<3000 {
            var random = Generator(state: UInt64(seed))
            var player = Player(try policy(), isLMTP: seed % 3 == 0)
            for _ in 0..<40 {
                let text = words.randomElement(using: &random) ?? ""
                player.feed(text.utf8.prefix(Int.random(in: 1...30, using: &random)))
                if player.isSecuring { player.handshake() }
            }
            let output = player.session.output
            #expect(output.suffix(2) == [13, 10])
        }
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
