import ArgumentParser
import Glibc
import JSON
import Spool
import Tool

/// The command line of mime2json(1).
@main
struct Mime2json: ToolCommand {
    static func main() { Self.start(environmentPrefix: "MIME2JSON") }

    static let configuration = CommandConfiguration(
        commandName: "mime2json",
        abstract: "Turn mail into JSON, one object a message.",
        usage: "mime2json [options] [FILE ...]",
        version: toolVersion)

    /// Where the input comes from has variables too, which only count when no input is named: see `validate()`.
    static let environmentOptions = [
        EnvironmentOption("mbox", .flag),
        EnvironmentOption("header-prefix", .list),
        EnvironmentOption("attachments", .value),
        EnvironmentOption("attachments-dir", .value),
        EnvironmentOption("raw", .flag),
        EnvironmentOption("digest", .flag),
        EnvironmentOption("no-envelope", .flag),
        EnvironmentOption("profile", .value),
        EnvironmentOption("pretty", .flag),
        EnvironmentOption("jobs", .value),
    ]

    static let inputVariables = ["MIME2JSON_SPOOL", "MIME2JSON_WATCH", "MIME2JSON_FILES_FROM", "MIME2JSON_NULL"]

    /// The worker leaves it to its parent to tell of others.
    static var otherVariables: [String]? {
        CommandLine.arguments.contains("--worker-of") ? nil : inputVariables
    }

    @Option(help: ArgumentHelp("Convert every message in DIR/new, in name order.", valueName: "DIR"))
    var spool: String?

    @Flag(help: "With --spool: stay, and convert what arrives.")
    var watch = false

    @Option(
        help: ArgumentHelp("Read the paths of messages from FILE, one a line; - is standard input.", valueName: "FILE"))
    var filesFrom: String?

    @Flag(name: [.customShort("0"), .customLong("null")], help: "With --files-from: paths end in NUL.")
    var null = false

    @Flag(help: "Inputs are mbox files (mboxrd, mboxo).")
    var mbox = false

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Pass fields whose names begin with P through in matchedHeaders.", valueName: "P"))
    var headerPrefix: [String] = []

    @Option(help: ArgumentHelp("inline: base64 in content; meta: no content; none: no list.", valueName: "MODE"))
    var attachments: AttachmentsMode = .inline

    @Option(
        help: ArgumentHelp(
            "Write decoded attachments to DIR/<id>/, and their path instead of content.", valueName: "DIR"))
    var attachmentsDir: String?

    @Flag(help: "Add the whole message, as base64 in raw.content.")
    var raw = false

    @Flag(help: "Add SHA-256 of the message and of each attachment.")
    var digest = false

    @Flag(help: "The input is not from a spool: read no trace block.")
    var noEnvelope = false

    @Option(help: ArgumentHelp("The shape of the document.", valueName: "NAME"))
    var profile: Profile = .email

    @Flag(help: "Indent.")
    var pretty = false

    @Option(help: ArgumentHelp("Convert N messages at a time; 0: one a processor.", valueName: "N"))
    var jobs = 1

    @Flag(help: "Print the JSON Schema of the document, and exit.")
    var schema = false

    /// Given by the parent to a worker: the parent's process id.
    @Option(help: .private)
    var workerOf: Int32?

    @Argument(help: ArgumentHelp("A message; - is standard input.", valueName: "FILE"))
    var files: [String] = []

    mutating func validate() throws {
        var invocation = Invocation(self)
        try invocation.complete()
    }

    mutating func run() throws {
        var invocation = Invocation(self)
        try invocation.complete()
        try invocation.run()
    }

    static func willComplain() { Progress.erase() }

    static func runAtOnce(_ arguments: [String]) throws -> Bool {
        guard let invocation = Invocation(arguments) else { return false }
        try invocation.run()
        return true
    }
}

extension Invocation {
    func run() throws {
        try StandardStreams.check()
        if schema { return try printSchema() }
        let shelf = try Shelf(spool: spool)
        if let workerOf {
            var worker = Worker(
                parent: workerOf, jobs: jobCount, shelf: shelf, options: ConversionOptions(self),
                attachments: try openAttachments())
            return try worker.run()
        }
        let code = try spool != nil || filesFrom != nil ? supervise(shelf) : convertFiles(shelf)
        if code != .ok { throw Failure(code, "") }
    }

    private func printSchema() throws {
        do throws(OutputError) {
            try Output.write([UInt8](EmailSchema.text.utf8).span)
        } catch {
            throw error.failure
        }
    }

    private func openAttachments() throws -> AttachmentsDirectory? {
        do throws(OutputError) {
            return try attachmentsDir.map { path throws(OutputError) in try AttachmentsDirectory(path) }
        } catch {
            throw error.failure
        }
    }

    private var jobCount: Int { jobs > 0 ? jobs : max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN))) }

    // MARK: In this process

    /// FILE operands, or standard input.
    private func convertFiles(_ shelf: Shelf) throws -> Sysexit {
        var code = Sysexit.ok
        let names = files.isEmpty ? [[UInt8(ascii: "-")]] : Operands.bytes(of: files)
        let intake = OperandIntake(names, shelf, isMbox: mbox)
        let total = mbox ? nil : names.count
        defer { Progress.erase() }
        try Jobs(jobCount, intake, shelf, ConversionOptions(self), try openAttachments()).run { number, outcome, _ in
            Progress.note(.messages, done: number + 1, of: total)
            switch outcome {
            case .object(let text): try Self.print(text)
            case .outputFailed(let error): throw error.failure
            case .unreadable(let name, let error):
                Mime2json.complain("\(displayed(name)): \(error.reason)")
                code = .noInput
            }
        }
        return code
    }

    private static func print(_ object: JSONText) throws {
        do throws(OutputError) {
            try Output.write(object)
        } catch {
            throw error.failure
        }
    }

    // MARK: By a worker

    private func supervise(_ shelf: Shelf) throws -> Sysexit {
        // The worker would only find out later, and say so each time it is started anew.
        _ = try openAttachments()
        Signals.ignoreBrokenPipe()
        let signals = try Signals(SIGTERM, SIGINT)
        if case .spool(let directory) = shelf {
            return try run(SpoolFeed.open(directory, watch: watch), shelf, signals)
        }
        let list = try PathList(filesFrom ?? "-", separator: null ? 0 : UInt8(ascii: "\n"))
        return try mbox ? run(MboxFeed(list, shelf), shelf, signals) : run(list, shelf, signals)
    }

    private func run(
        _ feed: consuming some Feed & ~Copyable, _ shelf: Shelf, _ signals: consuming Signals
    ) throws -> Sysexit {
        var supervisor = Supervisor(
            feed: feed, shelf: shelf, arguments: ["--worker-of=\(getpid())"] + Operands.all, signals: signals,
            substitute: Substitute(ConversionOptions(self)))
        return try supervisor.run()
    }
}

extension Progress.Work {
    static let messages = Self("mime2json", "messages", isPrinted: true)
}
