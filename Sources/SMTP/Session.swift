/// What the program around a session does next. `more` and `next` are the only ones that need no answer.
package enum Effect: Equatable, Sendable {
    /// The input is used up: send `output`, read more. What `position` has not passed must be shown again.
    case more
    /// Step on with the same input.
    case next
    /// A sender was named: see whether its client may send now, then call `allowed` or `denied`.
    case judge
    /// The client is another one now: see whether it may connect, then call `identified` or `end`.
    case identify
    /// A message begins: make a draft for `envelope`, then call `opened` or `storeFailed`.
    case open
    /// These bytes of the input belong to the message.
    case content(Range<Int>)
    /// A CR belongs to the message here.
    case carriageReturn
    /// The message under way is not wanted any more: drop the draft.
    case discard
    /// The message is whole: make it safe, then call `stored` or `storeFailed`.
    case commit
    /// Send `output`, do the handshake, then call `secured`, or close.
    case startTLS
    /// Send `output` and close the connection.
    case close
}

/// A command or message that was refused, for the log.
package struct Refusal: Sendable, Equatable {
    /// What the client was told.
    package let reply: Reply
    /// The beginning of the command line, as it came; of AUTH the word alone, for a password may follow.
    package let line: [UInt8]
    /// Whose it was: what XFORWARD has said ends with the transaction.
    package let client: Client
    /// The sender of the transaction that it ended or fell into, empty for the null sender; nil outside of one.
    package let sender: [UInt8]?
}

