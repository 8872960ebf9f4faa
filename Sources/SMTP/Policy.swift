/// What a server allows. A class, so that thousands of sessions share one and a reload hands out another.
package final class Policy: Sendable {
    /// What the program does with lines that end in LF alone.
    package enum BareNewline: String, Sendable, CaseIterable {
        case normalize, refuse
    }

    /// Whether TLS is offered, and whether mail goes without it.
    package enum TLSUse: String, Sendable, CaseIterable {
        case off, may, require
    }

    /// Our own name: in the greeting, in Received and in the answer to EHLO.
    package let hostname: String
    /// Whose mail is taken.
    package let recipients: RecipientTable
    /// Bytes of a message, as RFC 1870 counts them: without our trace block.
    package let maxSize: Int
    /// Recipients of a transaction; more are told to come in another one.
    package let maxRecipients: Int
    /// Refusals with 5xx that a session may have; one more ends it.
    package let maxErrors: Int
    /// Seconds that the client has for its next command or its next bytes.
    package let timeout: Int
    /// Seconds before the greeting in which a stranger must be silent; 0: none.
    package let greetDelay: Int
    /// What becomes of a CR or LF alone in DATA.
    package let bareNewline: BareNewline
    /// What STARTTLS is here.
    package let tls: TLSUse

    package init(
        hostname: String, recipients: RecipientTable, maxSize: Int = 26_214_400, maxRecipients: Int = 100,
        maxErrors: Int = 10, timeout: Int = 300, greetDelay: Int = 0, bareNewline: BareNewline = .normalize,
        tls: TLSUse = .may
    ) {
        self.hostname = hostname
        self.recipients = recipients
        self.maxSize = maxSize
        self.maxRecipients = maxRecipients
        self.maxErrors = maxErrors
        self.timeout = timeout
        self.greetDelay = greetDelay
        self.bareNewline = bareNewline
        self.tls = tls
    }

    /// Longest command line, its end included. RFC 5321 §4.5.3.1.4 asks for 512 and what extensions add.
    package static let longestCommand = 4096

    /// Longest header section, in bytes: what the largest senders' own systems take (Exim's header_maxsize), and some
    /// hundred times what mail has.
    package static let longestHeader = 1 << 20
}
