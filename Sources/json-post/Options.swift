import ArgumentParser
import Glibc
import Spool
import Tool

/// Where records are durable, and what is acknowledged.
struct SafetyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Directory where what could not be delivered waits, durably. Made if it is missing.", valueName: "DIR"))
    var queue: String?

    @Option(
        help: ArgumentHelp("Spool whose message DIR/new/<id>.eml is removed once its record is safe.", valueName: "DIR")
    )
    var ack: String?

    @Option(
        help: ArgumentHelp(
            "With --ack: move the message into DIR2, on the same filesystem, instead of removing it.", valueName: "DIR2"
        ))
    var ackMove: String?

    @Option(help: ArgumentHelp("The member that identifies a record.", valueName: "NAME"))
    var idField = "id"

    @Flag(help: "Read no input: try what is due in the queue, then exit.")
    var flush = false

    func validate(commands: QueueCommandOptions) throws {
        if flush || commands.isAny, queue == nil { throw ValidationError("Say which queue: --queue DIR.") }
        if commands.json, !commands.list { throw ValidationError("--json belongs to --list.") }
        if ackMove != nil, ack == nil { throw ValidationError("--ack-move needs --ack DIR.") }
        if (flush ? 1 : 0) + commands.count > 1 { throw ValidationError("One queue command at a time.") }
    }

    func openQueue(log: Log) throws(Failure) -> Queue? {
        guard let path = queue else { return nil }
        do throws(SystemError) {
            return try Queue(creating: path)
        } catch {
            switch error.number {
            case EWOULDBLOCK: throw .busy("--queue \(path): another json-post delivers from it", log)
            case EPERM, EACCES, EROFS: throw Failure(.noPerm, "--queue \(path): \(error)")
            default: throw Failure(.cantCreate, "--queue \(path): \(error)")
            }
        }
    }

    func openSpool(log: Log) throws(Failure) -> AcknowledgerThread? {
        guard let ack, !flush else { return nil }
        return try AcknowledgerThread(.open(spool: ack, moveTo: ackMove, log: log), log: log)
    }
}

extension Failure {
    /// Another one is at work already. That is no fault, and cron need not hear of it: it is told at level info.
    static func busy(_ reason: String, _ log: Log) -> Failure {
        log.info("busy", ("reason", reason))
        return Failure(.tempFail, "")
    }
}

/// How attempts are made and repeated.
struct AttemptOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Requests in flight at a time.", valueName: "N"))
    var concurrency = 8

    @Option(help: ArgumentHelp("How long one attempt may take.", valueName: "S"))
    var timeout = TimeSpan.seconds(30)

    @Option(help: ArgumentHelp("How long connecting may take.", valueName: "S"))
    var connectTimeout = TimeSpan.seconds(10)

    @Option(help: ArgumentHelp("Delays between attempts, each ±20 %; the last one repeats.", valueName: "LIST"))
    var schedule = Schedule.usual

    @Option(
        help: ArgumentHelp(
            "A record older than this is given up after its next failure (default: 5d; without a queue 60s).",
            valueName: "T"))
    var maxAge: TimeSpan?

    @Option(
        help: ArgumentHelp("Longest record in bytes, with suffix K, M or G; longer ones go to failed/.", valueName: "N")
    )
    var maxRecord = ByteCount(bytes: 256 << 20)

    @Option(
        help: ArgumentHelp(
            "Answers that are final: a list of 4xx statuses. Such records go to failed/.", valueName: "LIST"))
    var rejectOn = StatusList(statuses: [])

    func validate() throws {
        guard (1...1000).contains(concurrency) else { throw ValidationError("--concurrency is 1 to 1000.") }
        guard timeout.milliseconds > 0, connectTimeout.milliseconds > 0 else {
            throw ValidationError("A timeout must be longer than nothing.")
        }
    }
}

extension Schedule {
    static let usual = Schedule([5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400])

    private init(_ seconds: [Int64]) {
        delays = seconds.map(TimeSpan.seconds)
    }
}

