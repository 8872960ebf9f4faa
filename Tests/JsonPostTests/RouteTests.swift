import Foundation
import Testing

@testable import json_post

@Suite struct RouteTextTests {
    @Test func theURLBeginsAtEqualsHTTP() throws {
        let table: [(String, String, String, String)] = [
            ("sales:@sales.example=https://h/x", "sales", "@sales.example", "https://h/x"),
            ("a-1:a=b@example.com=http://h:80/?q=http://x", "a-1", "a=b@example.com", "http://h:80/?q=http://x"),
            ("q:\"a:b\"@example.com=HTTPS://h/", "q", "\"a:b\"@example.com", "HTTPS://h/"),
            ("all:@*=http://h/", "all", "@*", "http://h/"),
        ]
        for (text, name, pattern, url) in table {
            let route = try Route(text)
            #expect(route.name == name && route.pattern.description == pattern && route.url == url)
        }
    }

    @Test(arguments: [
        "", "x", "x:", ":@a.b=http://h/", "X:@a.b=http://h/", "a_b:@a.b=http://h/", "a b:@a.b=http://h/",
        "a:@a.b", "a:@a.b=ftp://h/", "a:=http://h/", "a:nobody=http://h/", "a:@a..b=http://h/",
        "abcdefghijklmnopqrstuvwxyz0123456:@a.b=http://h/",
    ])
    func refuses(_ text: String) {
        #expect(throws: (any Error).self) { try Route(text) }
    }

    @Test func noMessageRepeatsTheURL() {
        for text in ["a:nobody=http://secret/", "a:b@c.d=secret", "A:@b.c=http://secret/"] {
            do {
                _ = try Route(text)
                Issue.record("\(text) is no route")
            } catch {
                #expect(!"\(error)".contains("secret"))
            }
        }
    }

    @Test func eachMatchOnceInTheOrderGiven() throws {
        var table = RouteTable()
        for text in ["b:@.example.com=http://h/", "a:x@example.com=http://h/", "b:@example.com=http://h/"] {
            let route = try Route(text)
            table.add(route.pattern, to: route.name)
        }
        func names(_ recipients: String...) -> [String] { table.names(for: recipients.map { Array($0.utf8) }) }
        #expect(names() == [] && names("x@example.org") == [] && names("") == [])
        #expect(names("X@EXAMPLE.com") == ["a", "b"])
        #expect(names("x+tag@example.com", "y@sub.example.com", "y@example.com") == ["b", "a"])
        #expect(names("y@sub.example.com") == ["b"])
    }
}

@Suite struct RouteFileTests {
    private func read(_ text: String) throws -> [RouteStanza] { try RouteStanza.read(Array(text.utf8), "routes") }

    @Test func stanzas() throws {
        let stanzas = try read(
            """
            # two routes

            route sales\r
              rcpt @sales.example.com
              rcpt orders@example.com
              url https://h/x?a=b c
              header X-A:  1
              header X-B: 2
            \troute other
            rcpt @*
            url-file /etc/url
            bearer-file
            """)
        try #require(stanzas.map(\.name) == ["sales", "other"])
        #expect(stanzas[0].patterns.map(\.description) == ["@sales.example.com", "orders@example.com"])
        #expect(stanzas[0].values(.url) == ["https://h/x?a=b c"])
        #expect(stanzas[0].values(.header) == ["X-A:  1", "X-B: 2"] && stanzas[0].values(.bearerFile) == nil)
        #expect(stanzas[1].values(.urlFile) == ["/etc/url"] && stanzas[1].values(.bearerFile) == [])
        #expect(try read("").isEmpty && read("# none\n\n").isEmpty)
    }

    @Test(arguments: [
        "rcpt @a.b", "route A\n", "route a b\n", "route a\nrcpt nobody\nurl http://h/", "route a\nurl http://h/",
        "route a\nrcpt @a.b", "route a\nrcpt @a.b\nurl http://h/\nurl http://i/",
        "route a\nrcpt @a.b\nurl http://h/\nurl-file f", "route a\nrcpt @a.b\nurl http://h/\nroute a\n",
        "route a\nrcpt @a.b\nurl http://h/\ncolour red", "route a\nrcpt @a.b\nurl\n",
        "route a\nrcpt @a.b\nurl http://h/\nsecret-file a\nsecret-file b\nsecret-file c",
    ])
    func refuses(_ text: String) {
        #expect(throws: (any Error).self) { try read(text) }
    }

    @Test func theLineIsNamedAndNoValue() {
        do {
            _ = try read("route a\nrcpt @a.b\nurl http://h/secret\nurl http://i/secret")
            Issue.record("said twice")
        } catch {
            #expect("\(error)".hasPrefix("routes:4: ") && !"\(error)".contains("secret"))
        }
    }
}

