import ArgumentParser
import Glibc
import Spool

/// A program of mailpipe: options from the command line and the environment, sysexits for exit codes.
package protocol ToolCommand: ParsableCommand {
    /// Which long options can also come from the environment.
    static var environmentOptions: [EnvironmentOption] { get }
    /// Variables beyond those of `environmentOptions`; nil: unknown ones are not told of.
    static var otherVariables: [String]? { get }
    /// Does what a command line asks for, and returns true; false leaves it to ArgumentParser, errors and `--help` included.
    static func runAtOnce(_ arguments: [String]) throws -> Bool
    /// Called before a line is written to standard error.
    static func willComplain()
}

/// The version that `--version` and the user agent name.
package let toolVersion = "0.1.0"

extension ToolCommand {
    package static func runAtOnce(_ arguments: [String]) throws -> Bool { false }
    package static func willComplain() {}
    package static var otherVariables: [String]? { [] }

    /// Variables that look like ours and mean nothing: a mistyped name is not to pass in silence.
    private static func tellUnknownVariables(_ prefix: String) {
        guard let others = otherVariables else { return }
        let unknown = EnvironmentOption.unknown(
            environmentOptions, prefix: prefix, besides: others, names: environmentNames(prefix))
        guard !unknown.isEmpty else { return }
        complain("no option has the variable \(unknown.map(Log.escaped).joined(separator: ", ")): ignored")
    }

    /// Parses, runs and exits. A `Failure` thrown by `run()` becomes one line on stderr and its exit code; `--help` and the like are
    /// printed as ArgumentParser words them, and so is a usage error, after the program's name, with 64.
    /// - Parameter prefix: what the names of environment variables begin with, without the underscore.
    package static func start(environmentPrefix prefix: String) -> Never {
        fillStandardDescriptors()
        // A file that may grow no further (RLIMIT_FSIZE) is an error of write(2), as a full disk is.
        _ = signal(SIGXFSZ, SIG_IGN)
        tellUnknownVariables(prefix)
        do {
            try EnvironmentOption.refuseEmpty(environmentOptions, commandLine: CommandLine.arguments)
            let arguments = try EnvironmentOption.arguments(
                environmentOptions, prefix: prefix, commandLine: Array(CommandLine.arguments.dropFirst()),
                environment: environmentVariable)
            if try !runAtOnce(arguments) {
                var command = try parseAsRoot(arguments)
                try command.run()
            }
            Glibc.exit(Sysexit.ok.rawValue)
        } catch let failure as Failure {
            if !failure.message.isEmpty { complain(failure.message) }
            Glibc.exit(failure.code.rawValue)
        } catch let error as SystemError {
            complain("\(error)")
            Glibc.exit(Sysexit.osErr.rawValue)
        } catch  where !exitCode(for: error).isSuccess {
            // Empty for an exit status alone: the log has said why, as far as its level lets it.
            let message = fullMessage(for: error)
            if !message.isEmpty { complain(message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message) }
            Glibc.exit(exitCode(for: error).rawValue)
        } catch {
            show(fullMessage(for: error))
        }
    }

    /// What `--help` and the like ask for. ArgumentParser's own way does not notice that it cannot be written.
    private static func show(_ text: String) -> Never {
        do throws(SystemError) {
            try StandardOutput.write(Array(text.utf8).span, newline: true)
        } catch {
            complain("standard output: \(error)")
            Glibc.exit(Sysexit.ioErr.rawValue)
        }
        Glibc.exit(Sysexit.ok.rawValue)
    }

    /// One line on stderr: `NAME: message`.
    package static func complain(_ message: String) {
        willComplain()
        writeToStandardError(Array("\(configuration.commandName ?? "mailpipe"): \(message)\n".utf8))
    }
}

/// Opens the standard descriptors that the caller has closed. Else the next file or socket would get such a number, and
/// a log line would go to a client, or a path into a message.
///
/// Output that nobody can have fails: a tool that is told to print says so and does not take it for printed.
func fillStandardDescriptors() {
    let files: [(CInt, String, CInt)] = [
        (0, "/dev/null", O_RDONLY), (1, "/dev/full", O_WRONLY), (2, "/dev/null", O_WRONLY),
    ]
    for (number, path, mode) in files where fcntl(number, F_GETFD) < 0 {
        _ = unsafe open(path, mode)
    }
}

/// Writes by one write(2), so that lines of several threads or processes do not mix. An error is nobody's to hear.
func writeToStandardError(_ bytes: [UInt8]) {
    unsafe bytes.span.withUnsafeBufferPointer { bytes in
        _ = unsafe Glibc.write(2, bytes.baseAddress, bytes.count)
    }
}

/// A variable of the process's environment; nil when it is missing or empty.
package func environmentVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name), unsafe value.pointee != 0 else { return nil }
    return unsafe String(cString: value)
}

/// The names in the process's environment that begin with this.
private func environmentNames(_ prefix: String) -> [String] {
    var names: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
        if unsafe strncmp(entry, prefix, prefix.utf8.count) == 0 {
            let text = unsafe String(cString: entry)
            names.append(String(text.prefix { $0 != "=" }))
        }
        unsafe next += 1
    }
    return names
}
