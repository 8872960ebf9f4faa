import Foundation
import Spool
import Testing

@testable import json_post

/// The queue and the spool, by the program itself.
@Suite struct QueueTests {
    let scratch: Scratch
    let receiver: Receiver
    var queue: String { scratch.path + "/q" }

    init() throws {
        scratch = try Scratch()
        receiver = try Receiver(scratch)
    }

    private func spooled() -> [String] { scratch.names("spool/new") }

    private func record(_ number: Int, _ text: String = "") -> String {
        "{\"id\":\"\(spoolID(number))\",\"t\":\"\(text)\"}\n"
    }

    // MARK: Acknowledging

    @Test func acknowledgesWhatIsDeliveredOrQueued() throws {
        let spool = try scratch.spool((1...4).map(spoolID))
        let input = (1...3).map { record($0) }.joined()
        let done = try run(scratch, ["--ack", spool, "--queue", queue, receiver.url("do/500,200,200")], input: input)
        #expect(done.status == 0)
        #expect(spooled() == [spoolID(4) + ".eml"])
        #expect(scratch.names("q/due").count == 1)
        #expect(scratch.names("q/tmp") == [] && scratch.names("q/failed") == [])
    }

    @Test func withoutAQueueOnlyWhatIsDeliveredIsAcknowledged() throws {
        let spool = try scratch.spool((1...2).map(spoolID))
        let done = try run(
            scratch,
            [
                "--ack", spool, "--max-age", "1s", "--schedule", "1s", "--concurrency", "1",
                receiver.url("do/200,500,500,500,500"),
            ],
            input: record(1) + record(2))
        #expect(done.status == 75)
        #expect(done.output == record(2))
        #expect(spooled() == [spoolID(2) + ".eml"])
    }

    @Test func aDiscardIsAcknowledgedAndNotPosted() throws {
        let spool = try scratch.spool((1...2).map(spoolID))
        let done = try run(
            scratch, ["--ack", spool, receiver.url("200")],
            input: "{\"id\":\"\(spoolID(1))\",\"discard\":true}\n{\"id\":\"\(spoolID(2))\",\"discard\":true,\"x\":1}\n")
        #expect(done.status == 0)
        #expect(spooled() == [])
        #expect(receiver.requests.map(\.id) == [spoolID(2)])
    }

    @Test func onlySpoolIDsBecomeFileNames() throws {
        let spool = try scratch.spool([spoolID(1)])
        _ = try scratch.file("spool/new/plain.eml", "x")
        _ = try scratch.file("spool/x.eml", "x")
        let done = try run(
            scratch, ["--ack", spool, receiver.url("200")],
            input: "{\"id\":\"plain\"}\n{\"id\":\"../x\"}\n{\"n\":1}\n{\"id\":\"\(spoolID(1).uppercased())\"}\n")
        #expect(done.status == 0)
        #expect(spooled() == [spoolID(1) + ".eml", "plain.eml"])
        #expect(scratch.names("spool").contains("x.eml"))
        #expect(receiver.requests.count == 4)
        #expect(done.log.components(separatedBy: "event=acknowledges-nothing").count == 2)
    }

    @Test func aSpoolThatIsNotThatOfTheRecordsIsToldOf() throws {
        let spool = try scratch.spool([spoolID(2)])
        func told(_ input: String) throws -> Int {
            let done = try run(scratch, ["--ack", spool, "--concurrency", "1", receiver.url("200")], input: input)
            #expect(done.status == 0)
            return done.log.components(separatedBy: "event=acknowledges-nothing id=\(spoolID(1))").count - 1
        }
        #expect(try told(record(1) + record(3)) == 1)
        // What one that was killed has acknowledged is no sign of it.
        #expect(try told(record(2) + record(1)) == 0)
        #expect(spooled() == [])
    }

    @Test func aMessageThatCannotBeRemovedIsToldOf() throws {
        let spool = try scratch.spool([spoolID(2)])
        try FileManager.default.createDirectory(
            atPath: spool + "/new/\(spoolID(1)).eml", withIntermediateDirectories: true)
        let done = try run(scratch, ["--ack", spool, receiver.url("200")], input: record(1) + record(2))
        #expect(done.status == 74 && done.log.contains("event=ack-failed id=\(spoolID(1)) "))
        #expect(spooled() == [spoolID(1) + ".eml"])
    }

