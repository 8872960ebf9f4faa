import ArgumentParser
import Glibc
import SMTP
import Spool
import Tool

extension Policy.TLSUse: ExpressibleByArgument {}
extension Policy.BareNewline: ExpressibleByArgument {}

extension AddressRange: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
    }
}

/// The command line of smtp-accept(8).
@main
struct SmtpAccept: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "smtp-accept", abstract: "Receive mail by SMTP into a spool.",
        usage: "smtp-accept --spool DIR --rcpt PATTERN... [options]",
        discussion:
            "Each option can come from the environment: --max-size is SMTP_ACCEPT_MAX_SIZE. See smtp-accept(8).",
        version: toolVersion)

    @Option(help: ArgumentHelp("The spool: DIR/new gets the messages. Made if missing.", valueName: "dir"))
    var spool = ""

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Where to listen: HOST:PORT, [V6]:PORT, *:PORT or unix:PATH; may be repeated. (default: *:2525)",
            valueName: "addr"))
    var listen: [ListenAddress] = []

    @Option(parsing: .singleValue, help: ArgumentHelp("Where to listen for TLS from the start.", valueName: "addr"))
    var listenTls: [ListenAddress] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Where to listen for LMTP; never TCP port 25.", valueName: "addr"))
    var listenLmtp: [ListenAddress] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Recipients to accept: user@domain, @domain, @.domain (subdomains), @* (all); may be repeated.",
            valueName: "pattern"))
    var rcpt: [String] = []

    @Option(help: ArgumentHelp("More patterns, one a line, # comments; read again on SIGHUP.", valueName: "file"))
    var rcptFile: String?

    // Unconditional: a delimiter may well be the dash that options begin with.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Characters that end the user in user+tag@domain; empty: none.", valueName: "chars"))
    var recipientDelimiter = "+"

    @Option(
        help: ArgumentHelp("Our name in greeting, Received and certificate. (default: the host's)", valueName: "name"))
    var hostname: String?

    @Option(help: ArgumentHelp("Largest message in bytes, with K, M or G.", valueName: "n"))
    var maxSize = ByteSize(26_214_400)

    @Option(help: ArgumentHelp("Recipients a message.", valueName: "n"))
    var maxRecipients = 100

    @Option(help: ArgumentHelp("Connections at a time.", valueName: "n"))
    var maxConnections = 1000

    @Option(help: ArgumentHelp("Connections at a time from one IPv4 address or IPv6 /64.", valueName: "n"))
    var maxConnectionsPerIp = 20

    @Option(help: ArgumentHelp("Messages a second from one address, sustained; 0: no limit.", valueName: "n"))
    var ratePerIp = 20

    @Option(help: ArgumentHelp("Refused commands or recipients before 421.", valueName: "n"))
    var maxErrors = 10

    @Option(help: ArgumentHelp("Wait for the client.", valueName: "seconds"))
    var timeout = 300

    @Option(help: ArgumentHelp("Silence expected of strangers before the greeting; 0: none.", valueName: "seconds"))
    var greetDelay = 0

    @Option(help: ArgumentHelp("Time for messages under way after SIGTERM.", valueName: "seconds"))
    var drain = 30

    @Option(help: ArgumentHelp("Whether STARTTLS is offered, and needed: off, may or require.", valueName: "use"))
    var tls = Policy.TLSUse.may

    @Option(
        help: ArgumentHelp("Certificate chain (PEM); read again on SIGHUP. (default: self-signed)", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("Key of the certificate (PEM).", valueName: "file"))
    var tlsKey: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Own relays, as CIDR or unix: no limits per address, XCLIENT and XFORWARD believed; may be repeated.",
            valueName: "cidr"))
    var trust: [AddressRange] = []

    @Flag(help: "Every TCP connection comes from --trust and begins with a PROXY header.")
    var proxyProtocol = false

    @Option(help: ArgumentHelp("Bare CR or LF in DATA: normalize or refuse.", valueName: "what"))
    var bareNewline = Policy.BareNewline.normalize

    @Option(help: ArgumentHelp("Become this user once the addresses are bound.", valueName: "name"))
    var user: String?

    @Flag(help: "Print the path of each accepted message, the backlog first.")
    var print = false

    @Option(help: ArgumentHelp("Where to show /healthz and /metrics by HTTP.", valueName: "addr"))
    var status: ListenAddress?

    @Option(help: ArgumentHelp("Write the addresses to this descriptor when listening.", valueName: "n"))
    var readyFd: Int32?

    @Option(help: ArgumentHelp("error, warning, info or debug.", valueName: "level"))
    var logLevel = LogLevel.info

    static let environmentOptions: [EnvironmentOption] = [
        .init("spool", .value), .init("listen", .list), .init("listen-tls", .list), .init("listen-lmtp", .list),
        .init("rcpt", .list), .init("rcpt-file", .value),
        .init("recipient-delimiter", .value, mayBeEmpty: true),
        .init("hostname", .value), .init("max-size", .value), .init("max-recipients", .value),
        .init("max-connections", .value), .init("max-connections-per-ip", .value), .init("rate-per-ip", .value),
        .init("max-errors", .value),
        .init("timeout", .value), .init("greet-delay", .value), .init("drain", .value), .init("tls", .value),
        .init("tls-cert", .value), .init("tls-key", .value), .init("trust", .list), .init("proxy-protocol", .flag),
        .init("bare-newline", .value),
        .init("user", .value), .init("print", .flag),
        .init("status", .value), .init("ready-fd", .value), .init("log-level", .value),
    ]

    static func main() {
        Self.start(environmentPrefix: "SMTP_ACCEPT")
    }

    /// Not among what is checked while options are parsed: a misspelt option would not be named then.
    private func requireSpoolAndRecipients() throws {
        guard !spool.isEmpty else { throw ValidationError("Say where the mail goes: --spool DIR.") }
        guard !rcpt.isEmpty || rcptFile != nil else {
            throw ValidationError("Say whose mail to accept: --rcpt PATTERN or --rcpt-file FILE.")
        }
    }

    mutating func validate() throws {
        for text in rcpt { try Self.check { () throws(AddressPattern.Malformed) in _ = try AddressPattern(text) } }
        try requirePositive()
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key belong together.")
        }
        guard !proxyProtocol || !trust.isEmpty else {
            throw ValidationError("--proxy-protocol needs --trust: anybody could say to be anybody.")
        }
        guard tls != .off || listenTls.isEmpty && tlsCert == nil else {
            throw ValidationError("--tls off contradicts --listen-tls and --tls-cert.")
        }
        for address in listenLmtp {
            switch address.place {
            case .everywhere(port: 25), .host(_, port: 25):
                throw ValidationError("--listen-lmtp \(address): LMTP is not for port 25 (RFC 2033).")
            case .everywhere, .host, .unix: break
            }
        }
        if let hostname, !isHostName(hostname) { throw ValidationError("--hostname \(hostname): no host name.") }
    }

    private static func check(_ body: () throws(AddressPattern.Malformed) -> Void) throws {
        do throws(AddressPattern.Malformed) { try body() } catch { throw ValidationError(error.description) }
    }

    private func requirePositive() throws {
        let numbers = [
            ("max-recipients", maxRecipients), ("max-connections", maxConnections),
            ("max-connections-per-ip", maxConnectionsPerIp), ("max-errors", maxErrors), ("timeout", timeout),
        ]
        for (name, number) in numbers where !(1...1_000_000_000).contains(number) {
            throw ValidationError("--\(name) \(number): must be from 1 to 1000000000.")
        }
        guard (0...1_000_000_000).contains(ratePerIp) else {
            throw ValidationError("--rate-per-ip \(ratePerIp): must be from 0 to 1000000000.")
        }
        // Clients wait five minutes for it (RFC 5321 §4.5.3.2.1).
        guard (0...240).contains(greetDelay) else {
            throw ValidationError("--greet-delay \(greetDelay): must be from 0 to 240.")
        }
        guard (0...1_000_000).contains(drain) else {
            throw ValidationError("--drain \(drain): must be from 0 to 1000000.")
        }
    }

    mutating func run() throws {
        try requireSpoolAndRecipients()
        try Daemon(self).run()
    }
}

/// Letters, digits, dots, hyphens and underscores, or an address literal.
func isHostName(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count)
        && text.utf8.allSatisfy { byte in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                || ".-_[]:".utf8.contains(byte)
        }
}
