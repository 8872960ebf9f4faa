/// What is known of a connection's TLS.
package struct TLSInfo: Sendable, Equatable {
    /// As OpenSSL names it: `TLSv1.3`.
    package let version: String
    /// As OpenSSL names it: `TLS_AES_256_GCM_SHA384`.
    package let cipher: String

    package init(version: String, cipher: String) {
        self.version = version
        self.cipher = cipher
    }
}

/// Who is at the other end of a connection.
package struct Client: Sendable, Equatable {
    /// nil for a Unix socket.
    package let address: IPAddress?
    /// A host name that a check, or a relay that is trusted, has verified; nil: none was.
    package let hostname: String?

    package init(address: IPAddress?, hostname: String? = nil) {
        self.address = address
        self.hostname = hostname
    }
}

/// One mail transaction (RFC 5321 §3.3), from MAIL to its end. RSET, EHLO and STARTTLS drop it whole.
package struct Transaction: Sendable {
    /// nil for `<>`.
    package let sender: Mailbox?
    /// What MAIL declared.
    package let parameters: MailParameters
    /// Accepted ones, as they came.
    package internal(set) var recipients: [Mailbox] = []
    /// When MAIL came: monotonic nanoseconds.
    let started: Int64
    /// Bytes that the client has sent since, commands included.
    var bytesReceived = 0
    /// Bytes of content so far, those that were dropped included.
    package internal(set) var size = 0
    /// The header section of it.
    var header = HeaderMeter()
    /// Whether BDAT has begun the message.
    var hasChunks = false
    /// Why the message under way will not be taken; its bytes are read and dropped.
    var refusal: Reply?

    init(sender: Mailbox?, parameters: MailParameters, started: Int64) {
        self.sender = sender
        self.parameters = parameters
        self.started = started
    }

    /// For the log: empty for `<>`.
    package var senderBytes: [UInt8] { sender?.bytes ?? [] }
}

/// How the client has introduced itself. EHLO and STARTTLS replace it whole.
package struct Introduction: Sendable, Equatable {
    /// The name after HELO, EHLO or LHLO, as it came.
    package let name: [UInt8]
    /// EHLO or LHLO rather than HELO.
    package let isExtended: Bool
}

/// What a message's trace block tells: who sent it, to whom, and how it came.
package struct Envelope: Sendable {
    /// Who sent it: the client, or whom a trusted relay has named.
    package let client: Client
    /// How that one said hello.
    package let introduction: Introduction
    /// What the handshake agreed on; nil in the clear.
    package let tls: TLSInfo?
    /// LMTP rather than SMTP.
    package let isLMTP: Bool
    /// nil for `<>`.
    package let sender: Mailbox?
    /// Accepted ones, in order.
    package let recipients: [Mailbox]
    /// Whether MAIL said SMTPUTF8.
    package let isSMTPUTF8: Bool

    /// The protocol's name in Received (RFC 3848, RFC 6531 §4.3).
    package var protocolName: String {
        let base =
            switch (isSMTPUTF8, isLMTP) {
            case (true, true): "UTF8LMTP"
            case (true, false): "UTF8SMTP"
            case (false, true): "LMTP"
            case (false, false): introduction.isExtended ? "ESMTP" : "SMTP"
            }
        return tls == nil || base == "SMTP" ? base : base + "S"
    }
}
