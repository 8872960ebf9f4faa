extension Session {
    /// Whether the client must begin TLS before anything else.
    private var lacksTLS: Bool { policy.tls == .require && tls == nil }

    /// Carries out one command line; the error is the reply that refuses it.
    ///
    /// - Parameter isLast: whether nothing more has come from the client.
    mutating func perform(_ line: Span<UInt8>, isLast: Bool, _ now: Int64) throws(Reply) -> Effect {
        var cursor = Cursor(line)
        let verb = cursor.verb()
        if verb == .bdat { return try bdat(&cursor) }
        if lacksTLS, verb?.isAllowedBeforeTLS != true { throw Reply(.tlsRequired) }
        switch verb {
        case .ehlo, .helo, .lhlo: return try hello(verb, &cursor)
        case .mail: return try mail(&cursor, now)
        case .rcpt: return try rcpt(&cursor)
        case .data: return try data(&cursor)
        case .rset:
            try requireNoArgument(&cursor, .rset)
            return dropTransaction(.ok)
        case .noop: send(Reply(.ok))
        case .vrfy: try vrfy(&cursor)
        case .help: send(Reply(.help, helpText))
        case .quit:
            try requireNoArgument(&cursor, .quit)
            return quit()
        case .starttls: return try startTLS(&cursor, isLast: isLast)
        case .xclient: return try xclient(&cursor)
        case .xforward: return try xforward(&cursor)
        case .connect, .get, .post, .put: throw Reply(.notHTTP)
        case .expn, .auth, .etrn, .turn: throw Reply(.notImplemented, verb?.rawValue ?? "")
        case .bdat, nil: throw Reply(.unknownCommand)
        }
        return .next
    }

    private func requireNoArgument(_ cursor: inout Cursor, _ verb: Verb) throws(Reply) {
        cursor.skipBlanks()
        guard cursor.isAtEnd else { throw Reply(.noArgument, verb.rawValue) }
    }

    // MARK: Hello

    private mutating func hello(_ verb: Verb?, _ cursor: inout Cursor) throws(Reply) -> Effect {
        guard (verb == .lhlo) == (dialect == .lmtp) else {
            throw Reply(dialect == .lmtp ? .needsLHLO : .needsEHLO)
        }
        cursor.skipBlanks()
        var name = cursor.rest
        while name.last?.isBlank == true { name.removeLast() }
        guard !name.isEmpty else { throw Reply(.needsName) }
        introduction = Introduction(name: name, isExtended: verb != .helo)
        guard verb == .helo else {
            let effect = dropTransaction(nil)
            sendExtensions()
            return effect
        }
        return dropTransaction(.helo)
    }

    /// The answer to EHLO: our name, then a line for each extension (RFC 5321 §4.1.1.1).
    private mutating func sendExtensions() {
        var lines = [
            policy.hostname, "PIPELINING", "SIZE \(policy.maxSize)", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME",
            "ENHANCEDSTATUSCODES", "LIMITS RCPTMAX=\(policy.maxRecipients)",
        ]
        if policy.tls != .off, tls == nil { lines.append("STARTTLS") }
        if isTrusted {
            lines.append("XCLIENT " + Self.xclientAttributes.joined(separator: " "))
            lines.append("XFORWARD " + Self.xforwardAttributes.joined(separator: " "))
        }
        for line in lines.dropLast() { output.append(contentsOf: "250-\(line)\r\n".utf8) }
        output.append(contentsOf: "250 \(lines[lines.count - 1])\r\n".utf8)
    }

    private var helpText: String {
        let hidden: [Verb] =
            [.connect, .get, .post, .put, .expn, .auth, .etrn, .turn] + (isTrusted ? [] : [.xclient, .xforward])
            + (dialect == .lmtp ? [.ehlo, .helo] : [.lhlo])
        return Verb.allCases.filter { !hidden.contains($0) }.map(\.rawValue).joined(separator: " ")
    }

    private mutating func vrfy(_ cursor: inout Cursor) throws(Reply) {
        guard cursor.skipBlanks() > 0, !cursor.isAtEnd else { throw Reply(.needsArgument, "VRFY") }
        send(Reply(.notVerified))
    }

    private mutating func quit() -> Effect {
        send(Reply(.bye))
        phase = .closed
        return .close
    }

    // MARK: Transaction

    private mutating func mail(_ cursor: inout Cursor, _ now: Int64) throws(Reply) -> Effect {
        guard introduction != nil else { throw Reply(.helloFirst) }
        guard transaction == nil else { throw Reply(.nestedMail) }
        guard cursor.skipBlanks() > 0, cursor.take(word: "from:") else { throw Reply(.mailSyntax) }
        cursor.skipBlanks()
        guard let path = cursor.path() else { throw Reply(.badSender) }
        let parameters = try cursor.mailParameters()
        if let size = parameters.size, size > policy.maxSize { throw Reply(.sizeTooBig, policy.maxSize) }
        var sender: Mailbox?
        if case .mailbox(let mailbox) = path {
            guard mailbox.isASCII || parameters.isSMTPUTF8 else { throw Reply(.needsSMTPUTF8) }
            sender = mailbox
        }
        hasRefusedChunk = false
        transaction = Transaction(sender: sender, parameters: parameters, started: now)
        phase = .judging
        return .judge
    }

    private mutating func rcpt(_ cursor: inout Cursor) throws(Reply) -> Effect {
        guard let transaction else { throw Reply(.mailFirst) }
        guard !transaction.hasChunks else { throw Reply(.chunksBegun) }
        guard cursor.skipBlanks() > 0, cursor.take(word: "to:") else { throw Reply(.rcptSyntax) }
        cursor.skipBlanks()
        guard case .mailbox(let mailbox)? = cursor.path() else { throw Reply(.badRecipient) }
        try cursor.recipientParameters()
        guard mailbox.isASCII || transaction.parameters.isSMTPUTF8 else { throw Reply(.needsSMTPUTF8) }
        guard transaction.recipients.count < policy.maxRecipients else {
            throw Reply(.tooManyRecipients, policy.maxRecipients)
        }
        switch policy.recipients.verdict(on: mailbox) {
        case .accepted: self.transaction?.recipients.append(mailbox)
        case .unknown: throw Reply(.unknownRecipient, mailbox.bytes)
        case .foreign: throw Reply(.notHere, mailbox.bytes)
        }
        send(Reply(.recipientOk))
        return .next
    }

    /// Forgets the transaction, and the draft if there is one.
    private mutating func dropTransaction(_ reply: ReplyName?) -> Effect {
        let hasDraft = transaction?.hasChunks == true
        endTransaction()
        hasRefusedChunk = false
        if let reply { send(Reply(reply, policy.hostname)) }
        return hasDraft ? .discard : .next
    }

    // MARK: Content

    private mutating func data(_ cursor: inout Cursor) throws(Reply) -> Effect {
        try requireNoArgument(&cursor, .data)
        guard introduction != nil else { throw Reply(.helloFirst) }
        guard !hasRefusedChunk else { throw Reply(.chunksRefused) }
        guard let transaction else { throw Reply(.mailFirst) }
        guard !transaction.hasChunks else { throw Reply(.chunksBegun) }
        guard transaction.parameters.body != .binaryMIME else { throw Reply(.binaryNeedsChunks) }
        guard !transaction.recipients.isEmpty else { throw noRecipient }
        phase = .opening(.dots)
        return .open
    }

    /// The bytes of a chunk are read whatever the state: they would be taken for commands otherwise.
    private mutating func bdat(_ cursor: inout Cursor) throws(Reply) -> Effect {
        guard let reader = cursor.chunk() else { throw Reply(.badChunkSize) }
        if let refusal = reasonToRefuseChunk ?? (reader.isMalformed ? Reply(.badChunk) : nil) {
            phase = .chunk(reader, refusal: refusal)
            return .next
        }
        let isFirst = transaction?.hasChunks == false
        phase = isFirst ? .opening(.chunk(reader)) : .chunk(reader, refusal: nil)
        return isFirst ? .open : .next
    }

    private var reasonToRefuseChunk: Reply? {
        if lacksTLS { return Reply(.tlsRequired) }
        if introduction == nil { return Reply(.helloFirst) }
        if hasRefusedChunk { return Reply(.chunksRefused) }
        guard let transaction else { return Reply(.mailFirst) }
        return transaction.recipients.isEmpty ? noRecipient : nil
    }

    private var noRecipient: Reply { Reply(dialect == .lmtp ? .noRecipientLMTP : .noRecipient) }

    // MARK: TLS

    private mutating func startTLS(_ cursor: inout Cursor, isLast: Bool) throws(Reply) -> Effect {
        try requireNoArgument(&cursor, .starttls)
        guard tls == nil else { throw Reply(.tlsActive) }
        guard transaction == nil else { throw Reply(.tlsInTransaction) }
        guard policy.tls != .off else { throw Reply(.tlsUnavailable) }
        guard isLast else { throw Reply(.plaintextAfterStartTLS) }
        send(Reply(.tlsGo))
        phase = .securing
        return .startTLS
    }
}
