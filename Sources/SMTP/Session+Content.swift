extension Session {
    // MARK: Content as it comes

    mutating func data(_ reader: inout DotReader, _ input: Span<UInt8>, _ position: inout Int) -> Effect {
        let piece = reader.next(input, &position)
        phase = .data(reader)
        switch piece {
        case .content(let range): return take(input.extracting(range), .content(range))
        case .carriageReturn: return take([0x0D].span, .carriageReturn)
        case .more: return .more
        case .end: return finishData(reader)
        }
    }

    mutating func chunk(
        _ reader: inout ChunkReader, _ refusal: Reply?, _ input: Span<UInt8>, _ position: inout Int
    ) -> Effect {
        guard reader.remaining > 0 else { return finishChunk(reader, refusal) }
        let range = reader.next(input, &position)
        phase = .chunk(reader, refusal: refusal)
        if range.isEmpty { return .more }
        return refusal == nil ? take(input.extracting(range), .content(range)) : .next
    }

    /// Counts bytes of content and says whether they are still wanted. Beyond the limit they are dropped, but read to
    /// the end: only then can a reply be heard.
    private mutating func take(_ bytes: Span<UInt8>, _ effect: Effect) -> Effect {
        guard var current = transaction.take() else { return .next }
        defer { transaction = current }
        current.size += bytes.count
        if current.refusal != nil { return .next }
        if !current.header.hasEnded { current.header.read(bytes) }
        if current.size > policy.maxSize { current.refusal = Reply(.messageTooBig, policy.maxSize) }
        if current.header.size > Policy.longestHeader { current.refusal = Reply(.headerTooBig, Policy.longestHeader) }
        return current.refusal == nil ? effect : .discard
    }

    // MARK: The end of it

    private mutating func finishData(_ reader: DotReader) -> Effect {
        if let refusal = transaction?.refusal { return refuseMessage(refusal) }
        if reader.hasBareNewline, policy.bareNewline == .refuse {
            _ = refuseMessage(Reply(.bareNewline))
            return .discard
        }
        phase = .committing
        return .commit
    }

    private mutating func finishChunk(_ reader: ChunkReader, _ refusal: Reply?) -> Effect {
        if let refusal = refusal ?? transaction?.refusal {
            if hasRefusedChunk { return passOver(refusal) }
            hasRefusedChunk = true
            return refuseMessage(refusal, isWhole: reader.isLast)
        }
        if reader.isLast {
            phase = .committing
            return .commit
        }
        send(Reply(.chunkOk, reader.size))
        phase = .command
        return .next
    }

    /// Chunks behind one that was refused may have been under way (RFC 3030 §2), a thousand of them when libesmtp sends: they
    /// are answered, but not held against the client, nor told of again.
    private mutating func passOver(_ refusal: Reply) -> Effect {
        send(refusal)
        phase = .command
        return .next
    }

    /// Ends the transaction with a refusal; in LMTP each recipient has one coming once the message is whole.
    private mutating func refuseMessage(_ reply: Reply, isWhole: Bool = true) -> Effect {
        phase = .command
        defer { endTransaction() }
        return refuse(reply, [], times: isWhole ? repliesDue : 1)
    }

    /// What XFORWARD has said goes with the message that it was said for.
    mutating func endTransaction() {
        transaction = nil
        forwarded = nil
    }

    private var repliesDue: Int {
        dialect == .lmtp ? max(1, transaction?.recipients.count ?? 1) : 1
    }
}

// What the program reports back.
extension Session {
    /// What the trace block of the message under way tells; nil outside a transaction.
    package var envelope: Envelope? {
        guard let transaction, let introduction else { return nil }
        let name = forwarded?.name.map { Introduction(name: $0, isExtended: introduction.isExtended) }
        return Envelope(
            client: sendingClient, introduction: name ?? introduction, tls: tls, isLMTP: dialect == .lmtp,
            sender: transaction.sender,
            recipients: transaction.recipients, isSMTPUTF8: transaction.parameters.isSMTPUTF8)
    }

    /// Whose messages these are: the client, or the one that XFORWARD has named.
    package var sendingClient: Client {
        guard let forwarded else { return client }
        return Client(address: forwarded.address ?? client.address, hostname: forwarded.hostname)
    }

    /// Whether the limits per address hold for the sending client: not for a relay that is trusted and speaks for
    /// itself.
    package var isLimited: Bool { !isTrusted || forwarded?.address != nil }

    /// The sender that `judge` asked about may send.
    package mutating func allowed() {
        guard case .judging = phase else { return }
        phase = .command
        send(Reply(.senderOk))
    }

    /// The sender that `judge` asked about may not, for this reason.
    package mutating func denied(_ reply: Reply) {
        guard case .judging = phase else { return }
        phase = .command
        _ = refuse(reply, [])
        endTransaction()
    }

    /// The client that `identify` asked about may connect: it is greeted as if it had.
    package mutating func identified() {
        guard case .judging = phase else { return }
        phase = .command
        sendGreeting()
    }

    /// The draft that `open` asked for exists.
    package mutating func opened() {
        guard case .opening(let framing) = phase else { return }
        switch framing {
        case .dots:
            send(Reply(.startData))
            phase = .data(DotReader(looksForBareCR: policy.bareNewline == .refuse))
        case .chunk(let reader):
            transaction?.hasChunks = true
            phase = .chunk(reader, refusal: nil)
        }
    }

    /// The message that `commit` asked for is safe.
    package mutating func stored(id: String, now: Int64) {
        guard case .committing = phase else { return }
        for _ in 0..<repliesDue { send(Reply(.queued, id)) }
        endTransaction()
        errors = 0
        waitingSince = now
        phase = .command
    }

    /// The message cannot be stored; at any time between `open` and the end of `commit`. Nothing of it is left.
    package mutating func storeFailed(isFull: Bool, now: Int64) {
        let reply = Reply(isFull ? .storeFull : .storeFailed)
        waitingSince = now
        switch phase {
        case .opening(.chunk(let reader)): phase = .chunk(reader, refusal: reply)
        case .opening(.dots), .committing: _ = refuseMessage(reply)
        case .data, .chunk: transaction?.refusal = reply
        case .command, .overlong, .judging, .securing, .closed: break
        }
    }

    /// The handshake that `startTLS` asked for has succeeded: all that was said before is forgotten (RFC 3207 §4.2).
    package mutating func secured(_ info: TLSInfo, now: Int64) {
        guard case .securing = phase else { return }
        tls = info
        introduction = nil
        endTransaction()
        hasRefusedChunk = false
        waitingSince = now
        phase = .command
    }

    /// Nothing is under way that would be lost if the connection closed now.
    package var isIdle: Bool {
        if case .command = phase { return transaction == nil }
        if case .overlong = phase { return transaction == nil }
        return false
    }

    /// Content comes next, wanted or not.
    package var isReceiving: Bool {
        switch phase {
        case .data, .chunk: true
        case .command, .overlong, .judging, .opening, .committing, .securing, .closed: false
        }
    }

    /// Ends the session for a reason of ours.
    package mutating func end(_ reply: Reply) {
        _ = close(with: reply)
    }
}