/// Two receivers, and the program between them.
@Suite struct RouteTests {
    let scratch: Scratch
    let first: Receiver
    let second: Receiver
    var queue: String { scratch.path + "/q" }

    init() throws {
        scratch = try Scratch()
        first = try Receiver(scratch)
        second = try Receiver(scratch)
    }

    private func record(_ number: Int, _ recipients: String...) -> String {
        let list = recipients.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"id\":\"\(spoolID(number))\",\"envelope\":{\"rcptTo\":[\(list)]}}\n"
    }

    private func routes(_ a: String, _ b: String) -> [String] {
        ["--route", "a:@a.example=\(first.url(a))", "--route", "b:@b.example=\(second.url(b))"]
    }

    private func ids(_ receiver: Receiver) -> [String] { receiver.requests.map(\.id).sorted() }

    @Test func eachGoesWhereItsRecipientsSay() throws {
        let spool = try scratch.spool((1...4).map(spoolID))
        let done = try run(
            scratch, ["--ack", spool, "--queue", queue] + routes("200", "200") + [second.url("200/rest")],
            input: record(1, "x@a.example") + record(2, "x@b.example", "\\u0079@A.example", "z@a.example")
                + record(3, "x@c.example") + "{\"id\":\"\(spoolID(4))\"}\n")
        #expect(done.status == 0)
        #expect(ids(first) == [spoolID(1), spoolID(2)])
        #expect(ids(second) == [spoolID(2), spoolID(3), spoolID(4)])
        let rest = second.requests.filter { $0.path == "/200/rest" }
        #expect(rest.map(\.id).sorted() == [spoolID(3), spoolID(4)])
        #expect(second.requests.allSatisfy { $0.header("idempotency-key") == "\"\($0.id)\"" })
        #expect(scratch.names("spool/new") == [] && scratch.names("q/due") == [] && scratch.names("q/failed") == [])
    }

    @Test func recordsWithoutRecipientsAreToldOf() throws {
        func told(_ input: String) throws -> Int {
            let done = try run(scratch, routes("200", "200") + [second.url("200")], input: input)
            #expect(done.status == 0)
            return done.log.components(separatedBy: "event=no-recipients ").count - 1
        }
        #expect(try told("{\"id\":\"1\",\"OriginalRecipient\":\"x@a.example\"}\n{\"id\":\"2\"}\n") == 1)
        #expect(try told(record(3, "x@a.example") + record(4, "x@c.example")) == 0)
    }

    @Test func oneThatIsDownHoldsNobodyUp() throws {
        let spool = try scratch.spool((1...20).map(spoolID))
        let input = (1...20).map { record($0, "x@a.example", "x@b.example") }.joined()
        let done = try run(scratch, ["--ack", spool, "--queue", queue] + routes("500", "200"), input: input)
        #expect(done.status == 0)
        #expect(ids(second) == (1...20).map(spoolID))
        // Five failures in a row, and those that were under way then.
        #expect((5...13).contains(first.requests.count))
        let names = scratch.names("q/due").compactMap { QueueName($0)?.key }
        #expect(names.sorted() == (1...20).map { spoolID($0) + "@a" })
        #expect(scratch.names("spool/new") == [])
        #expect(done.log.contains("event=breaker-open route=a "))
        #expect(!done.log.contains("route=b"))
    }

    /// Requests to one hang for longer than the test lasts; what comes for the other goes on, and then both are safe.
    @Test func oneThatHangsHoldsNobodyUp() throws {
        let tool = try Tool(scratch, ["--queue", queue, "--concurrency", "2"] + routes("hang", "200"))
        for number in 1...12 { tool.write(record(number, number % 2 == 0 ? "x@b.example" : "x@a.example")) }
        #expect(waitFor { second.requests.count == 6 })
        #expect(first.requests.count == 2)
        tool.signal(SIGTERM)
        #expect(waitFor { tool.log.contains("event=stopping") })
        tool.signal(SIGTERM)
        #expect(tool.wait() == 0)
        #expect(scratch.names("q/due").count == 6)
        // Those that were never sent are due at once.
        #expect(scratch.names("q/due").compactMap { QueueName($0) }.filter { $0.attempts == 0 }.count == 4)
    }

