/// Every reply the server can give, by name. `template` is the table: nothing that goes over the wire as a reply is
/// written elsewhere, but for the list of extensions.
package enum ReplyName: String, CaseIterable, Sendable {
    case greeting, helo, ok, senderOk, recipientOk, startData, queued, chunkOk, notVerified, help, tlsGo, bye
    case draining, tooManyConnections, tooManyFromAddress, noResources
    case timeout, tooSlow, tooManyErrors, plaintextAfterStartTLS, notHTTP, tlsUnasked
    case rateExceeded
    case storeFailed, storeFull, tooManyRecipients, tlsUnavailable
    case unknownCommand, lineTooLong, needsLHLO, needsEHLO
    case needsName, noArgument, needsArgument, mailSyntax, rcptSyntax, badSender, badRecipient, badParameter
    case badChunk, badChunkSize, notImplemented
    case helloFirst, nestedMail, mailFirst, noRecipient, noRecipientLMTP, chunksBegun, binaryNeedsChunks, chunksRefused
    case tlsInTransaction, tlsActive, tlsRequired
    case notTrusted, earlyTalker
    case unknownRecipient, notHere, bareNewline, sizeTooBig, messageTooBig, headerTooBig, needsSMTPUTF8
    case unknownParameter
}

/// A row of the table.
package struct ReplyTemplate: Sendable {
    /// Three digits (RFC 5321 §4.2.1).
    package let code: Int
    /// Enhanced status code (RFC 3463); empty where RFC 2034 wants none.
    package let enhanced: StaticString
    /// The words; `%` stands for the reply's argument.
    package let text: StaticString

    init(_ code: Int, _ enhanced: StaticString, _ text: StaticString) {
        self.code = code
        self.enhanced = enhanced
        self.text = text
    }
}

