import Foundation
import Glibc
import Testing

/// The built mime2json, run as its users run it.
enum Program {
    /// Beside the test bundle.
    static let path: String = {
        var folder = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        if folder == nil { folder = URL(fileURLWithPath: CommandLine.arguments[0]) }
        return (folder ?? URL(fileURLWithPath: ".")).deletingLastPathComponent().appendingPathComponent("mime2json")
            .path
    }()

    /// What a run left.
    struct Result {
        let status: Int32
        let output: Data
        let errors: String

        /// Standard output, a line each.
        var lines: [String] {
            String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        }

        /// Standard output, an object a line.
        func objects() throws -> [[String: Any]] {
            try lines.map { try Program.object($0) }
        }
    }

    /// Parses one object.
    static func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], input: Data = Data(), environment: [String: String] = [:]
    ) throws -> Result {
        let running = try Running(arguments, environment: environment)
        // The program prints while it reads.
        DispatchQueue.global().async {
            running.write(input)
            running.closeInput()
        }
        let output = running.readToEnd()
        return Result(status: running.wait(), output: output, errors: running.errors())
    }
}

/// A run that is still going on.
final class Running: @unchecked Sendable {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errorFile: URL
    private var lines: [Data] = []
    private var buffer = Data()

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        errorFile = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("mime2json-\(UUID()).err")
        _ = FileManager.default.createFile(atPath: errorFile.path, contents: nil)
        process.executableURL = URL(fileURLWithPath: Program.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: errorFile)
    }

    var identifier: pid_t { process.processIdentifier }

    func write(_ data: Data) {
        try? input.fileHandleForWriting.write(contentsOf: data)
    }

    func closeInput() {
        try? input.fileHandleForWriting.close()
    }

    /// Nobody reads its output any more.
    func closeOutput() {
        try? output.fileHandleForReading.close()
    }

    func readToEnd() -> Data {
        precondition(lines.isEmpty && buffer.isEmpty, "reads lines already")
        let rest = (try? output.fileHandleForReading.readToEnd()) ?? nil
        return rest ?? Data()
    }

    /// The next line, however long that takes; nil at the end.
    func readLine() -> String? {
        while true {
            let more = lines.isEmpty ? output.fileHandleForReading.availableData : Data()
            if lines.isEmpty, more.isEmpty { return nil }
            var pieces = more.split(separator: 0x0A, omittingEmptySubsequences: false).map { Data($0) }
            if !pieces.isEmpty {
                buffer += pieces.removeFirst()
                for piece in pieces {
                    lines.append(buffer)
                    buffer = piece
                }
            }
            if !lines.isEmpty { return String(decoding: lines.removeFirst(), as: UTF8.self) }
        }
    }

    /// The next line as an object.
    func readObject() throws -> [String: Any] {
        try Program.object(try #require(readLine()))
    }

    func send(_ number: Int32) {
        kill(identifier, number)
    }

    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    func errors() -> String {
        (try? String(contentsOf: errorFile, encoding: .utf8)) ?? ""
    }

    /// The worker's process id, once there is one.
    func worker() throws -> pid_t {
        try eventually("a worker") {
            let children = try? String(
                contentsOfFile: "/proc/\(identifier)/task/\(identifier)/children", encoding: .utf8)
            return children.flatMap { pid_t($0.split(separator: " ").first ?? "") }
        }
    }
}

/// Asks until there is an answer; a minute of none fails.
@discardableResult
func eventually<T>(_ what: String, _ answer: () throws -> T?) throws -> T {
    for _ in 0..<6000 {
        if let result = try answer() { return result }
        usleep(10_000)
    }
    Issue.record("waited in vain for \(what)")
    throw CancellationError()
}

/// A directory that is gone with its test.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/mime2json-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ content: String) throws -> String {
        try write(name, Data(content.utf8))
    }

    @discardableResult
    func write(_ name: String, _ content: Data) throws -> String {
        let url = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: url)
        return url.path
    }

    /// The id of the spool's message of this number.
    static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "019aa4b2-7c00-7abc-8def-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// Puts a message into the spool as smtp-accept does: whole, by link(2).
    @discardableResult
    func accept(_ number: Int, _ content: String) throws -> String {
        let draft = try write("tmp/\(number)", content)
        try FileManager.default.createDirectory(atPath: path + "/new", withIntermediateDirectories: true)
        let message = path + "/new/\(Self.id(number)).eml"
        try #require(unsafe link(draft, message) == 0)
        _ = unsafe unlink(draft)
        return message
    }
}
