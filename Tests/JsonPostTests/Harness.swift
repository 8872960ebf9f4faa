import Foundation
import Testing

/// A temporary directory that is removed at the end.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "json-post-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    func names(_ directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + directory)) ?? []).sorted()
    }

    func text(_ name: String) -> String? {
        try? String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }

    /// A spool with these messages.
    func spool(_ ids: [String]) throws -> String {
        try FileManager.default.createDirectory(atPath: path + "/spool/new", withIntermediateDirectories: true)
        for id in ids { _ = try file("spool/new/\(id).eml", "Subject: \(id)\r\n\r\n") }
        return path + "/spool"
    }
}

/// What the receiver has logged of a request.
struct Request {
    let path: String
    let headers: [String: [String]]
    let body: Data
    let time: Double

    func header(_ name: String) -> String? { headers[name]?.first }
    var id: String { header("webhook-id") ?? "" }
}

/// receiver.py, at a port of its own.
final class Receiver {
    private let process = Process()
    private let log: String
    let port: Int

    init(_ scratch: Scratch, port: Int? = nil) throws {
        log = scratch.path + "/requests-\(UUID().uuidString)"
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("receiver.py")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path, log] + (port.map { ["\($0)"] } ?? [])
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var line = Data()
        while !line.contains(0x0A) {
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { break }
            line += piece
        }
        self.port = try #require(
            Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    deinit { stop() }

    func stop() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    /// How requests to /mode are answered from now on.
    func setMode(_ behaviour: String) throws {
        try behaviour.write(toFile: log + ".mode", atomically: true, encoding: .utf8)
    }

    var requests: [Request] {
        let lines = ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.compactMap { line in
            guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                return nil
            }
            return Request(
                path: object["path"] as? String ?? "", headers: object["headers"] as? [String: [String]] ?? [:],
                body: Data(base64Encoded: object["body"] as? String ?? "") ?? Data(), time: object["t"] as? Double ?? 0)
        }
    }
}

/// The program under test.
final class Tool {
    let process = Process()
    private let input = Pipe()
    private let scratch: Scratch
    private let name = UUID().uuidString

    static var binary: String {
        let products = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            .deletingLastPathComponent()
        return (products ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent())
            .appendingPathComponent("json-post").path
    }

    init(_ scratch: Scratch, _ arguments: [String], environment: [String: String] = [:], program: String? = nil) throws
    {
        self.scratch = scratch
        for stream in ["out", "err"] { _ = try scratch.file("\(name).\(stream)", "") }
        process.executableURL = URL(fileURLWithPath: program ?? Self.binary)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = FileHandle(forWritingAtPath: scratch.path + "/\(name).out")
        process.standardError = FileHandle(forWritingAtPath: scratch.path + "/\(name).err")
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    func write(_ text: String) {
        try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    func closeInput() {
        try? input.fileHandleForWriting.close()
    }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits for the end; the exit status, or -1 after `seconds`.
    func wait(_ seconds: Double = 30) -> Int32 {
        waitFor(seconds) { !self.process.isRunning } ? process.terminationStatus : -1
    }

    var output: String { scratch.text("\(name).out") ?? "" }
    var log: String { scratch.text("\(name).err") ?? "" }
}

/// Runs the program on an input to its end.
@discardableResult
func run(
    _ scratch: Scratch, _ arguments: [String], input: String = "", environment: [String: String] = [:]
) throws -> (status: Int32, output: String, log: String) {
    let tool = try Tool(scratch, arguments, environment: environment)
    tool.write(input)
    tool.closeInput()
    let status = tool.wait()
    return (status, tool.output, tool.log)
}

/// Polls until something holds; false when it does not within the time.
@discardableResult
func waitFor(_ seconds: Double = 20, _ condition: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while !condition() {
        if Date() > deadline { return false }
        usleep(10_000)
    }
    return true
}

/// Ids as a spool has them.
func spoolID(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "01a1fc12-4a13-7000-8924-" + String(repeating: "0", count: 12 - digits.count) + digits
}