/// The server's side of one SMTP or LMTP connection, without the connection: bytes and the time in, effects out.
///
/// Replies gather in `output`, so that those to a pipelined group leave together. Connection and mail transaction are
/// two things: what EHLO, RSET and STARTTLS reset is replaced whole.
package struct Session: ~Copyable {
    /// The protocol spoken.
    package enum Dialect: Sendable { case smtp, lmtp }

    /// What the next byte of input is.
    enum Phase {
        /// Part of a command line. Exits: overlong, opening, chunk, securing, closed.
        case command
        /// Part of a command line too long to read. Exits: command, closed.
        case overlong
        /// Nothing yet: the client is being judged. Exits: command, closed.
        case judging
        /// Nothing yet: a draft is being made. Exits: by opened data or chunk, by storeFailed command or chunk.
        case opening(Framing)
        /// Content of DATA. Exits: committing, command.
        case data(DotReader)
        /// Content of a BDAT chunk, dropped and answered with `refusal` if there is one. Exits: committing, command.
        case chunk(ChunkReader, refusal: Reply?)
        /// Nothing yet: the message is being stored. Exits: command.
        case committing
        /// Nothing yet: a TLS handshake is under way. Exits: command.
        case securing
        /// Of no interest. No exit.
        case closed
    }

    /// How a message is framed.
    enum Framing { case dots, chunk(ChunkReader) }

    /// Read anew for each command: a reload of the configuration replaces it between steps.
    package var policy: Policy
    /// What is spoken from the first to the last byte.
    package let dialect: Dialect
    /// Who is at the other end, or whom a trusted relay has named.
    package internal(set) var client: Client
    /// Whether the client may name another one.
    package internal(set) var isTrusted: Bool
    /// Whom a trusted relay has named for the next message.
    var forwarded: RelayedClient?
    /// What the handshake agreed on; nil in the clear.
    package internal(set) var tls: TLSInfo?
    /// The last EHLO, LHLO or HELO; nil before it, and again after STARTTLS.
    package internal(set) var introduction: Introduction?
    /// The mail transaction under way; nil outside of one.
    package internal(set) var transaction: Transaction?
    /// Replies to be sent; the program takes them out.
    package var output: [UInt8] = []
    /// What was refused since the program last took it out.
    package var refusals: [Refusal] = []
    var phase = Phase.command
    /// Whether a chunk was refused, so that those which follow belong to nothing.
    var hasRefusedChunk = false
    var errors = 0
    /// When the client last completed something: monotonic nanoseconds.
    var waitingSince: Int64

    package init(
        policy: Policy, dialect: Dialect, client: Client, isTrusted: Bool = false, tls: TLSInfo? = nil, now: Int64
    ) {
        self.policy = policy
        self.dialect = dialect
        self.client = client
        self.isTrusted = isTrusted
        self.tls = tls
        waitingSince = now
        sendGreeting()
    }

    /// The client has spoken before it was greeted: it hears why, in place of the greeting, and the session ends.
    package mutating func refuseEarlyTalk(_ words: [UInt8]) {
        output = []
        _ = refuse(Reply(.earlyTalker), Array(words.prefix(256)))
    }

    mutating func sendGreeting() {
        send(Reply(.greeting, policy.hostname + (dialect == .lmtp ? " LMTP" : " ESMTP")))
    }

    /// Reads on in `input` from `position`, which moves behind what was used.
    package mutating func step(_ input: Span<UInt8>, _ position: inout Int, now: Int64) -> Effect {
        let start = position
        let effect = advance(input, &position, now)
        transaction?.bytesReceived += position - start
        if position > start, !isCommandPending { waitingSince = now }
        return effect
    }

    private mutating func advance(_ input: Span<UInt8>, _ position: inout Int, _ now: Int64) -> Effect {
        switch phase {
        case .command: command(input, &position, now)
        case .overlong: dropLine(input, &position)
        case .data(var reader): data(&reader, input, &position)
        case .chunk(var reader, let refusal): chunk(&reader, refusal, input, &position)
        case .judging, .opening, .committing, .securing: .more
        case .closed: .close
        }
    }

    /// Whether part of an endless command line is all that has come.
    private var isCommandPending: Bool {
        if case .overlong = phase { return true }
        return false
    }

    private mutating func command(_ input: Span<UInt8>, _ position: inout Int, _ now: Int64) -> Effect {
        guard let feed = input.firstIndex(of: 0x0A, from: position) else {
            if input.count - position >= Policy.longestCommand {
                position = input.count
                phase = .overlong
            }
            return .more
        }
        // A command may end in LF alone: nothing can be smuggled in where the client itself speaks.
        let end = feed > position && input[feed - 1] == 0x0D ? feed - 1 : feed
        let line = input.extracting(position..<end)
        position = feed + 1
        guard line.count < Policy.longestCommand else {
            return refuse(Reply(.lineTooLong, Policy.longestCommand), line)
        }
        if isTLSHandshake(line) {
            return refuse(Reply(.tlsUnasked), [])
        }
        do throws(Reply) {
            return try perform(line, isLast: position == input.count, now)
        } catch {
            return refuse(error, line)
        }
    }

    /// A client that was told to begin with TLS sends a record of type 22, version 3.x (RFC 8446 §5.1), with an LF in it.
    private func isTLSHandshake(_ line: Span<UInt8>) -> Bool {
        line.count > 1 && line[0] == 22 && line[1] == 3
    }

    private mutating func dropLine(_ input: Span<UInt8>, _ position: inout Int) -> Effect {
        guard let feed = input.firstIndex(of: 0x0A, from: position) else {
            position = input.count
            return .more
        }
        position = feed + 1
        phase = .command
        return refuse(Reply(.lineTooLong, Policy.longestCommand), [])
    }
}

// Replies.
extension Session {
    mutating func send(_ reply: Reply) {
        reply.write(into: &output)
    }

    mutating func refuse(_ reply: Reply, _ line: Span<UInt8>) -> Effect {
        var cursor = Cursor(line)
        let end = cursor.verb() == .auth ? cursor.position : min(line.count, 256)
        return refuse(reply, line.extracting(0..<end).bytes)
    }

    /// Answers with a refusal, or with 421 when it is one too many.
    mutating func refuse(_ reply: Reply, _ line: [UInt8], times: Int = 1) -> Effect {
        note(reply, line)
        if reply.isClientError {
            errors += 1
            if errors > policy.maxErrors { return close(with: Reply(.tooManyErrors, policy.maxErrors)) }
        }
        for _ in 0..<times { send(reply) }
        guard reply.endsConnection else { return .next }
        phase = .closed
        return .close
    }

    /// Says why and ends the session.
    mutating func close(with reply: Reply) -> Effect {
        note(reply, [])
        send(reply)
        phase = .closed
        return .close
    }

    private mutating func note(_ reply: Reply, _ line: [UInt8]) {
        refusals.append(Refusal(reply: reply, line: line, client: sendingClient, sender: transaction?.senderBytes))
    }
}