    @Test func ackMove() throws {
        let spool = try scratch.spool((1...2).map(spoolID))
        let arguments = ["--ack", spool, "--ack-move", scratch.path + "/done", receiver.url("200")]
        #expect(try run(scratch, arguments, input: record(1)).status == 66)
        try FileManager.default.createDirectory(atPath: scratch.path + "/done", withIntermediateDirectories: true)
        #expect(try run(scratch, arguments, input: record(1) + record(2)).status == 0)
        #expect(spooled() == [] && scratch.names("done") == [1, 2].map { spoolID($0) + ".eml" })
        // A crash brings one back.
        _ = try scratch.spool([spoolID(1)])
        #expect(try run(scratch, arguments, input: record(1)).status == 0)
        #expect(spooled() == [] && scratch.names("done").count == 2)
        #expect(try run(scratch, ["--ack", spool, "--ack-move", "/dev/shm", receiver.url("200")]).status == 78)
        _ = try scratch.spool([spoolID(2)])
        let onto = ["--ack", spool, "--ack-move", spool + "/new", receiver.url("200")]
        #expect(try run(scratch, onto, input: record(2)).status == 78)
        #expect(spooled() == [spoolID(2) + ".eml"])
    }

    @Test func aTwinInTheQueueIsAcknowledged() throws {
        let spool = try scratch.spool([spoolID(1)])
        try run(scratch, ["--ack", spool, "--queue", queue, receiver.url("500")], input: record(1))
        _ = try scratch.spool([spoolID(1)])
        try run(
            scratch, ["--ack", spool, "--queue", queue, "--schedule", "1h", receiver.url("200")],
            input: record(1, "other"))
        #expect(spooled() == [])
        #expect(receiver.requests.count == 1)
        #expect(scratch.names("q/due").count == 1)
        // And one that has failed for good.
        try run(scratch, ["--ack", spool, "--queue", queue, receiver.url("413")], input: record(2))
        _ = try scratch.spool([spoolID(2)])
        try run(scratch, ["--ack", spool, "--queue", queue, "--schedule", "1h", receiver.url("200")], input: record(2))
        #expect(spooled() == [])
        #expect(receiver.requests.count == 2)
    }

    @Test func aTwinInFlightIsPassedOver() throws {
        let spool = try scratch.spool([spoolID(1)])
        let done = try run(
            scratch, ["--ack", spool, "--queue", queue, receiver.url("wait")], input: record(1) + record(1))
        #expect(done.status == 0)
        #expect(receiver.requests.count == 1)
        #expect(spooled() == [])
    }

    @Test func twinsWithoutAck() throws {
        let lines =
            "{\"id\":\"a\",\"n\":1}\n{\"id\":\"a\",\"n\":1}\n{\"id\":\"a\",\"n\":2}\n{\"id\":\"a\",\"n\":3}\n{\"id\":\"a\",\"n\":2}\n"
        try run(scratch, ["--queue", queue, "--concurrency", "4", receiver.url("500")], input: lines)
        let keys = scratch.names("q/due").compactMap { QueueName($0)?.key }.sorted()
        #expect(keys == ["a", "a~2", "a~3"])
        try run(scratch, ["--queue", queue, "--schedule", "1h", receiver.url("200")], input: lines)
        #expect(scratch.names("q/due").count == 3)
        #expect(Set(receiver.requests.map(\.id)) == ["a", "a~2", "a~3"])
    }

    @Test func directoriesThatAreMissingOrLocked() throws {
        #expect(try run(scratch, ["--ack", scratch.path + "/none", receiver.url("200")]).status == 66)
        let spool = try scratch.spool([spoolID(1)])
        let first = try Tool(scratch, ["--ack", spool, "--queue", queue, receiver.url("200")])
        #expect(waitFor { scratch.names("q").contains("failed") })
        usleep(200_000)
        #expect(try run(scratch, ["--ack", spool, receiver.url("200")], input: record(1)).status == 75)
        #expect(try run(scratch, ["--queue", queue, receiver.url("200")], input: record(1)).status == 75)
        let busy = try run(scratch, ["--queue", queue, "--flush", receiver.url("200")])
        #expect(busy.status == 75 && busy.log.contains("level=info event=busy "))
        #expect(busy.log.contains("another json-post delivers from it") && busy.log.split(separator: "\n").count == 1)
        // cron hears nothing of a run that was not needed.
        for what in [["--queue", queue, "--flush"], ["--ack", spool]] {
            let quiet = try run(scratch, what + ["--log-level", "warning", receiver.url("200")])
            #expect(quiet.status == 75 && quiet.log == "")
        }
        #expect(receiver.requests.isEmpty && spooled().count == 1)
        #expect(try run(scratch, ["--queue", queue, "--list"]).status == 0)
        first.closeInput()
        #expect(first.wait() == 0)
        #expect(try run(scratch, ["--queue", scratch.path + "/none", "--list"]).status == 66)
    }