    @Test func whatNoRouteMatchesIsSetAsideWithoutAURL() throws {
        let spool = try scratch.spool([spoolID(1)])
        let done = try run(
            scratch, ["--ack", spool, "--queue", queue] + routes("200", "200"), input: record(1, "x@c.example"))
        #expect(done.status == 0 && scratch.names("spool/new") == [])
        #expect(scratch.names("q/failed") == ["\(spoolID(1)).json", "\(spoolID(1)).reason"])
        #expect(scratch.text("q/failed/\(spoolID(1)).reason")?.contains("no route") == true)
        // Once there is a route, it is enough to requeue it.
        #expect(try run(scratch, ["--queue", queue, "--requeue", spoolID(1)]).status == 0)
        let more = ["--route", "c:@c.example=\(first.url("200/c"))", "--route", "d:x@c.example=\(second.url("200/d"))"]
        #expect(try run(scratch, ["--queue", queue, "--flush"] + more).status == 0)
        #expect(first.requests.map(\.path) == ["/200/c"] && second.requests.map(\.path) == ["/200/d"])
        #expect(ids(first) == [spoolID(1)] && ids(second) == [spoolID(1)])
        #expect(scratch.names("q/due") == [] && scratch.names("q/failed") == [])
    }

    @Test func withoutAQueueALineComesBackOnce() throws {
        let line = record(1, "x@a.example", "x@b.example")
        let done = try run(
            scratch, ["--max-age", "0.2s", "--schedule", "0.1s"] + routes("500", "500"),
            input: line + record(2, "x@c.example"))
        #expect(done.status == 75)
        #expect(done.output.split(separator: "\n").count == 2 && done.output.contains(line))
    }

    @Test func aNameThatNothingKnowsHoldsItsRecords() throws {
        try run(
            scratch, ["--queue", queue] + routes("500", "500"),
            input: record(1, "x@a.example") + record(2, "x@b.example"))
        #expect(try run(scratch, ["--queue", queue, "--requeue", "all"]).status == 0)
        let only = ["--queue", queue, "--flush", "--route", "b:@b.example=\(second.url("200"))"]
        let done = try run(scratch, only)
        #expect(done.status == 75)
        #expect(done.log.contains("event=route-unknown route=a records=1 "))
        #expect(scratch.names("q/due").compactMap { QueueName($0)?.key } == [spoolID(1) + "@a"])
        // The URL is looked up at each attempt: a route may move.
        let moved = ["--queue", queue, "--flush", "--route", "a:@nobody.example=\(second.url("200/moved"))"]
        #expect(try run(scratch, moved).status == 0)
        #expect(second.requests.last?.path == "/200/moved" && second.requests.last?.id == spoolID(1))
    }

    @Test func killedBetweenTheOutcomesOfTwoEndpoints() throws {
        let spool = try scratch.spool([spoolID(1)])
        let arguments = ["--ack", spool, "--queue", queue]
        let tool = try Tool(scratch, arguments + routes("200", "hang"))
        tool.write(record(1, "x@a.example", "x@b.example"))
        #expect(waitFor { tool.log.contains("event=delivered id=\(spoolID(1))@a") && second.requests.count == 1 })
        #expect(scratch.names("spool/new").count == 1)
        tool.signal(SIGKILL)
        _ = tool.wait()
        #expect(scratch.names("spool/new").count == 1)
        let done = try run(
            scratch, arguments + routes("200", "200"), input: record(1, "x@a.example", "x@b.example"))
        #expect(done.status == 0 && scratch.names("spool/new") == [])
        #expect(ids(first) == [spoolID(1), spoolID(1)] && ids(second) == [spoolID(1), spoolID(1)])
    }

    @Test func killedAfterOneEndpointsFailureWasQueued() throws {
        let spool = try scratch.spool([spoolID(1)])
        let arguments = ["--ack", spool, "--queue", queue]
        let tool = try Tool(scratch, arguments + routes("500", "hang"))
        let line = record(1, "x@a.example", "x@b.example")
        tool.write(line)
        #expect(waitFor { scratch.names("q/due").count == 1 && second.requests.count == 1 })
        tool.signal(SIGKILL)
        _ = tool.wait()
        #expect(scratch.names("spool/new").count == 1)
        // What is queued for the one is not sent again; the other's outcome makes it safe.
        let done = try run(scratch, arguments + routes("200", "200"), input: line)
        #expect(done.status == 0 && scratch.names("spool/new") == [])
        #expect(first.requests.count == 1 && second.requests.count == 2)
        #expect(scratch.names("q/due").compactMap { QueueName($0)?.key } == [spoolID(1) + "@a"])
    }

    @Test func aTwinIsSettledByTheFirst() throws {
        let spool = try scratch.spool([spoolID(1)])
        let line = record(1, "x@a.example", "x@b.example")
        let done = try run(scratch, ["--ack", spool] + routes("wait", "wait"), input: line + line)
        #expect(done.status == 0 && scratch.names("spool/new") == [])
        #expect(first.requests.count == 1 && second.requests.count == 1)
    }