extension ReplyName {
    /// Code, enhanced code and words: what went wrong and what the sender can do about it.
    package var template: ReplyTemplate {
        switch self {
        case .greeting: .init(220, "", "% mailpipe")
        case .helo: .init(250, "", "%")
        case .ok: .init(250, "2.0.0", "Ok")
        case .senderOk: .init(250, "2.1.0", "Ok")
        case .recipientOk: .init(250, "2.1.5", "Ok")
        case .startData: .init(354, "", "End data with <CR><LF>.<CR><LF>")
        case .queued: .init(250, "2.0.0", "Ok: queued as %")
        case .chunkOk: .init(250, "2.0.0", "Ok: % bytes received")
        case .notVerified: .init(252, "2.0.0", "Not verified: send the message, and RCPT will tell")
        case .help: .init(214, "2.0.0", "Commands: %")
        case .tlsGo: .init(220, "2.0.0", "Ready to start TLS")
        case .bye: .init(221, "2.0.0", "Bye")

        case .draining: .init(421, "4.3.2", "Shutting down; try again later")
        case .tooManyConnections: .init(421, "4.3.2", "Too many connections (limit %); try again later")
        case .tooManyFromAddress: .init(421, "4.7.0", "Too many connections from your address (limit %); close some")
        case .noResources: .init(421, "4.3.2", "Out of resources; try again later")
        case .timeout: .init(421, "4.4.2", "Nothing complete for % seconds; closing")
        case .tooSlow: .init(421, "4.4.2", "Transaction slower than % bytes a second; closing")
        case .tooManyErrors: .init(421, "4.7.0", "Too many errors (limit %); closing")
        case .plaintextAfterStartTLS: .init(421, "4.7.0", "STARTTLS must be the last command of its group; closing")
        case .rateExceeded: .init(450, "4.7.1", "Too many messages from your address (limit % a second); slow down")
        case .notHTTP: .init(421, "4.7.0", "This is SMTP, not HTTP; closing")
        case .tlsUnasked: .init(421, "4.7.0", "TLS begins with STARTTLS here; closing")

        case .storeFailed: .init(451, "4.3.0", "Message could not be stored; try again later")
        case .storeFull: .init(452, "4.3.1", "Disk full; try again later")
        case .tooManyRecipients:
            .init(452, "4.5.3", "Too many recipients (limit %); send the rest in another transaction")
        case .tlsUnavailable: .init(454, "4.7.0", "TLS not available here; go on without")

        case .unknownCommand: .init(500, "5.5.2", "Command not recognised; HELP lists the commands")
        case .lineTooLong: .init(500, "5.5.2", "Line too long (limit % bytes)")
        case .needsLHLO: .init(500, "5.5.1", "This is LMTP: say LHLO")
        case .needsEHLO: .init(500, "5.5.1", "This is SMTP: say EHLO")
        case .needsName: .init(501, "5.5.4", "Needs the name of your host")
        case .noArgument: .init(501, "5.5.4", "% takes no argument")
        case .needsArgument: .init(501, "5.5.4", "% needs an argument")
        case .mailSyntax: .init(501, "5.5.4", "Syntax: MAIL FROM:<address> [parameters]")
        case .rcptSyntax: .init(501, "5.5.4", "Syntax: RCPT TO:<address> [parameters]")
        case .badSender: .init(501, "5.1.7", "Sender address is malformed")
        case .badRecipient: .init(501, "5.1.3", "Recipient address is malformed")
        case .badParameter: .init(501, "5.5.4", "Malformed parameter: %")
        case .badChunk: .init(501, "5.5.4", "Syntax: BDAT size [LAST]")
        case .badChunkSize:
            .init(501, "5.5.4", "Syntax: BDAT size [LAST]; closing, for where the chunk ends is unknown")
        case .notImplemented: .init(502, "5.5.1", "% is not implemented")

        case .helloFirst: .init(503, "5.5.1", "Say hello first (EHLO, or LHLO in LMTP)")
        case .nestedMail: .init(503, "5.5.1", "A message is under way; RSET drops it")
        case .mailFirst: .init(503, "5.5.1", "Needs MAIL first")
        case .noRecipient: .init(554, "5.5.1", "No recipient was accepted")
        case .noRecipientLMTP: .init(503, "5.5.1", "No recipient was accepted")
        case .chunksBegun: .init(503, "5.5.1", "The message comes by BDAT; go on with BDAT or RSET")
        case .binaryNeedsChunks: .init(503, "5.5.1", "BODY=BINARYMIME needs BDAT, not DATA")
        case .chunksRefused: .init(503, "5.5.1", "A chunk of this message was refused; RSET or MAIL begins anew")
        case .tlsInTransaction: .init(503, "5.5.1", "Not within a transaction; RSET first")
        case .tlsActive: .init(503, "5.5.1", "TLS is active already")
        case .tlsRequired: .init(530, "5.7.0", "STARTTLS first: this server takes mail by TLS only")

        case .earlyTalker: .init(554, "5.5.1", "You spoke before the greeting; wait for it. Closing")
        case .notTrusted: .init(550, "5.7.0", "Not from your address: --trust names who may say for whom it speaks")
        case .unknownRecipient: .init(550, "5.1.1", "<%>: no such recipient here")
        case .notHere: .init(550, "5.7.1", "<%>: not a recipient of this server, and it relays nothing")
        case .bareNewline: .init(550, "5.6.0", "Lines must end with CR LF: the message has a bare CR or LF")
        case .sizeTooBig: .init(552, "5.3.4", "Message too big: the limit is % bytes")
        case .messageTooBig: .init(552, "5.3.4", "Message too big: the limit is % bytes")
        case .headerTooBig: .init(552, "5.3.4", "Header section too big: the limit is % bytes")
        case .needsSMTPUTF8: .init(553, "5.6.7", "Address is not ASCII: MAIL must say SMTPUTF8")
        case .unknownParameter: .init(555, "5.5.4", "Parameter not supported: %")
        }
    }
}