/// How requests look and where they go.
struct RequestOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Sign with the secret in FILE, as Standard Webhooks say; two files while a secret is rotated.",
            valueName: "FILE"))
    var secretFile: [String] = []

    @Option(help: ArgumentHelp("A header for each request.", valueName: "'K: V'"))
    var header: [String] = []

    @Option(help: ArgumentHelp("Headers for each request, one a line.", valueName: "FILE"))
    var headerFile: [String] = []

    @Option(help: ArgumentHelp("A token for 'Authorization: Bearer'.", valueName: "FILE"))
    var bearerFile: String?

    @Option(help: ArgumentHelp("USER:PASSWORD for basic authentication.", valueName: "FILE"))
    var userFile: String?

    @Option(help: ArgumentHelp("Read the URL from FILE: for URLs that are secrets.", valueName: "FILE"))
    var urlFile: String?

    @Option(help: ArgumentHelp("Send up to N records in one request.", valueName: "N"))
    var batch: Int?

    @Option(help: "How a batch looks.")
    var batchFormat = BatchFormat.array

    @Flag(help: "Compress request bodies by gzip; signatures cover the JSON.")
    var compress = false

    @Flag(help: "CloudEvents 1.0 headers too (binary mode).")
    var event = false

    @Flag(help: "Refuse to connect to loopback, link-local and private addresses.")
    var denyPrivate = false

    @Option(help: ArgumentHelp("Certificates to trust instead of the system's.", valueName: "FILE"))
    var cacert: String?

    @Option(help: ArgumentHelp("Client certificate (PEM).", valueName: "FILE"))
    var cert: String?

    @Option(help: ArgumentHelp("Its key.", valueName: "FILE"))
    var key: String?

    @Option(help: ArgumentHelp("Proxy, as curl(1) takes it.", valueName: "URL"))
    var proxy: String?

    @Option(help: ArgumentHelp("Connect to this unix socket instead.", valueName: "PATH"))
    var unixSocket: String?

    @Flag(name: .customLong("http2-prior-knowledge"), help: "HTTP/2 without asking for it first, as curl(1) does.")
    var http2PriorKnowledge = false

    func validate() throws {
        guard batch.map({ (1...10_000).contains($0) }) ?? true else { throw ValidationError("--batch is 1 to 10000.") }
        if batch ?? 1 > 1, event { throw ValidationError("A batch is not one event: --batch or --event.") }
        guard secretFile.count <= 2 else {
            throw ValidationError("At most two --secret-file: the new secret and the old.")
        }
    }

    private func secrets() throws(Failure) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        for path in secretFile { keys.append(try SecretFile.key(path)) }
        return keys
    }

    /// Where requests go and how they look, with the files read.
    func endpoint(_ url: String, attempts: AttemptOptions) throws(Failure) -> EndpointSettings {
        var settings = HTTPSettings(url: try HTTPURL(url))
        settings.timeout = attempts.timeout
        settings.connectTimeout = attempts.connectTimeout
        settings.headers = try headers()
        settings.user = try userFile.map { path throws(Failure) in try SecretFile.user(path) }
        (settings.caFile, settings.certificate, settings.key) = (
            try pem("--cacert", cacert), try pem("--cert", cert), try pem("--key", key)
        )
        (settings.proxy, settings.unixSocket) = (try checkedProxy(), unixSocket)
        settings.http2PriorKnowledge = http2PriorKnowledge
        settings.denyPrivate = denyPrivate
        return EndpointSettings(http: settings, secrets: try secrets())
    }

    /// libcurl opens these files only when it connects, which is late to hear of a mistake.
    private func pem(_ option: String, _ path: String?) throws(Failure) -> String? {
        guard let path else { return nil }
        let bytes = try Failure.wrap(.noInput, "\(option) \(path)") { () throws(SystemError) in
            try Descriptor.open(path, O_RDONLY).readAll(limit: 16 << 20)
        }
        guard bytes.contains(SecretFile.pem) else { throw Failure(.config, "\(option) \(path): not a PEM file") }
        return path
    }

    /// - Throws: 64 for a kind of proxy that there is not.
    private func checkedProxy() throws(Failure) -> String? {
        guard let proxy, let end = proxy.firstRange(of: "://") else { return proxy }
        let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
        guard schemes.contains(proxy[..<end.lowerBound].lowercased()) else {
            throw Failure(.usage, "--proxy: its URL must begin with \(schemes.joined(separator: ", ")) and ://")
        }
        return proxy
    }

    /// The operand, else the file's, else the environment's.
    func urlText(_ url: String?) throws(Failure) -> String? {
        if let url { return url }
        if let urlFile { return try SecretFile.line(urlFile) }
        return environmentVariable("JSON_POST_URL")
    }

    private func headers() throws(Failure) -> [String] {
        var headers: [String] = []
        for line in header { headers.append(try HeaderLine.checked(line)) }
        for path in headerFile {
            for line in try SecretFile.lines(path) { headers.append(try HeaderLine.checked(line)) }
        }
        if let bearerFile { headers.append("Authorization: Bearer " + (try SecretFile.line(bearerFile))) }
        return headers
    }
}

/// A number of bytes: `1000`, `64K`, `256M`, `1G`.
struct ByteCount: Sendable, Equatable, ExpressibleByArgument {
    let bytes: Int

    init(bytes: Int) {
        self.bytes = bytes
    }

    init?(argument: String) {
        var digits = Substring(argument)
        var shift = 0
        if let last = digits.last, let position = ["K", "M", "G"].firstIndex(of: last.uppercased()) {
            shift = 10 * (position + 1)
            digits.removeLast()
        }
        guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let count = Int(digits), count > 0, count <= Int.max >> 31
        else {
            return nil
        }
        bytes = count << shift
    }

    var defaultValueDescription: String {
        bytes % (1 << 20) == 0 ? "\(bytes >> 20)M" : "\(bytes)"
    }
}

/// Statuses separated by commas, each 400 to 499.
struct StatusList: Sendable, Equatable, ExpressibleByArgument {
    let statuses: Set<Int>

    init(statuses: Set<Int>) {
        self.statuses = statuses
    }

    init?(argument: String) {
        var statuses: Set<Int> = []
        for part in argument.split(whereSeparator: { $0 == "," || $0 == " " }) {
            guard let status = Int(part), (400...499).contains(status) else { return nil }
            statuses.insert(status)
        }
        guard !statuses.isEmpty else { return nil }
        self.statuses = statuses
    }

    var defaultValueDescription: String { statuses.sorted().map { "\($0)" }.joined(separator: ",") }
}
