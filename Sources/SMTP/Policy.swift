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

    package let hostname: String
    package let recipients: RecipientTable
    package let maxSize: Int
    package let maxRecipients: Int
    package let maxErrors: Int
    /// Seconds that the client has for its next command or its next bytes.
    package let timeout: Int
    /// Seconds before the greeting in which a stranger must be silent; 0: none.
    package let greetDelay: Int
    package let bareNewline: BareNewline
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
