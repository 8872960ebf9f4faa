/// The table of commands.
package enum Verb: String, CaseIterable, Sendable {
    case ehlo = "EHLO"
    case helo = "HELO"
    case lhlo = "LHLO"
    case mail = "MAIL"
    case rcpt = "RCPT"
    case data = "DATA"
    case bdat = "BDAT"
    case rset = "RSET"
    case noop = "NOOP"
    case vrfy = "VRFY"
    case help = "HELP"
    case quit = "QUIT"
    case starttls = "STARTTLS"
    case xclient = "XCLIENT"
    case xforward = "XFORWARD"
    // Words of HTTP: a browser was talked into speaking to us.
    case connect = "CONNECT"
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    // Known, and refused: nobody logs in here, and no list is expanded.
    case expn = "EXPN"
    case auth = "AUTH"
    case etrn = "ETRN"
    case turn = "TURN"

    /// What RFC 3207 §4 lets through before TLS where TLS is required.
    var isAllowedBeforeTLS: Bool {
        switch self {
        case .ehlo, .lhlo, .noop, .starttls, .quit: true
        default: false
        }
    }
}

extension Cursor {
    /// Takes the command's word, whole; nil when it is none of the table's.
    mutating func verb() -> Verb? {
        skip(while: \.isAlpha)
        guard position <= 8, isAtEnd || peek.map(\.isBlank) == true else { return nil }
        return Verb(rawValue: String(decoding: bytes(from: 0), as: UTF8.self).uppercased())
    }
}
