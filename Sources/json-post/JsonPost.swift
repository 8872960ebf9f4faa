import ArgumentParser
import Glibc
import JSON
import Spool
import Tool

@main
struct JsonPost: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "json-post", abstract: "Posts each line of standard input, a JSON record, to a webhook.",
        usage: "json-post [options] [URL]", version: toolVersion)

    static let environmentOptions = [
        EnvironmentOption("queue", .value), EnvironmentOption("ack", .value), EnvironmentOption("ack-move", .value),
        EnvironmentOption("id-field", .value), EnvironmentOption("event", .flag), EnvironmentOption("compress", .flag),
        EnvironmentOption("batch", .value), EnvironmentOption("batch-format", .value),
        EnvironmentOption("deny-private", .flag), EnvironmentOption("flush", .flag),
        EnvironmentOption("list", .flag), EnvironmentOption("json", .flag), EnvironmentOption("show", .list),
        EnvironmentOption("requeue", .list), EnvironmentOption("drop", .list),
        EnvironmentOption("concurrency", .value), EnvironmentOption("timeout", .value),
        EnvironmentOption("connect-timeout", .value), EnvironmentOption("schedule", .value),
        EnvironmentOption("max-age", .value), EnvironmentOption("max-record", .value),
        EnvironmentOption("secret-file", .lines), EnvironmentOption("header", .lines),
        EnvironmentOption("header-file", .lines), EnvironmentOption("bearer-file", .value),
        EnvironmentOption("user-file", .value), EnvironmentOption("url-file", .value),
        EnvironmentOption("route", .lines), EnvironmentOption("route-file", .value),
        EnvironmentOption("reject-on", .value), EnvironmentOption("cacert", .value), EnvironmentOption("cert", .value),
        EnvironmentOption("key", .value), EnvironmentOption("proxy", .value, mayBeEmpty: true),
        EnvironmentOption("unix-socket", .value),
        EnvironmentOption("http2-prior-knowledge", .flag), EnvironmentOption("status", .value),
        EnvironmentOption("log-level", .value),
    ]

    static let otherVariables: [String]? = ["JSON_POST_URL"]

    @Argument(
        help: ArgumentHelp(
            "Where to post to: http:// or https://. From the environment: JSON_POST_URL.", valueName: "URL"))
    var url: String?

    @OptionGroup(title: "Safety")
    var safety: SafetyOptions

    @OptionGroup(title: "Queue commands, instead of reading standard input")
    var queueCommands: QueueCommandOptions

    @OptionGroup(title: "Attempts")
    var attempts: AttemptOptions

    @OptionGroup(title: "Requests")
    var requests: RequestOptions

    @OptionGroup(title: "Routes")
    var routing: RouteOptions

    @Option(
        help: ArgumentHelp("Serve /healthz and /metrics here, by HTTP: HOST:PORT or unix:PATH.", valueName: "ADDR"))
    var status: ListenAddress?

    @Option(
        help: ArgumentHelp("How much to tell on standard error: error, warning, info or debug.", valueName: "LEVEL"))
    var logLevel = LogLevel.info

    static func main() {
        Self.start(environmentPrefix: "JSON_POST")
    }

    mutating func validate() throws {
        try safety.validate(commands: queueCommands)
        // The operand replaces what the environment says, and nothing of the command line.
        if url != nil, let file = requests.urlFile, file != environmentVariable("JSON_POST_URL_FILE") {
            throw ValidationError("The URL is said twice: URL or --url-file, not both.")
        }
    }

    mutating func run() throws {
        if let command = queueCommands.command {
            return try QueueCommand(queue: safety.queue ?? "").run(command, json: queueCommands.json)
        }
        let code = try deliver()
        if code != .ok { throw ExitCode(code.rawValue) }
    }

    /// Delivers until the end of input, of the flush, or a signal.
    private func deliver() throws -> Sysexit {
        // Else libcurl takes a URL's host for ASCII, and one like bücher.example for none.
        _ = unsafe setlocale(LC_CTYPE, "C.UTF-8")
        let settings = try settings()
        let signals = try Failure.wrap(.osErr) { () throws(SystemError) in try Signals(SIGTERM, SIGINT, SIGHUP) }
        Signals.ignoreBrokenPipe()
        _ = raiseDescriptorLimit()
        let log = Log(level: logLevel)
        let acknowledger = try safety.openSpool(log: log)
        let queue = try safety.openQueue(log: log)
        let intake = settings.isFlush ? nil : try intake(settings)
        let deliverer = try Deliverer(
            settings, log: log, signals: signals, queue: queue, acknowledger: acknowledger,
            intake: intake, reload: { () throws(Failure) in try settingsAgain() })
        let sockets = try serveStatus(of: deliverer)
        defer { for socket in sockets { socket.stop() } }
        return deliverer.run()
    }

    private func serveStatus(of deliverer: Deliverer) throws(Failure) -> [ListeningSocket] {
        guard let address = status else { return [] }
        let page = deliverer.status
        return try Failure.listening(on: "\(address)") { () throws(SystemError) in
            let sockets = try ListeningSocket.open(address)
            for socket in sockets {
                deliverer.log.info("status", ("address", socket.address))
                let server = StatusServer(socket) { page.page($0) }
                try Thread.start(name: "status") { server.run() }
            }
            return sockets
        }
    }

    private func settingsAgain() throws(Failure) -> DelivererSettings {
        do {
            return try settings()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.config, "\(error)")
        }
    }

    private func intake(_ settings: DelivererSettings) throws(Failure) -> Intake {
        try Failure.wrap(.osErr) { () throws(SystemError) in
            let isSigned = settings.batch == nil && !routing.isAny
            return try Intake(
                scanner: RecordScanner(idField: safety.idField, recipients: routing.isAny), limit: settings.maxRecord,
                secrets: isSigned ? settings.endpoint?.secrets ?? [] : [])
        }
    }

    /// Reads the files that the options name.
    private func settings() throws -> DelivererSettings {
        var settings = DelivererSettings(
            schedule: attempts.schedule,
            maxAge: attempts.maxAge ?? (safety.queue == nil ? .seconds(60) : .seconds(5 * 86400)),
            maxRecord: attempts.maxRecord.bytes, rejected: attempts.rejectOn.statuses,
            isFlush: safety.flush, isEvent: requests.event, isCompressed: requests.compress,
            batch: requests.batch.flatMap { $0 > 1 ? ($0, requests.batchFormat) : nil },
            concurrency: attempts.concurrency, timeout: attempts.timeout, connectTimeout: attempts.connectTimeout)
        settings.endpoint = try requests.urlText(url).map { url throws(Failure) in
            try requests.endpoint(url, attempts: attempts)
        }
        try routing.add(to: &settings, requests, attempts)
        guard settings.endpoint != nil || routing.isAny else {
            throw ValidationError("Missing expected argument 'URL'.")
        }
        return settings
    }
}

extension Failure {
    /// Runs what may fail for the operating system's reasons.
    static func wrap<R: ~Copyable>(
        _ code: Sysexit, _ what: String = "", _ body: () throws(SystemError) -> R
    ) throws(Failure) -> R {
        do throws(SystemError) {
            return try body()
        } catch {
            throw Failure(code, what.isEmpty ? error.description : "\(what): \(error)")
        }
    }
}