    // MARK: The queue

    @Test func aloneItIsWrittenBeforeTheRequest() throws {
        let tool = try Tool(scratch, ["--queue", queue, receiver.url("hang")])
        tool.write("{\"id\":\"a\"}\n{\"id\":\"b\"}\n")
        #expect(waitFor { receiver.requests.count == 2 })
        tool.signal(SIGKILL)
        _ = tool.wait()
        let names = scratch.names("q/due").compactMap { QueueName($0) }
        #expect(names.map(\.key).sorted() == ["a", "b"])
        // The attempt is written down, and the next is not at once.
        #expect(names.allSatisfy { $0.attempts == 1 && $0.due >= Int64(Date().timeIntervalSince1970) + 20 })
    }

    @Test func flushDeliversWhatIsDue() throws {
        try run(
            scratch, ["--queue", queue, "--schedule", "1s", receiver.url("500")],
            input: "{\"id\":\"a\"}\n{\"id\":\"b\"}\n")
        #expect(scratch.names("q/due").count == 2)
        #expect(waitFor(10) { (try? run(scratch, ["--queue", queue, "--flush", receiver.url("200")]).status) == 0 })
        #expect(scratch.names("q/due") == [])
        #expect(receiver.requests.filter { $0.header("webhook-attempt") == "2" }.count == 2)
        #expect(try run(scratch, ["--queue", queue, "--flush", receiver.url("200")]).status == 0)
    }

    @Test func flushOfWhatFailsAgain() throws {
        try run(scratch, ["--queue", queue, receiver.url("500")], input: "{\"id\":\"a\"}\n")
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
        #expect(try run(scratch, ["--queue", queue, "--flush", receiver.url("500")]).status == 75)
        #expect(scratch.names("q/due").compactMap { QueueName($0)?.attempts } == [1])
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
        #expect(try run(scratch, ["--queue", queue, "--flush", receiver.url("410")]).status == 69)
        #expect(scratch.names("q/due").count == 1)
    }

    @Test func tooOldAfterAFailure() throws {
        let age = ["--queue", queue, "--schedule", "1s", "--max-age", "1s"]
        try run(scratch, age + [receiver.url("500")], input: "{\"id\":\"a\"}\n")
        #expect(waitFor(10) { (try? run(scratch, age + ["--flush", receiver.url("500")]).status) == 0 })
        #expect(scratch.names("q/failed") == ["a.json", "a.reason"])
        #expect(scratch.text("q/failed/a.reason")?.contains("status 500; older than --max-age") == true)
        // Requeued it is tried once, at least; and its reason is gone.
        #expect(try run(scratch, ["--queue", queue, "--requeue", "a"]).status == 0)
        #expect(scratch.names("q/failed") == [])
        #expect(try run(scratch, age + ["--flush", receiver.url("200")]).status == 0)
        #expect(scratch.names("q/due") == [])
    }

    @Test func aClockThatWasWrong() throws {
        try run(scratch, ["--queue", queue, receiver.url("500")], input: "{\"id\":\"a\"}\n{\"id\":\"b\"}\n")
        let far = ["99999999999.1", "4000000000.2"]
        for (name, new) in zip(scratch.names("q/due"), far) {
            let key = try #require(QueueName(name)?.key)
            try FileManager.default.moveItem(atPath: "\(queue)/due/\(name)", toPath: "\(queue)/due/\(new).\(key).json")
        }
        #expect(try run(scratch, ["--queue", queue, "--flush", receiver.url("200")]).status == 0)
        #expect(receiver.requests.filter { $0.path == "/200" }.count == 2)
    }

    @Test func whatACrashLeaves() throws {
        try run(scratch, ["--queue", queue, receiver.url("413")], input: "{\"id\":\"a\"}\n")
        _ = try scratch.file("q/failed/lone.reason", "x\n")
        _ = try scratch.file("q/tmp/draft", "x")
        _ = try scratch.file("q/due/README", "x")
        let done = try run(scratch, ["--queue", queue, receiver.url("200")])
        #expect(done.status == 0)
        #expect(scratch.names("q/failed") == ["a.json", "a.reason"])
        #expect(scratch.names("q/tmp") == [])
        #expect(scratch.names("q/due") == ["README"] && done.log.contains("event=strange-file name=README"))
    }

