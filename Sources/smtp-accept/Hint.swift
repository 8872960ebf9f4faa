import SMTP

extension ReplyName {
    /// For the log: the option that raises the limit which this reply tells of, or what else helps; nil for other replies.
    var hint: String? {
        switch self {
        case .tooManyConnections: "--max-connections sets this limit"
        case .tooManyFromAddress: "--max-connections-per-ip sets this limit; --trust exempts"
        case .rateExceeded: "--rate-per-ip sets this limit; --trust exempts"
        case .tooManyErrors: "--max-errors sets this limit"
        case .tooManyRecipients: "--max-recipients sets this limit"
        case .sizeTooBig, .messageTooBig: "--max-size sets this limit"
        case .timeout: "--timeout sets this limit"
        case .tooSlow: "a fixed limit, after the first minute"
        case .lineTooLong: "a fixed limit"
        case .headerTooBig: "a fixed limit, whatever --max-size is"
        case .earlyTalker: "--greet-delay 0 accepts it; --trust exempts"
        case .storeFull: "the filesystem of --spool is full"
        case .bareNewline: "--bare-newline normalize accepts it"
        case .notHere, .unknownRecipient: "--rcpt and --rcpt-file name the recipients"
        case .tlsRequired: "--tls may accepts it"
        case .tlsUnasked: "--listen-tls takes connections that begin with TLS"
        case .noResources: "the limit of open files or memory: see ulimit"
        default: nil
        }
    }
}
