import Glibc
import SMTP
import Spool
import Synchronization
import Tool

/// One connection from the first byte to the last, on a thread of its own: it reads, lets the session decide, does
/// what the session says, and writes, in a straight line.
struct Connection: ~Copyable {
    private let server: Server
    private let seat: Seat
    private var channel: Channel
    private var session: Session
    private var message: MessageWriter?
    private var input: [UInt8]
    /// Bytes of `input` that came, and how many of them the session has used.
    private var filled = 0
    private var position = 0

    /// Room for commands: little, for thousands of connections do nothing but wait, and more for a long line.
    private static let (commandRoom, longCommandRoom) = (1024, Policy.longestCommand)
    /// Room for content.
    private static let contentRoom = 64 * 1024
    /// Replies are sent when so many bytes wait, or when the client is waited for.
    private static let replyRoom = 4096

    /// - Parameter tls: what the handshake agreed on, if one came first.
    init(
        _ server: Server, _ seat: Seat, _ channel: consuming Channel, _ from: Server.Introduced,
        _ service: Service, _ tls: TLSInfo?
    ) {
        self.server = server
        self.seat = seat
        self.channel = channel
        session = Session(
            policy: server.configuration.policy, dialect: service == .lmtp ? .lmtp : .smtp,
            client: from.client, isTrusted: from.isTrusted, tls: tls, now: Clock.monotonic())
        input = Self.room(Self.commandRoom)
    }

    /// Nanoseconds for the last bytes to come in or go out.
    private static let goodbye: Int64 = 5_000_000_000

    /// An array whose bytes are not touched before the first read.
    private static func room(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { _, initialized in initialized = count }
    }

    // MARK: The loop

    /// Serves the client until either side ends it.
    consuming func run() {
        server.log.debug("connected", [("ip", session.sendingClient.text), ("tls", session.tls?.version)])
        if greet() {
            while advance() {}
        }
        flush()
        if message != nil { lost() }
        seat.wait(until: Clock.monotonic() + Self.goodbye)
        channel.close()
        server.log.debug("closed", [("ip", session.sendingClient.text)])
        server.seats.leave(seat)
    }

    /// Waits before the greeting, if `--greet-delay` says so: whoever speaks meanwhile is no mail server. In TLS it is
    /// what comes after the handshake that counts. False when the connection is over.
    private mutating func greet() -> Bool {
        let delay = session.policy.greetDelay
        guard delay > 0, session.dialect == .smtp, !session.isTrusted, session.client.address != nil else {
            return true
        }
        guard mayWait() else { return false }
        guard channel.hasInput(withinMilliseconds: delay * 1000) else {
            session.greeted(now: Clock.monotonic())
            return true
        }
        // Inside TLS the rest of a record may never come.
        seat.wait(until: Clock.monotonic() + Self.goodbye)
        filled = read()
        if seat.wake.load(ordering: .sequentiallyConsistent) == .drain {
            session.end(Reply(.draining))
        } else if filled > 0 {
            session.refuseEarlyTalk(Array(input[..<filled]))
        }
        logRefusals()
        return false
    }

    /// One step; false when the connection is over.
    private mutating func advance() -> Bool {
        let effect = step()
        if !session.refusals.isEmpty { logRefusals() }
        switch effect {
        case .more: return refill()
        case .next: return session.output.count < Self.replyRoom || flush()
        case .judge: judge()
        case .identify: return identify()
        case .open: begin()
        case .content(let range): append(range)
        case .carriageReturn: appendCarriageReturn()
        case .discard: message = nil
        case .commit: commit()
        case .startTLS: return startTLS()
        case .close: return false
        }
        return true
    }

    private mutating func step() -> Effect {
        let bytes = input
        return session.step(bytes.span.extracting(0..<filled), &position, now: Clock.monotonic())
    }

    // MARK: Bytes in and out

    /// Sends what waits to be sent; false when the client is gone.
    @discardableResult
    private mutating func flush() -> Bool {
        guard !session.output.isEmpty else { return true }
        seat.wait(until: Clock.monotonic() + Int64(session.policy.timeout) * 1_000_000_000)
        var replies: [UInt8] = []
        swap(&replies, &session.output)
        let isSent = channel.write(replies.span)
        seat.wait(until: Int64.max)
        replies.removeAll(keepingCapacity: true)
        session.output = replies
        return isSent
    }

    /// Sends the replies and waits for more input; false when none will come.
    private mutating func refill() -> Bool {
        guard flush(), mayWait() else { return false }
        makeRoom()
        seat.wait(until: session.deadline)
        let count = read()
        seat.wait(until: Int64.max)
        switch seat.wake.load(ordering: .sequentiallyConsistent) {
        case .none: break
        case .deadline:
            session.expire(now: Clock.monotonic())
            logRefusals()
            return false
        case .drain:
            session.end(Reply(.draining))
            return false
        }
        filled += count
        session.policy = server.configuration.policy
        return count > 0
    }