    @Test func queueCommandsKnowTheRoute() throws {
        try run(scratch, ["--queue", queue] + routes("500", "413"), input: record(1, "x@a.example", "x@b.example"))
        let list = try run(scratch, ["--queue", queue, "--list"]).output
        #expect(list.contains("waiting \(spoolID(1))@a ") && list.contains("failed  \(spoolID(1))@b "))
        let id = spoolID(1)
        #expect(try run(scratch, ["--queue", queue, "--show", id]).output.split(separator: "\n").count == 2)
        #expect(try run(scratch, ["--queue", queue, "--show", id + "@a"]).output.split(separator: "\n").count == 1)
        #expect(try run(scratch, ["--queue", queue, "--requeue", id + "@b"]).status == 0)
        #expect(scratch.names("q/failed") == [] && scratch.names("q/due").count == 2)
        #expect(try run(scratch, ["--queue", queue, "--drop", id + "@a"]).status == 0)
        #expect(scratch.names("q/due").compactMap { QueueName($0)?.key } == [id + "@b"])
        #expect(try run(scratch, ["--queue", queue, "--drop", id]).status == 0)
        #expect(scratch.names("q/due") == [])
    }

    // MARK: The file

    private func routeFile(_ a: String, _ more: String = "") throws -> String {
        let secret = try scratch.file("secret-a", "one")
        return try scratch.file(
            "routes",
            "route a\nrcpt @a.example\nurl \(first.url(a))\nsecret-file \(secret)\nheader X-Route: a\nbearer-file\n"
                + more)
    }

    @Test func secretsAndHeadersOfARoute() throws {
        let (bearer, common) = (try scratch.file("bearer", "token"), try scratch.file("common", "two"))
        try run(
            scratch,
            [
                "--route-file", try routeFile("200"), "--bearer-file", bearer, "--secret-file", common,
                second.url("200"),
            ],
            input: record(1, "x@a.example") + record(2, "x@b.example"))
        for (receiver, key) in [(first, "one"), (second, "two")] {
            let request = try #require(receiver.requests.first)
            var signer = Signer(keys: [Array(key.utf8)])
            let seconds = Int64(request.header("webhook-timestamp") ?? "") ?? 0
            let signature = signer.signature(request.id, seconds, RecordBody([UInt8](request.body).span))
            #expect(request.header("webhook-signature") == String(decoding: signature, as: UTF8.self))
        }
        #expect(first.requests[0].header("x-route") == "a" && first.requests[0].header("authorization") == nil)
        #expect(second.requests[0].header("x-route") == nil)
        #expect(second.requests[0].header("authorization") == "Bearer token")
    }

    @Test func itIsReadAgainAtHangup() throws {
        let tool = try Tool(scratch, ["--queue", queue, "--route-file", try routeFile("200/1")])
        tool.write(record(1, "x@a.example"))
        #expect(waitFor { first.requests.count == 1 })
        _ = try routeFile("200/2", "route b\nrcpt @b.example\nurl \(second.url("200"))\n")
        tool.signal(SIGHUP)
        #expect(waitFor { tool.log.contains("event=reloaded") })
        tool.write(record(2, "x@a.example", "x@b.example"))
        #expect(waitFor { first.requests.count == 2 && second.requests.count == 1 })
        _ = try scratch.file("routes", "route a\nurl http://h/\n")
        tool.signal(SIGHUP)
        #expect(waitFor { tool.log.contains("event=reload-failed") })
        tool.write(record(3, "x@a.example"))
        #expect(waitFor { first.requests.count == 3 })
        // A route that is gone holds what it has left behind.
        try first.setMode("500")
        _ = try routeFile("mode")
        tool.signal(SIGHUP)
        #expect(waitFor { tool.log.components(separatedBy: "event=reloaded").count == 3 })
        tool.write(record(4, "x@a.example"))
        #expect(waitFor { scratch.names("q/due").count == 1 })
        _ = try scratch.file("routes", "route b\nrcpt @b.example\nurl \(second.url("200"))\n")
        tool.signal(SIGHUP)
        #expect(waitFor { tool.log.contains("event=route-unknown route=a records=1 ") })
        tool.closeInput()
        #expect(tool.wait() == 0)
        #expect(first.requests.map(\.path) == ["/200/1", "/200/2", "/200/2", "/mode"])
    }

    @Test func wrongRoutesAreWrongCommandLines() throws {
        for arguments in [
            ["--route", "x"], ["--route", "a:@a.b=http://h/", "--route", "a:@c.d=http://i/"],
            ["--route-file", try scratch.file("r", "route a\n")],
        ] {
            #expect(try run(scratch, arguments, input: "{}\n").status == 64)
        }
        #expect(try run(scratch, ["--route-file", scratch.path + "/none"], input: "{}\n").status == 66)
    }
}
