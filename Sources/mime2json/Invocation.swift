import ArgumentParser
import Tool

/// What a command line asks for. The properties are named as those of `Mime2json`, which says what they mean.
///
/// ArgumentParser finds its way by reflection, which takes longer than a small message does, and its time grows by the square of
/// the number of operands. So a command line that is right is read here; it gets one that is not, and `--help`.
struct Invocation: Equatable {
    var spool: String?
    var watch = false
    var filesFrom: String?
    var null = false
    var mbox = false
    var headerPrefix: [String] = []
    var attachments = AttachmentsMode.inline
    var attachmentsDir: String?
    var raw = false
    var digest = false
    var noEnvelope = false
    var profile = Profile.email
    var pretty = false
    var jobs = 1
    var schema = false
    var workerOf: Int32?
    var files: [String] = []

    /// What ArgumentParser has read.
    init(_ command: Mime2json) {
        spool = command.spool
        watch = command.watch
        filesFrom = command.filesFrom
        null = command.null
        mbox = command.mbox
        headerPrefix = command.headerPrefix
        attachments = command.attachments
        attachmentsDir = command.attachmentsDir
        raw = command.raw
        digest = command.digest
        noEnvelope = command.noEnvelope
        profile = command.profile
        pretty = command.pretty
        jobs = command.jobs
        schema = command.schema
        workerOf = command.workerOf
        files = command.files
    }

    /// Reads a command line without the program's name; nil when there is anything in it that is not simply right.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                files += rest
                break
            }
            if Self.isValue(argument) {
                files.append(argument)
            } else if !setFlag(argument), !setOption(argument, &rest) {
                return nil
            }
        }
        guard (try? complete()) != nil else { return nil }
    }

    private static func isValue(_ argument: String) -> Bool { argument == "-" || !argument.hasPrefix("-") }

    private mutating func setFlag(_ argument: String) -> Bool {
        switch argument {
        case "--watch": watch = true
        case "-0", "--null": null = true
        case "--mbox": mbox = true
        case "--raw": raw = true
        case "--digest": digest = true
        case "--no-envelope": noEnvelope = true
        case "--pretty": pretty = true
        case "--schema": schema = true
        default: return false
        }
        return true
    }

    /// Takes `--name=value`, or `--name` and the argument after it.
    private mutating func setOption(_ argument: String, _ rest: inout ArraySlice<String>) -> Bool {
        if let equal = argument.utf8.firstIndex(of: UInt8(ascii: "=")) {
            return setOption(argument[..<equal], String(argument[argument.utf8.index(after: equal)...]))
        }
        guard let value = rest.popFirst(), Self.isValue(value) else { return false }
        return setOption(argument[...], value)
    }

    private mutating func setOption(_ name: Substring, _ value: String) -> Bool {
        if value.isEmpty { return false }
        switch name {
        case "--spool": spool = value
        case "--files-from": filesFrom = value
        case "--header-prefix": headerPrefix.append(value)
        case "--attachments":
            guard let mode = AttachmentsMode(rawValue: value) else { return false }
            attachments = mode
        case "--attachments-dir": attachmentsDir = value
        case "--profile":
            guard let name = Profile(rawValue: value) else { return false }
            profile = name
        case "--jobs":
            guard let count = Int(value) else { return false }
            jobs = count
        case "--worker-of":
            guard let process = Int32(value) else { return false }
            workerOf = process
        default: return false
        }
        return true
    }
}

extension Invocation {
    /// More threads than any machine converts mail with.
    private static let largestJobs = 1024

    /// Takes the input from the environment where the command line names none, and refuses what does not go together.
    mutating func complete() throws {
        if spool == nil, filesFrom == nil, files.isEmpty { try takeInputFromEnvironment() }
        if [spool != nil, filesFrom != nil, !files.isEmpty].count(where: \.self) > 1 {
            throw ValidationError("--spool, --files-from and FILE exclude each other.")
        }
        if spool == "" { throw ValidationError("--spool needs a directory: an empty name would be /new.") }
        if filesFrom == "" { throw ValidationError("--files-from needs a file; - is standard input.") }
        if watch, spool == nil { throw ValidationError("--watch needs --spool.") }
        if null, filesFrom == nil { throw ValidationError("-0 needs --files-from.") }
        if mbox, spool != nil { throw ValidationError("--mbox: a spool holds single messages, never mbox files.") }
        if !(0...Self.largestJobs ~= jobs) { throw ValidationError("--jobs is 0 to \(Self.largestJobs).") }
        if attachmentsDir != nil, attachments != .inline {
            throw ValidationError("--attachments-dir and --attachments \(attachments.rawValue) exclude each other.")
        }
        if schema, profile != .email {
            throw ValidationError("--schema is that of profile email; \(profile.rawValue) has none.")
        }
        if headerPrefix.contains("") { throw ValidationError("--header-prefix needs at least a letter.") }
        for property in headerPrefix where HeaderProperty.isMeant(property) { try check(property) }
    }

    private func check(_ property: String) throws {
        if HeaderProperty(property) == nil {
            throw ValidationError("\(property) is none of RFC 8621's header:NAME[:asFORM][:all].")
        }
        if profile != .jmap { throw ValidationError("--header-prefix header:… needs --profile jmap.") }
    }

    /// FILE operands, --spool and --files-from win over variables.
    private mutating func takeInputFromEnvironment() throws {
        spool = environmentVariable("MIME2JSON_SPOOL")
        filesFrom = environmentVariable("MIME2JSON_FILES_FROM")
        if spool != nil { watch = try watch || Self.flag("watch") }
        if filesFrom != nil { null = try null || Self.flag("null") }
    }

    private static func flag(_ name: String) throws -> Bool {
        try !EnvironmentOption.arguments(
            [EnvironmentOption(name, .flag)], prefix: "MIME2JSON", commandLine: [], environment: environmentVariable
        ).isEmpty
    }
}
