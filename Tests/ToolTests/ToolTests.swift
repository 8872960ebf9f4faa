import ArgumentParser
import Foundation
import Spool
import Testing

@testable import Tool

@Suite struct LogTests {
    let log = Log(level: .debug)

    @Test func aLine() {
        let line = log.line(
            .info, "accepted", [("id", "x-1"), ("from", nil), ("helo", "a b")],
            now: Clock.Time(seconds: 1_795_255_200, nanoseconds: 123_999_999))
        let text = "time=2026-11-21T10:00:00.123Z level=info event=accepted id=x-1 helo=\"a b\"\n"
        #expect(line == Array(text.utf8))
        #expect(log.line(.warning, "e", [], now: nil) == Array("<4>event=e\n".utf8))
    }

    @Test(arguments: [
        ("plain-1.2:3/x@y", "plain-1.2:3/x@y"), ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""),
        ("a\"b\\", "\"a\\\"b\\\\\""), ("x\nlevel=error", "\"x\\nlevel=error\""), ("\r\t", "\"\\r\\t\""),
        ("\u{1B}[2J", "\"\\u{1b}[2J\""), ("\u{7F}\u{9B}", "\"\\u{7f}\\u{9b}\""), ("Grüße", "\"Grüße\""),
        ("\u{202E}abc\u{2028}", "\"\\u{202e}abc\\u{2028}\""), ("\r\n", "\"\\r\\n\""),
    ])
    func strangersForgeNothing(_ value: String, _ written: String) {
        #expect(Log.escaped(value) == written)
    }

    @Test func forPeopleNothingIsQuoted() {
        #expect(Log.printable("{\"a\": \"\\\"}\n\u{1B}é\u{202E}") == "{\"a\": \"\\\"}\\n\\u{1b}é\\u{202e}")
    }
}

@Suite struct ClockTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000"),
        (951_782_399, "2000-02-28T23:59:59.000Z", "Mon, 28 Feb 2000 23:59:59 +0000"),
        (951_782_400, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 +0000"),
        (-1, "1969-12-31T23:59:59.000Z", "Wed, 31 Dec 1969 23:59:59 +0000"),
        (1_735_689_599, "2024-12-31T23:59:59.000Z", "Tue, 31 Dec 2024 23:59:59 +0000"),
        (1_795_255_200, "2026-11-21T10:00:00.000Z", "Sat, 21 Nov 2026 10:00:00 +0000"),
        (4_107_542_399, "2100-02-28T23:59:59.000Z", "Sun, 28 Feb 2100 23:59:59 +0000"),
        (4_107_542_400, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 +0000"),
        (253_402_300_799, "9999-12-31T23:59:59.000Z", "Fri, 31 Dec 9999 23:59:59 +0000"),
        (253_402_300_800, "9999-01-01T00:00:00.000Z", "Sat, 01 Jan 9999 00:00:00 +0000"),
        (-62_167_219_201, "0000-12-31T23:59:59.000Z", "Fri, 31 Dec 0000 23:59:59 +0000"),
    ])
    func forms(_ seconds: Int64, _ rfc3339: String, _ rfc5322: String) {
        let time = Clock.Time(seconds: seconds)
        #expect(time.rfc3339 == rfc3339)
        #expect(time.rfc5322 == rfc5322)
    }
}

@Suite struct EnvironmentOptionTests {
    let options: [EnvironmentOption] = [
        EnvironmentOption("max-size", .value), EnvironmentOption("rcpt", .list), EnvironmentOption("header", .lines),
        EnvironmentOption("print", .flag),
    ]

    private func arguments(_ environment: [String: String], _ commandLine: [String] = []) throws -> [String] {
        try EnvironmentOption.arguments(options, prefix: "T", commandLine: commandLine) { environment[$0] }
    }

    @Test func variablesOfNoOptionAreFound() {
        let names = ["T_MAX_SIZE", "T_SIZE", "T_URL", "TT", "T", "T_", "XT_A", "T_PRINTS", "PATH", "t_print"]
        #expect(
            EnvironmentOption.unknown(options, prefix: "T", besides: ["T_URL"], names: names) == [
                "T_", "T_PRINTS", "T_SIZE",
            ])
    }

    @Test func variablesBecomeArguments() throws {
        let environment = [
            "T_MAX_SIZE": "1M", "T_RCPT": "a@b, @c\n@d", "T_HEADER": "K: V, W\nL: x", "T_PRINT": "yes", "OTHER": "1",
        ]
        #expect(
            try arguments(environment, ["URL"]) == [
                "--max-size=1M", "--rcpt=a@b", "--rcpt=@c", "--rcpt=@d", "--header=K: V, W", "--header=L: x",
                "--print", "URL",
            ])
    }

    @Test func aFlagReplacesTheWholeList() throws {
        #expect(try arguments(["T_RCPT": "a@b,c@d"], ["--rcpt", "x@y"]) == ["--rcpt", "x@y"])
        #expect(try arguments(["T_RCPT": "a@b,c@d"], ["--rcpt=x@y"]) == ["--rcpt=x@y"])
        #expect(try arguments(["T_RCPT": "a@b"], ["--", "--rcpt"]) == ["--rcpt=a@b", "--", "--rcpt"])
    }

    @Test func switches() throws {
        #expect(try arguments(["T_PRINT": "0"]) == [])
        #expect(try arguments(["T_PRINT": ""]) == [])
        #expect(throws: ValidationError.self) { try arguments(["T_PRINT": "maybe"]) }
    }
}

@Suite struct ThreadTests {
    @Test func runsItsBody() throws {
        let done = Monitor(false)
        try Thread.start(name: "a-name-longer-than-15-bytes") {
            done.withLock { $0 = true }
            done.notifyAll()
        }
        #expect(done.wait(nanoseconds: 10_000_000_000) { $0 ? true : nil } == true)
    }

    @Test func pollEndsWhenInputComes() throws {
        let pipe = try Pipe.make()
        #expect(try poll(pipe.read.number, POLLIN, timeoutMilliseconds: 1) == 0)
        try pipe.write.writeAll([1].span)
        #expect(try poll(pipe.read.number, POLLIN, timeoutMilliseconds: -1) & POLLIN != 0)
    }
}
