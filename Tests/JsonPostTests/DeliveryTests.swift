import Foundation
import Testing

@testable import json_post

/// The program itself, against a receiver that misbehaves.
@Suite struct DeliveryTests {
    let scratch: Scratch
    let receiver: Receiver

    init() throws {
        scratch = try Scratch()
        receiver = try Receiver(scratch)
    }

    // MARK: Requests

    @Test func postsByteForByte() throws {
        let lines = ["{\"id\":\"a\", \"x\" : 1.0 }", "  {\"id\":\"b\",\"t\":\"é\\u00e9\"}\r", "{\"id\":\"last\"}"]
        let done = try run(scratch, [receiver.url("200")], input: lines.joined(separator: "\n"))
        #expect(done.status == 0 && done.output == "")
        let requests = receiver.requests.sorted { $0.id < $1.id }
        #expect(requests.map { String(decoding: $0.body, as: UTF8.self) } == lines)
        #expect(requests.map(\.id) == ["a", "b", "last"])
    }

    @Test func headersOfAnAttempt() throws {
        let bearer = try scratch.file("bearer", "token-1\n")
        let headers = try scratch.file("headers", "# none\nX-From: file\n\nX-Empty:\n")
        try run(
            scratch,
            [
                "--header", "X-One: 1", "--header-file", headers, "--bearer-file", bearer, receiver.url("do/500,200"),
                "--schedule", "1s",
            ],
            input: "{\"id\":\"a\"}\n")
        let requests = receiver.requests
        try #require(requests.count == 2)
        for (index, request) in requests.enumerated() {
            #expect(request.header("content-type") == "application/json")
            #expect(request.header("user-agent")?.hasPrefix("json-post/") == true)
            #expect(request.header("idempotency-key") == "\"a\"")
            #expect(request.header("webhook-attempt") == "\(index + 1)")
            #expect(abs(Double(request.header("webhook-timestamp") ?? "0")! - request.time) < 2)
            #expect(request.header("authorization") == "Bearer token-1")
            #expect(
                request.header("x-one") == "1" && request.header("x-from") == "file" && request.header("x-empty") == "")
            #expect(request.headers["expect"] == nil && request.headers["webhook-signature"] == nil)
        }
    }

    @Test func cloudEventHeaders() throws {
        try run(scratch, ["--event", receiver.url("200")], input: "{\"id\":\"a\"}\n")
        let request = try #require(receiver.requests.first)
        #expect(request.header("ce-specversion") == "1.0" && request.header("ce-id") == "a")
        #expect(request.header("ce-source") == "json-post" && request.header("ce-type") == "json-post.record")
        #expect(request.header("ce-time")?.hasSuffix("Z") == true)
        #expect(request.header("content-type") == "application/json")
    }

    @Test func anotherMemberIdentifies() throws {
        try run(
            scratch, ["--id-field", "event.key", receiver.url("200")], input: "{\"id\":\"a\",\"event.key\":\"k\"}\n")
        #expect(receiver.requests.map(\.id) == ["k"])
    }

    @Test func privateAddressesCanBeDenied() throws {
        for url in [receiver.url("200"), "http://localhost:\(receiver.port)/", "http://[::1]:\(receiver.port)/"] {
            let done = try run(scratch, ["--deny-private", "--max-age", "0.1s", url], input: "{\"id\":\"a\"}\n")
            #expect(done.status == 75)
            #expect(done.log.contains("no answer: the address is private: --deny-private"))
        }
        #expect(receiver.requests.isEmpty)
    }

    @Test func secretsAreReadAgainAtHangup() throws {
        let secret = try scratch.file("secret", "one")
        let headers = try scratch.file("headers", "X-A: 1\n")
        let tool = try Tool(scratch, ["--secret-file", secret, "--header-file", headers, receiver.url("200")])
        tool.write("{\"id\":\"a\"}\n")
        #expect(waitFor { receiver.requests.count == 1 })
        _ = try scratch.file("secret", "two")
        _ = try scratch.file("headers", "X-A: 2\n")
        tool.signal(SIGHUP)
        #expect(waitFor { tool.log.contains("event=reloaded") })
        tool.write("{\"id\":\"b\"}\n")
        #expect(waitFor { receiver.requests.count == 2 })
        _ = try scratch.file("headers", "broken\n")
        tool.signal(SIGHUP)
        #expect(waitFor { tool.log.contains("event=reload-failed") })
        tool.write("{\"id\":\"c\"}\n")
        tool.closeInput()
        #expect(tool.wait() == 0)
        let requests = receiver.requests
        #expect(requests.map { $0.header("x-a") } == ["1", "2", "2"])
        for (request, key) in zip(requests, ["one", "two", "two"]) {
            var signer = Signer(keys: [Array(key.utf8)])
            let body = RecordBody([UInt8](request.body).span)
            let seconds = Int64(request.header("webhook-timestamp") ?? "") ?? 0
            let expected = String(decoding: signer.signature(request.id, seconds, body), as: UTF8.self)
            #expect(request.header("webhook-signature") == expected, "\(request.id)")
        }
    }

    @Test func largeRecordsGoWithoutExpect() throws {
        let text = String(repeating: "x", count: 3_000_000)
        try run(scratch, [receiver.url("200")], input: "{\"id\":\"big\",\"t\":\"\(text)\"}\n")
        let request = try #require(receiver.requests.first)
        #expect(request.body.count > 3_000_000 && request.headers["expect"] == nil)
    }

    @Test func urlAndOptionsFromTheEnvironment() throws {
        let environment = ["JSON_POST_URL": receiver.url("200"), "JSON_POST_HEADER": "X-A: 1, 2\nX-B: 3"]
        #expect(try run(scratch, [], input: "{\"id\":\"a\"}\n", environment: environment).status == 0)
        #expect(receiver.requests.first?.header("x-a") == "1, 2")
        #expect(receiver.requests.first?.header("x-b") == "3")
        let file = try scratch.file("url", receiver.url("200/from-file") + "\n")
        #expect(
            try run(scratch, ["--url-file", file], input: "{\"id\":\"a\"}\n", environment: environment).status == 0)
        #expect(receiver.requests.last?.path == "/200/from-file")
        let other = ["JSON_POST_URL_FILE": file]
        #expect(try run(scratch, [receiver.url("200")], input: "{\"id\":\"a\"}\n", environment: other).status == 0)
        #expect(receiver.requests.last?.path == "/200")
        let wrong = try run(scratch, ["--url-file", file, receiver.url("200")], input: "{\"id\":\"a\"}\n")
        #expect(wrong.status == 64 && wrong.log.contains("The URL is said twice") && receiver.requests.count == 3)
    }

    @Test func variablesThatMeanNothingAreToldOf() throws {
        let environment = ["JSON_POST_URL": receiver.url("200"), "JSON_POST_QUEU": "x", "JSON_POST_": "y"]
        let done = try run(scratch, [], environment: environment)
        #expect(done.status == 0)
        #expect(done.log.hasPrefix("json-post: no option has the variable JSON_POST_, JSON_POST_QUEU: ignored\n"))
    }

    @Test(arguments: [
        ["http:///x"], ["http:/h/x"], ["--url-file", "url", "http://h/"], ["--route", "a:@h=http:///x"],
        ["ftp://127.0.0.1/"], ["file:///etc/passwd"], ["not a url"], ["http://"],
        ["--header", "no colon", "http://h/"],
        ["--header", "A: b\r\nC: d", "http://h/"], ["--header", "A b: c", "http://h/"],
        ["--header", "webhook-id: x", "http://h/"],
        ["--schedule", "soon", "http://h/"], ["--concurrency", "0", "http://h/"], ["--flush", "http://h/"], [],
        ["--list"],
    ])
    func refusesWrongCommandLines(_ arguments: [String]) throws {
        let done = try run(scratch, arguments, input: "{}\n")
        #expect(done.status == 64)
        #expect(done.output == "" && done.log != "")
    }

    @Test func secretsStayOutOfTheLog() throws {
        let url = receiver.url("500/secret-path?token=secret-query").replacingOccurrences(
            of: "http://", with: "http://me:secret-pass@")
        let done = try run(
            scratch, ["--max-age", "1s", "--schedule", "1s", "--log-level", "debug", url], input: "{\"id\":\"a\"}\n")
        #expect(done.status == 75)
        #expect(!done.log.contains("secret"))
    }

    @Test func secretsThatOthersCanReadAreToldOf() throws {
        let secret = try scratch.file("secret", "one")
        func log(_ mode: Int) throws -> String {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: secret)
            let done = try run(scratch, ["--secret-file", secret, receiver.url("200")], input: "{\"id\":\"a\"}\n")
            #expect(done.status == 0)
            return done.log
        }
        #expect(
            try log(0o644).contains("event=file-is-shared path=\(secret) mode=644 hint=\"others can read it; chmod "))
        #expect(try !log(0o600).contains("file-is-shared"))
        // A group may read root's.
        #expect(try log(0o640).contains("file-is-shared") == (getuid() != 0))
    }

    /// What libcurl would say at each attempt is said at the start.
    @Test func mistakesAreSaidAtTheStart() throws {
        let pem = try scratch.file("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        let text = try scratch.file("text", "no certificate\n")
        for (status, arguments) in [
            (78, ["--cacert", text]), (78, ["--cert", text]), (78, ["--cert", pem, "--key", text]),
            (78, ["--secret-file", pem]),
            (66, ["--cacert", text + "x"]), (64, ["--proxy", "foo://127.0.0.1:1"]),
        ] {
            let done = try run(scratch, arguments + [receiver.url("200")], input: "{\"id\":\"a\"}\n")
            let culprit = status == 64 ? "--proxy" : arguments.last!
            #expect(done.status == status && done.log.contains(culprit))
        }
        #expect(receiver.requests.isEmpty)
    }

    @Test func whiteSpaceAroundASecretIsNoneOfIt() throws {
        let secret = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"
        for text in [secret, " \(secret) \n\n", "\u{FEFF}\(secret)\r\n"] {
            let key = try SecretFile.key(try scratch.file("secret", text))
            #expect(key == Array("123456789012345678901234".utf8))
        }
    }

    @Test(arguments: [
        ("301", "redirects"), ("401", "--bearer-file"), ("404", "look at the URL"), ("422", "--reject-on 422"),
    ])
    func aHintSaysWhatToDo(_ status: String, _ words: String) throws {
        let done = try run(
            scratch, ["--schedule", "0.1s", receiver.url("do/\(status),200")], input: "{\"id\":\"a\"}\n")
        #expect(done.status == 0 && done.log.contains("hint=\"") && done.log.contains(words))
    }

    // MARK: Answers

    /// What is no whole answer, or one to come back for, is tried again; then it arrives.
    @Test(arguments: ["500", "503+1", "429+1", "408", "301", "307", "404", "409", "rst", "close", "trunc", "garbage"])
    func triesAgain(_ behaviour: String) throws {
        let done = try run(
            scratch, ["--schedule", "1s", receiver.url("do/\(behaviour),200")], input: "{\"id\":\"a\"}\n")
        #expect(done.status == 0 && done.output == "")
        #expect(receiver.requests.count == 2)
        #expect(receiver.requests.allSatisfy { $0.path.hasPrefix("/do/") })
    }

    @Test(arguments: ["200", "204", "299", "continue", "http10", "big", "bodyhang"])
    func isDelivered(_ behaviour: String) throws {
        let done = try run(scratch, ["--timeout", "2", receiver.url(behaviour)], input: "{\"id\":\"a\"}\n")
        #expect(done.status == 0)
        #expect(receiver.requests.count == 1)
    }

    /// What comes after an answer is nobody's answer: else a record could be taken for delivered that was not.
    @Test(arguments: ["bodied", "lengthless", "extra", "late", "noise"])
    func whatFollowsAnAnswerIsNotTheNextOne(_ behaviour: String) throws {
        let tool = try Tool(
            scratch,
            ["--concurrency", "1", "--schedule", "1s", "--max-age", "30s", receiver.url("do/\(behaviour),500")])
        tool.write("{\"id\":\"a\"}\n")
        #expect(waitFor { tool.log.contains("event=delivered id=a ") })
        usleep(behaviour == "late" ? 300_000 : 0)
        tool.write("{\"id\":\"b\"}\n")
        tool.closeInput()
        #expect(tool.wait() == 0)
        #expect(receiver.requests.map(\.id) == ["a", "b", "b"])
        #expect(tool.log.components(separatedBy: "event=attempt-failed").count == 2)
        #expect(tool.log.contains("event=attempt-failed id=b attempt=1 ") && tool.log.contains("reason=\"status 500"))
    }

    @Test(arguments: ["hang", "slow"])
    func timesOut(_ behaviour: String) throws {
        let done = try run(
            scratch, ["--timeout", "0.5", "--schedule", "1s", receiver.url("do/\(behaviour),200")],
            input: "{\"id\":\"a\"}\n")
        #expect(done.status == 0)
        #expect(receiver.requests.count == 2)
    }

    @Test func retryAfterIsObeyed() throws {
        try run(scratch, ["--schedule", "0.1s", receiver.url("do/503+2,200")], input: "{\"id\":\"a\"}\n")
        let times = receiver.requests.map(\.time)
        try #require(times.count == 2)
        #expect(times[1] - times[0] >= 1.9)
    }

    @Test func tooLargeIsSetAsideWithItsReason() throws {
        let done = try run(scratch, ["--queue", scratch.path + "/q", receiver.url("413")], input: "{\"id\":\"a\"}\n")
        #expect(done.status == 0)
        #expect(scratch.names("q/failed") == ["a.json", "a.reason"] && scratch.names("q/due") == [])
        #expect(scratch.text("q/failed/a.reason")?.contains("status 413: no; too large") == true)
        #expect(scratch.text("q/failed/a.json") == "{\"id\":\"a\"}")
    }

    @Test func rejectOn() throws {
        let arguments = ["--queue", scratch.path + "/q", "--reject-on", "400,422"]
        try run(scratch, arguments + [receiver.url("422")], input: "{\"id\":\"a\"}\n")
        try run(scratch, arguments + [receiver.url("401")], input: "{\"id\":\"b\"}\n")
        #expect(scratch.names("q/failed") == ["a.json", "a.reason"])
        #expect(scratch.names("q/due").count == 1)
    }

    // MARK: Without a queue

    @Test func undeliveredComesOut() throws {
        let lines = "{\"id\":\"a\", \"x\":1}\n{\"id\" : 2}\n"
        let done = try run(scratch, ["--max-age", "1s", "--schedule", "1s", receiver.url("500")], input: lines)
        #expect(done.status == 75)
        #expect(Set(done.output.split(separator: "\n")) == Set(lines.split(separator: "\n")))
    }

    @Test func nobodyListens() throws {
        let url = receiver.url("200")
        receiver.stop()
        let lines = (0..<50).map { "{\"id\":\"r\($0)\"}\n" }
        let done = try run(scratch, ["--max-age", "1s", "--schedule", "1s", url], input: lines.joined())
        #expect(done.status == 75)
        #expect(Set(done.output.split(separator: "\n").map { $0 + "\n" }) == Set(lines))
    }

    @Test func refusedLinesComeOut() throws {
        let input = "{\"id\":\"a\"}\n[1]\n\n \t\nnot json\n{\"id\":\"b\"}\n"
        let done = try run(scratch, [receiver.url("200")], input: input)
        #expect(done.status == 65)
        #expect(done.output == "[1]\nnot json\n")
        #expect(Set(receiver.requests.map(\.id)) == ["a", "b"])
    }

    @Test func tornLastLine() throws {
        let done = try run(scratch, [receiver.url("200")], input: "{\"id\":\"a\"}\n{\"id\":\"b\",")
        #expect(done.status == 75 && done.output == "")
        #expect(receiver.requests.map(\.id) == ["a"])
        #expect(done.log.contains("event=torn"))
    }

    @Test func aLineThatIsTooLong() throws {
        let long = "{\"id\":\"long\",\"t\":\"" + String(repeating: "x", count: 700_000) + "\"}"
        let input = "{\"id\":\"a\"}\n\(long)\n{\"id\":\"b\"}\n"
        let done = try run(scratch, ["--max-record", "100K", receiver.url("200")], input: input)
        #expect(done.status == 65)
        #expect(done.output == long + "\n")
        #expect(Set(receiver.requests.map(\.id)) == ["a", "b"])
        let queued = try run(
            scratch, ["--max-record", "100K", "--queue", scratch.path + "/q", receiver.url("200")], input: input)
        #expect(queued.status == 0 && queued.output == "")
        #expect(scratch.names("q/failed") == ["long.json", "long.reason"])
        #expect(scratch.text("q/failed/long.json") == long)
        #expect(scratch.names("q/tmp") == [])
    }

    @Test func anEndpointThatComesBack() throws {
        try receiver.setMode("503")
        let tool = try Tool(scratch, ["--schedule", "1s", receiver.url("mode")])
        for number in 0..<40 { tool.write("{\"id\":\"r\(number)\"}\n") }
        tool.closeInput()
        #expect(waitFor { receiver.requests.count >= 5 })
        try receiver.setMode("200")
        #expect(tool.wait() == 0)
        #expect(Set(receiver.requests.map(\.id)).count == 40)
        #expect(tool.log.contains("event=breaker-open") && tool.log.contains("event=breaker-closed"))
    }

    // MARK: The status page

    @Test func statusSocketGoesWithTheProgram() throws {
        let address = ["--status", "unix:" + scratch.path + "/status", receiver.url("200")]
        let tool = try Tool(scratch, address)
        #expect(waitFor { tool.log.contains("event=status") })
        #expect(scratch.names("").contains("status"))
        let second = try run(scratch, address)
        #expect(second.status == 75 && second.log.contains("Address already in use"))
        tool.closeInput()
        #expect(tool.wait() == 0)
        #expect(!scratch.names("").contains("status"))
    }

    // MARK: Speed of the connection

    /// The server closes kept connections as we send, again and again: that is no failure of an attempt.
    @Test func aKeptConnectionThatEndsIsReplacedAtOnce() throws {
        let lines = (0..<12).map { "{\"id\":\"r\($0)\"}\n" }.joined()
        let url = receiver.url("do/" + Array(repeating: "200,rst", count: 12).joined(separator: ","))
        let done = try run(scratch, ["--concurrency", "1", url], input: lines)
        #expect(done.status == 0 && !done.log.contains("attempt-failed"))
        #expect(Set(receiver.requests.map(\.id)).count == 12)
    }

    /// All kept connections die without a word, as when a firewall forgets them: that costs a record one attempt, not one for each.
    @Test func whatGaveNoAnswerIsNotAskedAgainOnOldConnections() throws {
        let tool = try Tool(
            scratch,
            ["--concurrency", "3", "--timeout", "0.5", "--schedule", "0.1s", "--max-age", "30s", receiver.url("mode")])
        try receiver.setMode("wait")
        tool.write((0..<3).map { "{\"id\":\"r\($0)\"}\n" }.joined())
        #expect(waitFor { tool.log.components(separatedBy: "event=delivered").count == 4 })
        // libcurl counts the age of connections in whole seconds.
        usleep(2_100_000)
        try receiver.setMode("deaf")
        tool.write("{\"id\":\"b\"}\n")
        tool.closeInput()
        #expect(tool.wait() == 0)
        #expect(receiver.requests.filter { $0.id == "b" }.count == 2)
    }

    @Test func connectionsAreUsedAgain() throws {
        let lines = (0..<200).map { "{\"id\":\"r\($0)\"}\n" }.joined()
        #expect(try run(scratch, ["--concurrency", "4", receiver.url("200")], input: lines).status == 0)
        #expect(receiver.requests.count == 200)
        #expect(Set(receiver.requests.map(\.id)).count == 200)
    }
}
