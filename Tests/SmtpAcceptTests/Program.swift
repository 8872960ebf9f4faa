import Foundation
import Testing

/// The built program, beside the tests.
enum Program {
    /// The folder of the package.
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let path: String = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let places =
            [beside.appendingPathComponent("smtp-accept")]
            + ["debug", "release"].map { package.appendingPathComponent(".build/\($0)/smtp-accept") }
        return places.map(\.path).first { FileManager.default.isExecutableFile(atPath: $0) } ?? "smtp-accept"
    }()

    /// Runs a command to its end: exit status and what it wrote to stdout and stderr together.
    static func run(_ command: String, _ arguments: [String], environment: [String: String] = [:]) throws -> (
        status: Int32, output: String
    ) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