    /// Nobody writes to the FIFO, so that to open it as a file is would last for ever. Such things stay, and wait.
    @Test func whatIsNoFileStaysAndStopsNothing() throws {
        try run(scratch, ["--queue", queue, receiver.url("500")], input: "{\"id\":\"a\"}\n")
        #expect(unsafe mkfifo(queue + "/due/1.0.fifo.json", 0o600) == 0)
        try FileManager.default.createDirectory(
            atPath: queue + "/due/1.0.directory.json", withIntermediateDirectories: false)
        let done = try run(scratch, ["--queue", queue, "--flush", receiver.url("200")])
        #expect(done.status == 75 && done.log.contains("error=\"open: Invalid argument\""))
        try run(scratch, ["--queue", queue, receiver.url("200")], input: "{\"id\":\"fifo\"}\n{\"id\":\"b\"}\n")
        #expect(Set(receiver.requests.map(\.id)).isSuperset(of: ["a", "b"]))
        #expect(Set(["directory", "fifo"]).isSubset(of: scratch.names("q/due").compactMap { QueueName($0)?.key }))
        #expect(try run(scratch, ["--queue", queue, "--show", "fifo"]).status == 74)
    }

    @Test func listShowAndDrop() throws {
        try run(scratch, ["--queue", queue, receiver.url("do/500,413")], input: "{\"id\":\"a\"}\n")
        try run(scratch, ["--queue", queue, receiver.url("413")], input: "{\"id\":\"b\"}\n")
        let list = try run(scratch, ["--queue", queue, "--list"]).output.split(separator: "\n")
        #expect(
            list.count == 3 && list[0].hasPrefix("STATE") && list[1].hasPrefix("waiting a ")
                && list[2].contains("status 413"))
        let lines = try run(scratch, ["--queue", queue, "--list", "--json"]).output.split(separator: "\n")
        let items = try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(items.map { $0["id"] as? String } == ["a", "b"])
        #expect(items.map { $0["state"] as? String } == ["waiting", "failed"])
        #expect(items[0]["attempts"] as? Int == 1 && items[0]["size"] as? Int == 10)
        #expect((items[1]["reason"] as? String)?.hasPrefix("status 413: no; too large") == true)
        #expect(items[1]["attempts"] as? Int == 1 && items[1]["status"] as? Int == 413 && items[1]["due"] == nil)
        #expect((items[1]["failedAt"] as? String)?.hasPrefix("20") == true && items[0]["failedAt"] == nil)
        let root = try Descriptor.open(scratch.path, O_RDONLY)
        if (try? root.setAttribute("user.test", [1].span)) == nil {
            print("this filesystem has no extended attributes: what waits says no reason")
        } else {
            #expect(list[1].contains("status 500"))
            #expect((items[0]["reason"] as? String)?.hasPrefix("status 500") == true)
            #expect(items[0]["status"] as? Int == 500)
        }
        #expect(try run(scratch, ["--queue", queue, "--show", "a"]).output == "{\"id\":\"a\"}\n")
        #expect(try run(scratch, ["--queue", queue, "--show", "b"]).output == "{\"id\":\"b\"}\n")
        #expect(try run(scratch, ["--queue", queue, "--show", "c"]).status == 66)
        #expect(try run(scratch, ["--queue", queue, "--drop", "a", "--drop", "b"]).status == 0)
        #expect(scratch.names("q/due") == [] && scratch.names("q/failed") == [])
        #expect(try run(scratch, ["--queue", queue, "--drop", "b"]).status == 66)
    }

    /// Directories in the place of records: they can be renamed, and not be read.
    @Test func aDiskThatFailsIsToldOfOnce() throws {
        _ = try Queue(creating: queue)
        for number in 0..<9 {
            try FileManager.default.createDirectory(
                atPath: queue + "/due/1.0.r\(number).json", withIntermediateDirectories: false)
        }
        let done = try run(scratch, ["--queue", queue, "--flush", receiver.url("200")])
        #expect(done.status == 75)
        #expect(done.log.components(separatedBy: "event=queue-failed").count == 2)
    }

    @Test func listIsByDueTimeAndSaysWhatWasNotTried() throws {
        _ = try Queue(creating: queue)
        for name in ["30.0.c", "10.2.b", "30.0.b", "20.1.z", "30.0.ba", "007.1.x"] {
            _ = try scratch.file("q/due/\(name).json", "{}")
        }
        let list = try run(scratch, ["--queue", queue, "--list"]).output.split(separator: "\n").dropFirst()
        #expect(list.map { $0.split(separator: " ")[1] } == ["b", "z", "b", "ba", "c"])
        #expect(list.filter { $0.hasSuffix(" not tried yet") }.count == 3)
    }

    @Test func columnsAreAsWideAsTheIDs() throws {
        _ = try Queue(creating: queue)
        let names = [spoolID(1) + "@a-rather-long-name", "b"]
        for name in names { _ = try scratch.file("q/due/10.0.\(name).json", "{}") }
        _ = try scratch.file("q/failed/c@\(String(repeating: "d", count: 32)).json", "{}")
        let list = try run(scratch, ["--queue", queue, "--list"]).output.split(separator: "\n")
        #expect(list.count == 4)
        let places = list.prefix(3).map { row in row.firstRange(of: /(DUE|1970)/).map { row[..<$0.lowerBound].count } }
        #expect(Set(places).count == 1, "\(list)")
    }

    @Test(
        arguments: [
            (
                "2026-11-21T10:00:00.123Z attempts=3 status 413: no; too large", 3, 413,
                "status 413: no; too large"
            ),
            (
                "2026-11-21T10:00:00.123Z attempts=0 the line is not one JSON object", 0, nil,
                "the line is not one JSON object"
            ),
        ] as [(String, Int, Int?, String)])
    func reasonsAreTakenApart(_ text: String, _ attempts: Int, _ status: Int?, _ rest: String) throws {
        let reason = FailureReason(text)
        #expect(reason.failedAt == "2026-11-21T10:00:00.123Z" && reason.attempts == attempts)
        #expect(FailureReason.status(in: reason.words) == status && reason.words == rest)
        #expect(FailureReason(at: "2026-11-21T10:00:00.123Z", attempts: attempts, rest).text == text)
    }

    @Test(arguments: ["", "by hand", "2026 attempts=x y", "x attempts=3 y", "2026-11-21T10:00:00.123Z attempts=3"])
    func aReasonOfAnotherFormIsKept(_ text: String) {
        let reason = FailureReason(text)
        #expect(reason.words == text && reason.attempts == nil && reason.failedAt == nil)
    }

    @Test func filesThatAreNotNamedAsWeDoAreFoundToo() throws {
        _ = try Queue(creating: queue)
        for name in ["9999999999.1.a", "007.01.b", "99999999999.70000.c"] {
            _ = try scratch.file("q/due/\(name).json", "{}")
        }
        #expect(try run(scratch, ["--queue", queue, "--drop", "a"]).status == 0)
        #expect(try run(scratch, ["--queue", queue, "--show", "b"]).output == "{}\n")
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
        let names = scratch.names("q/due").compactMap { QueueName($0) }
        #expect(names.map(\.key) == ["b", "c"] && names.allSatisfy { $0.attempts == 0 && $0.due < 4_000_000_000 })
    }

    @Test func allIsNothingThatCanBeDropped() throws {
        _ = try Queue(creating: queue)
        for name in ["due/4000000001.1.all", "due/4000000000.3.b", "failed/c", "failed/line-d"] {
            _ = try scratch.file("q/\(name).json", "{}")
        }
        #expect(try run(scratch, ["--queue", queue, "--drop", "all"]).status == 0)
        #expect(scratch.names("q/due") == ["4000000000.3.b.json"] && scratch.names("q/failed").count == 2)
        let done = try run(scratch, ["--queue", queue, "--drop", "all"])
        #expect(done.status == 66 && done.log.contains("records are dropped one by one"))
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
        #expect(scratch.names("q/due").compactMap { QueueName($0)?.key } == ["b", "c"])
        #expect(scratch.names("q/failed") == ["line-d.json"])
    }

    @Test func idsThatAreNoNamesAreFoundByThemselves() throws {
        let input = "{\"id\":\"order/7\"}\n{\"id\":\"a@b\"}\n{\"id\":12}\n"
        try run(scratch, ["--queue", queue, receiver.url("500")], input: input)
        for (id, text) in [("order/7", "{\"id\":\"order/7\"}"), ("a@b", "{\"id\":\"a@b\"}"), ("12", "{\"id\":12}")] {
            #expect(try run(scratch, ["--queue", queue, "--show", id]).output == text + "\n", "\(id)")
        }
        #expect(try run(scratch, ["--queue", queue, "--drop", "order/7"]).status == 0)
        #expect(try run(scratch, ["--queue", queue, "--show", "order/7"]).status == 66)
        let environment = ["JSON_POST_QUEUE": queue, "JSON_POST_LIST": "1", "JSON_POST_JSON": "yes"]
        #expect(try run(scratch, [], environment: environment).output.split(separator: "\n").count == 2)
    }

    // MARK: Beside a running deliverer

    @Test func statusPage() throws {
        try receiver.setMode("500")
        let tool = try Tool(
            scratch, ["--queue", queue, "--status", "127.0.0.1:0", "--schedule", "1h", receiver.url("mode")])
        tool.write("{\"id\":\"a\"}\n")
        #expect(waitFor { tool.log.contains("event=attempt-failed") })
        let address = try #require(
            tool.log.split(separator: "\n").first { $0.contains("event=status") }?.split(separator: "=").last)
        func page(_ path: String) throws -> String {
            let curl = try Tool(scratch, ["-sf", "http://\(address)\(path)"], program: "/usr/bin/curl")
            return curl.wait() == 0 ? curl.output : "not well"
        }
        #expect(try page("/healthz") == "ok\n")
        #expect(waitFor { (try? page("/metrics"))?.contains("\njson_post_queued 1\n") == true })
        let metrics = try page("/metrics")
        let names = metrics.matches(of: /# TYPE json_post_(\w+)/).map { String($0.output.1) }
        #expect(Set(names) == (try documentedMetrics()))
        let old = metrics.split(separator: "\n").first { $0.hasPrefix("json_post_oldest_seconds ") }
        #expect(try #require(old?.split(separator: " ").last.flatMap { Int($0) }) <= 600)
        #expect(
            metrics.contains("\njson_post_retried_total 1\n")
                && metrics.contains("\njson_post_attempt_seconds_count 1\n")
                && metrics.contains("\njson_post_attempts_total{route=\"\",status=\"500\"} 1\n"))
        try receiver.setMode("410")
        tool.write("{\"id\":\"b\"}\n")
        #expect(waitFor { tool.log.contains("event=gone") })
        #expect(waitFor { (try? page("/metrics"))?.contains("\njson_post_breaker 2\n") == true })
        #expect(try page("/healthz") == "not well")
    }

    private func documentedMetrics() throws -> Set<String> {
        let page = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../man/json-post.1").standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        let part = text.components(separatedBy: ".Sh METRICS").last?.components(separatedBy: ".Sh ").first ?? ""
        return Set(
            part.components(separatedBy: "\n").filter { $0.hasPrefix(".It Li ") }.map { String($0.dropFirst(7)) })
    }

    @Test func requeueReachesARunningDeliverer() throws {
        let tool = try Tool(scratch, ["--queue", queue, "--schedule", "1h", receiver.url("mode")])
        try receiver.setMode("500")
        tool.write("{\"id\":\"a\"}\n")
        #expect(waitFor { tool.log.contains("event=attempt-failed id=a") })
        try receiver.setMode("413")
        tool.write("{\"id\":\"b\"}\n")
        #expect(waitFor { scratch.names("q/failed").contains("b.json") })
        try receiver.setMode("200")
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
        #expect(waitFor { tool.log.components(separatedBy: "event=delivered").count == 3 })
        #expect(scratch.names("q/due") == [] && scratch.names("q/failed") == [])
        tool.closeInput()
        #expect(tool.wait() == 0)
    }

    @Test func dropBesideARunningDeliverer() throws {
        let tool = try Tool(scratch, ["--queue", queue, "--schedule", "2s", receiver.url("do/500")])
        tool.write("{\"id\":\"a\"}\n")
        #expect(waitFor { tool.log.contains("event=attempt-failed id=a") })
        #expect(try run(scratch, ["--queue", queue, "--drop", "a"]).status == 0)
        usleep(3_000_000)
        tool.write("{\"id\":\"b\"}\n")
        #expect(waitFor { tool.log.contains("event=delivered id=b") })
        #expect(receiver.requests.map(\.id) == ["a", "b"])
    }

    @Test func theBacklogIsDeliveredWhileInputIsOpen() throws {
        let spool = try scratch.spool((1...20).map(spoolID))
        try receiver.setMode("500")
        let tool = try Tool(scratch, ["--ack", spool, "--queue", queue, "--schedule", "1s", receiver.url("mode")])
        for number in 1...20 { tool.write(record(number)) }
        // The breaker is open, and input is taken all the same.
        #expect(waitFor { spooled().isEmpty })
        #expect(scratch.names("q/due").count == 20)
        try receiver.setMode("200")
        #expect(waitFor { scratch.names("q/due").isEmpty })
        tool.closeInput()
        #expect(tool.wait() == 0)
        #expect(Set(receiver.requests.map(\.id)).count == 20)
    }

    // MARK: Signals and crashes

    @Test func termFinishesWhatIsInFlight() throws {
        let spool = try scratch.spool((1...3).map(spoolID))
        let tool = try Tool(scratch, ["--ack", spool, "--queue", queue, receiver.url("wait")])
        tool.write(record(1))
        #expect(waitFor { receiver.requests.count == 1 })
        tool.signal(SIGTERM)
        #expect(tool.wait(5) == 0)
        #expect(spooled() == [2, 3].map { spoolID($0) + ".eml" })
    }

    @Test func aSecondTermEndsAtOnce() throws {
        let spool = try scratch.spool([spoolID(1)])
        let tool = try Tool(scratch, ["--ack", spool, "--queue", queue, receiver.url("hang")])
        tool.write(record(1))
        #expect(waitFor { receiver.requests.count == 1 })
        tool.signal(SIGTERM)
        #expect(waitFor { tool.log.contains("event=stopping") })
        tool.signal(SIGTERM)
        #expect(tool.wait(5) == 0)
        #expect(spooled() == [spoolID(1) + ".eml"])
    }

    @Test func termWithoutAQueueGivesBack() throws {
        let tool = try Tool(scratch, ["--schedule", "1h", "--max-age", "2h", receiver.url("500")])
        tool.write("{\"id\":\"a\"}\n")
        #expect(waitFor { tool.log.contains("event=attempt-failed") })
        tool.signal(SIGTERM)
        #expect(tool.wait(5) == 75)
        #expect(tool.output == "{\"id\":\"a\"}\n")
    }

    @Test func linesThatWereReadAreQueuedAtTerm() throws {
        let tool = try Tool(scratch, ["--queue", queue, "--concurrency", "1", receiver.url("hang")])
        tool.write((0..<50).map { "{\"id\":\"r\($0)\"}\n" }.joined())
        #expect(waitFor { receiver.requests.count == 1 })
        tool.signal(SIGTERM)
        #expect(waitFor { scratch.names("q/due").count == 50 })
        tool.signal(SIGTERM)
        #expect(tool.wait(5) == 0)
        #expect(scratch.names("q/due").count == 50)
    }

    /// Kills the deliverer again and again while it works, with an endpoint that fails now and then: in the end every
    /// record has arrived, and nothing is left anywhere.
    @Test func killedAgainAndAgain() throws {
        let count = 150
        let spool = try scratch.spool((1...count).map(spoolID))
        for round in 0..<12 {
            try receiver.setMode(round % 3 == 0 ? "500" : round % 3 == 1 ? "200" : "rst")
            let tool = try Tool(
                scratch, ["--ack", spool, "--queue", queue, "--schedule", "1s", "--timeout", "1", receiver.url("mode")])
            let left = spooled().map { String($0.dropLast(4)) }
            tool.write(left.map { "{\"id\":\"\($0)\"}\n" }.joined())
            usleep(UInt32.random(in: 5_000...60_000))
            tool.signal(SIGKILL)
            _ = tool.wait()
        }
        try receiver.setMode("200")
        let rest = spooled().map { "{\"id\":\"\($0.dropLast(4))\"}\n" }.joined()
        let finish = ["--queue", queue, "--schedule", "1s", "--timeout", "1", receiver.url("mode")]
        #expect(try run(scratch, ["--ack", spool] + finish, input: rest).status == 0)
        #expect(waitFor(30) { (try? run(scratch, ["--flush"] + finish).status) == 0 })
        #expect(Set(receiver.requests.map(\.id)) == Set((1...count).map(spoolID)))
        #expect(spooled() == [] && scratch.names("q/due") == [] && scratch.names("q/failed") == [])
        #expect(scratch.names("q/tmp") == [])
    }
}
