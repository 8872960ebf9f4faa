import Foundation
import Testing

@testable import json_post

/// What an endpoint asked for is respected, and once it is well again nothing waits for longer than it must.
@Suite struct RecoveryTests {
    let scratch: Scratch
    let receiver: Receiver
    var queue: String { scratch.path + "/q" }

    init() throws {
        scratch = try Scratch()
        receiver = try Receiver(scratch)
    }

    private func flush(_ url: String) throws -> (status: Int32, output: String, log: String) {
        try run(scratch, ["--queue", queue, "--flush", "--timeout", "5s", "--schedule", "1h", url])
    }

    private func requeueAll() throws {
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
    }

    // MARK: From run to run

    @Test(arguments: [("429+3600", Int32(75)), ("503+3600", 75), ("410", 69)])
    func whatTheEndpointAskedForOutlivesTheRun(_ mode: String, _ status: Int32) throws {
        try receiver.setMode(mode)
        let url = receiver.url("mode")
        #expect(try run(scratch, ["--queue", queue, url], input: "{\"id\":\"a\"}\n").status == 0)
        _ = try scratch.file("q/due/1.0.b.json", "{\"id\":\"b\"}\n")
        try receiver.setMode("200")
        for _ in 1...2 {
            let done = try flush(url)
            #expect(done.status == status && done.log.contains("event=paused url=http://127.0.0.1"))
        }
        #expect(receiver.requests.map(\.id) == ["a"])
        // The operator says that it may be tried again.
        try requeueAll()
        #expect(try flush(url).status == 0)
        #expect(receiver.requests.map(\.id).sorted() == ["a", "a", "b"])
        #expect(scratch.names("q") == [".lock", "due", "failed", "tmp"])
    }

    @Test func anEndpointThatHasMovedHasAskedForNothing() throws {
        try receiver.setMode("410")
        try run(scratch, ["--queue", queue, receiver.url("mode")], input: "{\"id\":\"a\"}\n")
        _ = try scratch.file("q/due/1.0.b.json", "{\"id\":\"b\"}\n")
        #expect(try flush(receiver.url("200")).status == 75)
        #expect(receiver.requests.map(\.path) == ["/mode", "/200"])
    }

    @Test func everyRouteHasItsOwnPause() throws {
        let routes = ["--route", "r:@r.example=" + receiver.url("429+3600"), receiver.url("500")]
        let record = "{\"id\":\"a\",\"envelope\":{\"rcptTo\":[\"x@r.example\"]}}\n"
        try run(scratch, ["--queue", queue] + routes, input: record + "{\"id\":\"b\"}\n")
        for name in ["c", "c@r"] { _ = try scratch.file("q/due/1.0.\(name).json", "{\"id\":\"c\"}\n") }
        try run(scratch, ["--queue", queue, "--flush"] + routes)
        #expect(receiver.requests.map { $0.id + $0.path }.sorted() == ["a/429+3600", "b/500", "c/500"])
    }

    @Test(arguments: [
        "9999999999 pause {}\n", "1000 pause {}", "1000 pause\n", "1000 pause {}\n1000 gone {}\n", " pause {}\n", "",
        "1000 pause 00\n", "1001 went {}\n",
    ])
    func aPauseThatCannotBeMeantIsNone(_ text: String) {
        let line = text.replacing("{}", with: SHA256.hex(Array("http://x/".utf8).span))
        #expect(Pause(line, url: "http://x/", now: 900) == nil)
    }

    @Test func aPauseIsReadAsItIsWritten() {
        for pause in [Pause(until: 1000, isGone: false), Pause(until: 1000, isGone: true)] {
            #expect(Pause(pause.line(url: "http://x/"), url: "http://x/", now: 900) == pause)
            #expect(Pause(pause.line(url: "http://x/"), url: "http://y/", now: 900) == nil)
        }
    }

    // MARK: Try now

    @Test(arguments: ["429+3600", "410"]) func requeueOpensWhatIsShut(_ mode: String) throws {
        try receiver.setMode(mode)
        let tool = try Tool(scratch, ["--queue", queue, "--schedule", "1h", receiver.url("mode")])
        tool.write("{\"id\":\"a\"}\n")
        #expect(waitFor { tool.log.contains("event=attempt-failed") })
        try receiver.setMode("200")
        try requeueAll()
        #expect(waitFor { tool.log.contains("event=delivered id=a ") })
        tool.signal(SIGTERM)
        #expect(tool.wait() == 0)
    }

    @Test func whatFailedByAnOutageIsTriedWhenItIsOver() throws {
        try receiver.setMode("503")
        let tool = try Tool(
            scratch, ["--queue", queue, "--schedule", "1h", "--concurrency", "1", receiver.url("mode")])
        for number in 1...5 { tool.write("{\"id\":\"a\(number)\"}\n") }
        #expect(waitFor { tool.log.contains("event=breaker-open") })
        try receiver.setMode("200")
        tool.write("{\"id\":\"new\"}\n")
        #expect(waitFor { tool.log.components(separatedBy: "event=delivered").count == 7 })
        #expect(tool.log.contains("event=recovered url=http://127.0.0.1:\(receiver.port) records=5\n"))
        #expect(receiver.requests.suffix(6).first?.id == "new")
        tool.signal(SIGTERM)
        #expect(tool.wait() == 0)
        #expect(scratch.names("q/due") == [])
    }

    @Test func theGovernorSaysWhenAnOutageIsOver() {
        var governor = Governor(most: 2)
        func ask(_ status: Int, _ now: Int64) -> Bool {
            let probe = governor.began(now: now)
            _ = governor.answered(.status(status), probe: probe, now: now)
            return governor.takeRecovery(now: now)
        }
        #expect(!ask(500, 0) && !ask(200, 1))
        for time in 2...6 { #expect(!ask(500, Int64(time))) }
        // It is well enough for the breaker, but has taken nothing.
        #expect(!ask(404, 2000))
        #expect(ask(200, 2001) && !ask(200, 2002))
        // A second outage soon after the first.
        for time in 3000...3004 { #expect(!ask(500, Int64(time))) }
        #expect(!ask(200, 5000) && !ask(200, 302_000) && ask(200, 302_001))
    }

    @Test func dueOrderOutlivesBringingForward() {
        var index = RecordIndex()
        func wait(_ key: String, _ due: Int64, attempts: UInt16) {
            _ = index.insert(
                key, RecordIndex.Entry(wake: due * 1000, due: UInt32(due), attempts: attempts, state: .waiting))
        }
        for number in 0..<40 { wait("a\(number)", Int64(100 + number * 7 % 40), attempts: 1) }
        wait("due", 50, attempts: 1)
        wait("not the endpoint's fault", 200, attempts: 0)
        #expect(index.bringForward(endpoint: 0, now: 60_000) == 40)
        var dues: [UInt32] = []
        while let slot = index.popDue(endpoint: 0, now: 60_000) { dues.append(index[slot].due) }
        #expect(dues == [50] + Array(100...139))
        #expect(index.nextWake(endpoint: 0) == 200_000)
        #expect(MemoryLayout<RecordIndex.Entry>.stride == 24)
    }
}
