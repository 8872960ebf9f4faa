import Foundation
import Testing

@testable import json_post

@Suite struct BatchTests {
    let scratch: Scratch
    let receiver: Receiver

    init() throws {
        scratch = try Scratch()
        receiver = try Receiver(scratch)
    }

    private let lines = (0..<7).map { "{\"id\":\"r\($0)\", \"n\" : \($0)}" }
    private var input: String { lines.joined(separator: "\n") + "\n" }

    @Test func arrays() throws {
        let secret = try scratch.file("secret", "key")
        let arguments = ["--batch", "3", "--concurrency", "1", "--secret-file", secret, receiver.url("200")]
        #expect(try run(scratch, arguments, input: input).status == 0)
        let requests = receiver.requests
        #expect(
            requests.map { String(decoding: $0.body, as: UTF8.self) }
                == [0..<3, 3..<6, 6..<7].map { "[" + lines[$0].joined(separator: ",") + "]" })
        // printf 'r0\nr1\nr2\n' | sha256sum
        #expect(requests.first?.id == "batch-" + SHA256.hex(Array("r0\nr1\nr2\n".utf8).span))
        for request in requests {
            #expect(
                request.header("idempotency-key") == "\"\(request.id)\""
                    && request.header("content-type") == "application/json")
            var signer = Signer(keys: [Array("key".utf8)])
            let seconds = Int64(request.header("webhook-timestamp") ?? "") ?? 0
            let signature = signer.signature(request.id, seconds, RecordBody([UInt8](request.body).span))
            #expect(request.header("webhook-signature") == String(decoding: signature, as: UTF8.self))
        }
    }

    @Test func lines_() throws {
        #expect(
            try run(scratch, ["--batch", "10", "--batch-format", "ndjson", receiver.url("200")], input: input).status
                == 0)
        let requests = receiver.requests
        #expect(requests.map { String(decoding: $0.body, as: UTF8.self) } == [input])
        #expect(requests.first?.header("content-type") == "application/x-ndjson")
    }

    @Test func aPartOfABatchDoesNotWaitLong() throws {
        let tool = try Tool(scratch, ["--batch", "100", receiver.url("200")])
        tool.write(lines[0] + "\n" + lines[1] + "\n")
        #expect(waitFor(5) { receiver.requests.count == 1 })
        tool.closeInput()
        #expect(tool.wait() == 0)
    }

    @Test(arguments: ["400", "413", "422"])
    func aRefusedBatchIsSentRecordByRecord(_ status: String) throws {
        let spool = try scratch.spool((0..<7).map(spoolID))
        let input = (0..<7).map { "{\"id\":\"\(spoolID($0))\"}\n" }.joined()
        let done = try run(
            scratch, ["--batch", "7", "--ack", spool, "--queue", scratch.path + "/q", receiver.url("do/\(status)")],
            input: input)
        #expect(done.status == 0)
        #expect(Set(receiver.requests.dropFirst().map(\.id)) == Set((0..<7).map(spoolID)))
        #expect(receiver.requests.count == 8)
        #expect(scratch.names("spool/new") == [] && scratch.names("q/due") == [] && scratch.names("q/failed") == [])
    }

    @Test func aBatchThatFailsIsQueuedRecordByRecord() throws {
        let queue = scratch.path + "/q"
        try run(scratch, ["--batch", "7", "--queue", queue, receiver.url("500")], input: input)
        #expect(receiver.requests.count == 1)
        #expect(scratch.names("q/due").count == 7)
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
        #expect(try run(scratch, ["--batch", "7", "--queue", queue, "--flush", receiver.url("200")]).status == 0)
        #expect(Set(receiver.requests.dropFirst().map { String(decoding: $0.body, as: UTF8.self) }) == Set(lines))
    }

    /// What a receiver does: gunzip, then verify the signature of the JSON.
    @Test(arguments: [["--batch", "1"], ["--batch", "3"]])
    func compressed(_ batch: [String]) throws {
        let secret = try scratch.file("secret", "key")
        let text = String(repeating: "All work and no play makes Jack a dull boy. ", count: 100)
        let lines = (1...3).map { "{\"id\":\"r\($0)\",\"t\":\"\(text)\"}" }
        try run(
            scratch, ["--compress", "--secret-file", secret, "--concurrency", "1"] + batch + [receiver.url("200")],
            input: lines.joined(separator: "\n") + "\n")
        let requests = receiver.requests
        #expect(requests.count == (batch[1] == "1" ? 3 : 1))
        var bodies: [String] = []
        for request in requests {
            #expect(request.header("content-encoding") == "gzip" && request.body.count < 1000)
            let plain = try gunzip(request.body)
            var signer = Signer(keys: [Array("key".utf8)])
            let seconds = Int64(request.header("webhook-timestamp") ?? "") ?? 0
            let signature = signer.signature(request.id, seconds, RecordBody(Array(plain.utf8).span))
            #expect(request.header("webhook-signature") == String(decoding: signature, as: UTF8.self))
            bodies.append(plain)
        }
        #expect(bodies == (requests.count == 3 ? lines : ["[" + lines.joined(separator: ",") + "]"]))
    }

    @Test func smallOrDenseBodiesAreNotCompressed() throws {
        let dense = (0..<3000).map { _ in String(UnicodeScalar(UInt8.random(in: 0x31...0x39))) }.joined()
        let gzip = Gzip()
        func size(_ bytes: [UInt8]) -> Int? { gzip.compressed(RecordBody(bytes.span))?.count }
        #expect(size([UInt8](repeating: 1, count: 1023)) == nil)
        #expect(size([UInt8](repeating: 1, count: 1024)) ?? 1000 < 100)
        #expect(size((0..<4096).map { _ in UInt8.random(in: 0...255) }) == nil)
        try run(scratch, ["--compress", receiver.url("200")], input: "{\"id\":\"a\"}\n{\"id\":\"b\",\"n\":\(dense)}\n")
        let requests = receiver.requests.sorted { $0.id < $1.id }
        #expect(requests.map { $0.header("content-encoding") } == [nil, "gzip"])
        #expect(requests[0].body == Data("{\"id\":\"a\"}".utf8))
    }

    private func gunzip(_ data: Data) throws -> String {
        let file = scratch.path + "/\(UUID().uuidString).gz"
        try data.write(to: URL(fileURLWithPath: file))
        let zcat = try Tool(scratch, ["-dc", file], program: "/bin/gzip")
        #expect(zcat.wait() == 0)
        return zcat.output
    }

    @Test func withoutAQueue() throws {
        let done = try run(
            scratch,
            ["--batch", "4", "--max-age", "1s", "--schedule", "1s", "--concurrency", "1", receiver.url("do/500,200")],
            input: input)
        #expect(done.status == 0)
        let bodies = receiver.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies[1] == "[" + lines[4..<7].joined(separator: ",") + "]")
        #expect(Set(bodies.dropFirst(2)) == Set(lines[..<4]))
    }
}
