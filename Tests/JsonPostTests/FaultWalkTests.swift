import Foundation
import Testing

@testable import json_post

/// Walks the system calls by which records become safe: each is, in turn, the last one that is made, or fails. Afterwards
/// the program runs undisturbed, and every record must have arrived or be set aside, with nothing left over.
@Suite struct FaultWalkTests {
    static let calls = ["fsync", "linkat", "renameat2", "unlinkat", "utimensat", "write", "openat"]
    static let ids = (1...4).map(spoolID)

    private static let strace = FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")

    @Test(arguments: calls) func killed(_ call: String) throws {
        try walk(call, "signal=KILL") { $0 == SIGKILL }
    }

    @Test(arguments: calls.dropLast(), ["ENOSPC", "EIO"]) func failing(_ call: String, _ error: String) throws {
        // A request's write may fail like any broken connection; what matters is that nothing dies of it.
        try walk(call, "error=\(error)") { _ in false }
    }

    /// One run for each occurrence of the call, until there are no more.
    private func walk(_ call: String, _ action: String, isKill: (Int32) -> Bool) throws {
        guard Self.strace else {
            print("strace is absent: the walk is left out")
            return
        }
        var number = call == "openat" ? 20 : 1  // before that the program is only being loaded
        while number < 80 {
            let scratch = try Scratch()
            let receiver = try Receiver(scratch)
            let (spool, queue) = (try scratch.spool(Self.ids), scratch.path + "/q")
            try seed(scratch, queue, receiver)
            let done = try runTraced(
                scratch, ["-e", "inject=\(call):\(action):when=\(number)"], spool, queue, receiver)
            #expect(isKill(done.signal) || done.signal == 0, "\(call) \(number): signal \(done.signal)")
            try settle(scratch, spool, queue, receiver, "\(call) \(number) \(action)")
            if !done.wasInjected { return print("\(call) \(action): \(number - 1) places") }
            number += call == "openat" || call == "write" ? 3 : 1
        }
    }

    /// A queue with one record that is due.
    private func seed(_ scratch: Scratch, _ queue: String, _ receiver: Receiver) throws {
        try run(scratch, ["--queue", queue, receiver.url("500")], input: "{\"id\":\"old\"}\n")
        try run(scratch, ["--queue", queue, "--requeue", "all"])
    }

    private func runTraced(
        _ scratch: Scratch, _ inject: [String], _ spool: String, _ queue: String, _ receiver: Receiver
    ) throws -> (signal: Int32, wasInjected: Bool) {
        let trace = scratch.path + "/trace"
        let tool = try Tool(
            scratch,
            ["-f", "-o", trace, "-e", "trace=\(Self.calls.joined(separator: ","))"] + inject
                + [Tool.binary, "--ack", spool, "--queue", queue, "--concurrency", "1", "--timeout", "2"]
                + [receiver.url("do/500,200,413,200,200,200")], program: "/usr/bin/strace")
        tool.write(Self.ids.map { "{\"id\":\"\($0)\"}\n" }.joined())
        // Long enough for the record in the queue to have its turn while input is open.
        waitFor(1) { receiver.requests.count >= 6 || !tool.process.isRunning }
        tool.closeInput()
        waitFor(3) { !tool.process.isRunning }
        if tool.process.isRunning { tool.signal(SIGTERM) }
        _ = tool.wait(10)
        let log = scratch.text("trace") ?? ""
        let isKilled = tool.process.terminationReason == .uncaughtSignal
        return (isKilled ? tool.process.terminationStatus : 0, log.contains("INJECTED") || isKilled)
    }

    /// Runs undisturbed until all is done, and looks at what is left.
    private func settle(
        _ scratch: Scratch, _ spool: String, _ queue: String, _ receiver: Receiver, _ place: String
    ) throws {
        let rest = scratch.names("spool/new").map { "{\"id\":\"\($0.dropLast(4))\"}\n" }.joined()
        let done = try run(scratch, ["--ack", spool, "--queue", queue, receiver.url("200")], input: rest)
        #expect(done.status == 0, "\(place): \(done.log)")
        try run(scratch, ["--queue", queue, "--requeue", "all"])
        #expect(try run(scratch, ["--queue", queue, "--flush", receiver.url("200")]).status == 0, "\(place)")
        #expect(Set(receiver.requests.map(\.id)) == Set(Self.ids + ["old"]), "\(place)")
        #expect(scratch.names("spool/new") == [], "\(place)")
        for directory in ["due", "failed", "tmp"] { #expect(scratch.names("q/\(directory)") == [], "\(place)") }
    }
}