    private mutating func read() -> Int {
        var bytes: [UInt8] = []
        swap(&bytes, &input)
        defer { swap(&bytes, &input) }
        var all = bytes.mutableSpan
        var rest = all._mutatingExtracting(filled...)
        return channel.read(into: &rest)
    }

    /// Tells the seat whether this session may be ended, and ends it if it should be.
    private mutating func mayWait() -> Bool {
        let isIdle = session.isIdle
        seat.isIdle.store(isIdle, ordering: .sequentiallyConsistent)
        guard isIdle, server.seats.isDraining.load(ordering: .sequentiallyConsistent) else { return true }
        session.end(Reply(.draining))
        return false
    }

    /// Moves what was not used to the front, and has large room for content, small room for commands.
    private mutating func makeRoom() {
        let left = filled - position
        let forCommands = left < Self.commandRoom / 2 ? Self.commandRoom : Self.longCommandRoom
        let wanted = session.isReceiving ? Self.contentRoom : forCommands
        if input.count != wanted, left < wanted {
            var other = Self.room(wanted)
            for index in 0..<left { other[index] = input[position + index] }
            input = other
        } else if position > 0 {
            for index in 0..<left { input[index] = input[position + index] }
        }
        (position, filled) = (0, left)
    }

    // MARK: Who may

    private mutating func judge() {
        guard session.isLimited, let site = session.sendingClient.address?.site,
            !server.rates.allows(site, now: Clock.monotonic())
        else { return session.allowed() }
        session.denied(Reply(.rateExceeded, server.rates.rate))
    }

    /// A relay has named the client.
    private mutating func identify() -> Bool {
        if let reply = server.seats.move(seat, to: session.client.address?.site) {
            session.end(reply)
            logRefusals()
            return false
        }
        session.identified()
        return true
    }

    // MARK: A message

    private mutating func begin() {
        guard let envelope = session.envelope else { return }
        let id = server.ids.next()
        var block: [UInt8] = []
        envelope.writeTraceBlock(
            id: id.description, hostname: session.policy.hostname, date: Clock.now().rfc5322, into: &block)
        message = MessageWriter(id, server.spool, traceBlock: block)
        session.opened()
    }

    private mutating func append(_ range: Range<Int>) {
        do throws(SystemError) {
            let bytes = input
            try message?.append(bytes.span.extracting(range))
        } catch {
            failed(error)
        }
    }

    private mutating func appendCarriageReturn() {
        do throws(SystemError) {
            try message?.append(0x0D)
        } catch {
            failed(error)
        }
    }

    private mutating func commit() {
        guard let envelope = session.envelope, let message = message.take() else { return }
        let (id, name, size, start) = (message.id, message.id.description, message.size, Clock.monotonic())
        do throws(SystemError) {
            try message.publish()
        } catch {
            return failed(error)
        }
        let end = Clock.monotonic()
        session.stored(id: name, now: end)
        server.metrics.accepted(size: size, recipients: envelope.recipients.count, nanoseconds: end - start)
        server.printer?.print(id)
        logAccepted(name, size, envelope)
    }

    private mutating func failed(_ error: SystemError) {
        message = nil
        server.metrics.storeFailures.add()
        server.log.error("store-failed", ("error", error.description), ("ip", session.sendingClient.text))
        session.storeFailed(isFull: [ENOSPC, EDQUOT].contains(error.number), now: Clock.monotonic())
    }

    // MARK: TLS

    private mutating func startTLS() -> Bool {
        guard flush(), let info = server.handshake(&channel, seat, session.client) else { return false }
        session.secured(info, now: Clock.monotonic())
        return true
    }

    // MARK: Log

    private func logAccepted(_ id: String, _ size: Int, _ envelope: Envelope) {
        server.log.info(
            "accepted", ("id", id), ("size", String(size)),
            ("from", String(decoding: envelope.sender?.bytes ?? [], as: UTF8.self)),
            ("to", String(decoding: envelope.recipients.first?.bytes ?? [], as: UTF8.self)),
            ("recipients", String(envelope.recipients.count)), ("ip", envelope.client.text),
            ("helo", String(decoding: envelope.introduction.name, as: UTF8.self)), ("protocol", envelope.protocolName),
            ("tls", envelope.tls?.version), ("cipher", envelope.tls?.cipher))
    }

    private mutating func logRefusals() {
        for refusal in session.refusals {
            server.metrics.refused(refusal.reply.name)
            server.log.info(
                "refused", ("reason", refusal.reply.name.rawValue), ("reply", refusal.reply.line),
                ("hint", refusal.reply.name.hint), ("ip", refusal.client.text),
                ("command", refusal.line.isEmpty ? nil : String(decoding: refusal.line, as: UTF8.self)),
                ("from", refusal.sender.map { String(decoding: $0, as: UTF8.self) }))
        }
        session.refusals.removeAll()
    }

    private func lost() {
        server.metrics.lost.add()
        server.log.info(
            "lost", ("ip", session.sendingClient.text), ("bytes", String(session.transaction?.size ?? 0)),
            ("from", session.transaction.map { String(decoding: $0.senderBytes, as: UTF8.self) }))
    }
}
