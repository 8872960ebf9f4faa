import JSON
import Testing

@testable import json_post

@Suite struct TimeSpanTests {
    @Test(
        arguments: [
            ("30", 30_000), ("0.5", 500), ("5s", 5000), ("5m", 300_000), ("2h", 7_200_000), ("5d", 432_000_000),
            ("1.25m", 75_000),
            ("0", 0),
        ] as [(String, Int64)])
    func reads(_ text: String, _ expected: Int64) {
        #expect(TimeSpan(text)?.milliseconds == expected)
    }

    @Test(arguments: ["", "s", "-1", "5x", "1.", ".5", "1.2345", "5 s", "9999999999", "999999999d", "1e3"])
    func refuses(_ text: String) {
        #expect(TimeSpan(text) == nil)
    }
}

@Suite struct ScheduleTests {
    /// The table of `Schedule`'s comment.
    @Test func spreadsAFifthEitherWay() throws {
        let schedule = try #require(Schedule("5s,5m,30m"))
        let table: [(Int, ClosedRange<Int64>)] = [
            (1, 4000...6000), (2, 240_000...360_000), (3, 1_440_000...2_160_000), (4, 1_440_000...2_160_000),
            (0, 4000...6000),
        ]
        for (attempts, range) in table {
            #expect(schedule.delay(afterAttempts: attempts, chance: 0).milliseconds == range.lowerBound)
            #expect(schedule.delay(afterAttempts: attempts, chance: 1).milliseconds == range.upperBound)
        }
        #expect(schedule.longest.milliseconds == 2_160_000)
    }

    @Test(arguments: ["", ",", "5s,", "0", "5s,0s", "x"])
    func refuses(_ text: String) {
        #expect(Schedule(text) == nil)
    }

    @Test func theUsualOne() {
        #expect(Schedule.usual.defaultValueDescription == "5s,5m,30m,2h,5h,10h,14h,20h,1d")
        #expect(Schedule("5s,5m,30m,2h,5h,10h,14h,20h,24h") == Schedule.usual)
    }
}

@Suite struct RetryAfterTests {
    private func seconds(_ text: String, now: Int64 = 784_111_777 - 100) -> Int64? {
        RetryAfter.seconds(Array(text.utf8).span, now: now)
    }

    /// 784111777 is the moment that RFC 9110 §5.6.7 writes in its three forms.
    @Test(
        arguments: [
            ("120", 120), ("0", 0), (" 7 \r\n", 7), ("86400", 86400), ("86401", 86400), ("99999999999999999999", 86400),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 100), ("Sunday, 06-Nov-94 08:49:37 GMT", 100),
            ("Sun Nov  6 08:49:37 1994", 100),
            ("Sun, 06 Nov 1994 08:49:36 GMT", 99), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
            ("Sun, 06 Nov 1994 08:49:60 GMT", 123),
        ] as [(String, Int64)])
    func reads(_ text: String, _ expected: Int64) {
        #expect(seconds(text) == expected)
    }

    @Test(arguments: [
        "", " ", "-1", "1.5", "soon", "120s", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "1 2 3", "- - - - - -",
    ])
    func refuses(_ text: String) {
        #expect(seconds(text) == nil)
    }

    @Test func leapDays() {
        #expect(HTTPDate.seconds("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
        #expect(HTTPDate.seconds("Fri, 01 Mar 2024 00:00:00 GMT") == 1_709_251_200)
        #expect(HTTPDate.seconds("Wed, 01 Mar 2000 00:00:00 GMT") == 951_868_800)
    }
}

@Suite struct AnswerTests {
    /// The table of json-post(1).
    @Test func fates() {
        let table: [(ClosedRange<Int>, Answer.Fate)] = [
            (200...299, .delivered), (300...399, .retry(warn: true)), (400...407, .retry(warn: true)),
            (408...409, .retry(warn: false)),
            (410...410, .gone), (411...412, .retry(warn: true)), (413...413, .reject), (414...424, .retry(warn: true)),
            (425...425, .retry(warn: false)), (426...428, .retry(warn: true)), (429...429, .retry(warn: false)),
            (430...499, .retry(warn: true)), (500...599, .retry(warn: false)), (600...999, .retry(warn: false)),
        ]
        for (statuses, fate) in table {
            for status in statuses { #expect(Answer.status(status).fate(rejecting: []) == fate, "\(status)") }
        }
        #expect(Answer.none("reset").fate(rejecting: []) == .retry(warn: false))
    }

    @Test func rejectOn() {
        #expect(Answer.status(400).fate(rejecting: [400, 422]) == .reject)
        #expect(Answer.status(401).fate(rejecting: [400, 422]) == .retry(warn: true))
        #expect(Answer.status(500).fate(rejecting: [400]) == .retry(warn: false))
    }

    @Test func troubleAndOverload() {
        for status in 200...599 {
            #expect(Answer.status(status).isTrouble == (status == 429 || status >= 500), "\(status)")
            #expect(Answer.status(status).isOverload == [429, 502, 503, 504].contains(status), "\(status)")
        }
        #expect(Answer.none("x").isTrouble && !Answer.none("x").isOverload)
    }
}

@Suite struct GovernorTests {
    private func ask(_ governor: inout Governor, _ answer: Answer, _ now: Int64) -> Governor.Change {
        let probe = governor.began(now: now)
        return governor.answered(answer, probe: probe, now: now)
    }

    @Test func opensAfterFiveInARow() {
        var governor = Governor(most: 8)
        for _ in 0..<4 { #expect(ask(&governor, .status(500), 0) == .none) }
        #expect(ask(&governor, .status(404), 0) == .none)  // no trouble: the row begins anew
        for _ in 0..<4 { #expect(ask(&governor, .none("reset"), 0) == .none) }
        #expect(!governor.isShut(now: 0))
        #expect(ask(&governor, .status(429), 0) == .opened)
        #expect(governor.isShut(now: 0) && governor.room(now: 999) == 0 && governor.room(now: 1000) == 1)
    }

    @Test func probesAfterOneTwoFourUpToSixtySeconds() {
        var governor = Governor(most: 8)
        for _ in 0..<5 { _ = ask(&governor, .none("refused"), 0) }
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<9 {
            let opening = governor.nextOpening(now: now) ?? -1
            waits.append((opening - now) / 1000)
            now = opening
            #expect(governor.room(now: now) == 1)
            let probe = governor.began(now: now)
            #expect(probe && governor.room(now: now + 100_000) == 0 && governor.nextOpening(now: now) == nil)
            #expect(governor.answered(.status(503), probe: probe, now: now) == .none)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        #expect(ask(&governor, .status(404), now) == .closed)
    }

    @Test func growsFromOneByOneASuccess() {
        var governor = Governor(most: 4)
        for _ in 0..<5 { _ = ask(&governor, .status(500), 0) }
        #expect(ask(&governor, .status(200), 1000) == .closed)
        var limits: [Int] = []
        for _ in 0..<5 {
            limits.append(governor.room(now: 1000))
            _ = ask(&governor, .status(204), 1000)
        }
        #expect(limits == [1, 2, 3, 4, 4])
    }

    @Test func answersFromBeforeTheOpeningDoNotCount() {
        var governor = Governor(most: 8)
        let old = (0..<8).map { _ in governor.began(now: 0) }
        for probe in old.prefix(5) { _ = governor.answered(.status(500), probe: probe, now: 0) }
        let state = governor.breaker
        for probe in old.suffix(2) { _ = governor.answered(.status(500), probe: probe, now: 500) }
        #expect(governor.breaker == state)
        #expect(governor.answered(.status(200), probe: false, now: 600) == .closed)
    }

    @Test func overloadHalvesAndPauses() {
        var governor = Governor(most: 8)
        _ = ask(&governor, .status(503), 0)
        #expect(governor.limit == 4)
        _ = ask(&governor, .status(429, retryAfter: 10), 0)
        #expect(governor.limit == 2 && governor.room(now: 9999) == 0 && governor.isShut(now: 9999))
        #expect(governor.nextOpening(now: 0) == 10_000 && governor.room(now: 10_000) == 2)
        _ = ask(&governor, .status(504), 10_000)
        _ = ask(&governor, .status(502), 10_000)
        #expect(governor.limit == 1)
    }

    /// A time that has passed is none to wait for: whoever did would turn in circles while nothing is due.
    @Test func anOpeningThatHasComeIsNotWaitedFor() {
        var governor = Governor(most: 8)
        for _ in 0..<5 { _ = ask(&governor, .none("refused"), 0) }
        #expect(governor.nextOpening(now: 999) == 1000 && governor.nextOpening(now: 1000) == nil)
        #expect(governor.room(now: 1000) == 1)
    }

    @Test func anEndpointThatIsFullAndSilentStalls() {
        var governor = Governor(most: 2)
        #expect(governor.stallsAt == nil)
        _ = governor.began(now: 100)
        #expect(governor.stallsAt == nil)
        _ = governor.began(now: 200)
        #expect(governor.stallsAt == 1200)
        _ = governor.answered(.status(200), probe: false, now: 700)
        #expect(governor.stallsAt == nil)
        _ = governor.began(now: 800)
        #expect(governor.stallsAt == 1800)
    }

    @Test func goneIsProbedHourly() {
        var governor = Governor(most: 8)
        #expect(ask(&governor, .status(410), 0) == .gone)
        #expect(governor.room(now: 3_599_999) == 0 && governor.room(now: 3_600_000) == 1)
        #expect(ask(&governor, .status(410), 3_600_000) == .none)
        #expect(governor.nextOpening(now: 3_600_000) == 7_200_000)
        #expect(ask(&governor, .status(500), 7_200_000) == .none)
        #expect(governor.nextOpening(now: 7_200_000) == 10_800_000)
        #expect(ask(&governor, .status(200), 10_800_000) == .closed)
    }
}

@Suite struct StatusTests {
    /// An endpoint that answers with any number makes no more series than there are statuses.
    @Test func attemptsByRouteAndStatus() throws {
        let status = Status(of: nil)
        for (route, answer) in [("", 204), ("", 204), ("a", 204), ("a", nil), ("a", 600), ("a", 999)] {
            status.answered(route: route, status: answer, milliseconds: 1)
        }
        let rows = try #require(status.page("/metrics")).text.split(separator: "\n").filter {
            $0.hasPrefix("json_post_attempts_total")
        }
        #expect(
            rows == [
                #"json_post_attempts_total{route="",status="204"} 2"#,
                #"json_post_attempts_total{route="a",status="204"} 1"#,
                #"json_post_attempts_total{route="a",status="none"} 1"#,
                #"json_post_attempts_total{route="a",status="other"} 2"#,
            ])
    }
}

@Suite struct ComplaintTests {
    @Test func onceAMinuteAndWhenItChanges() {
        var complaint = Complaint()
        let said = [("full", 0), ("full", 59_999), ("gone", 59_999), ("gone", 60_001), ("gone", 119_999)].map {
            complaint.isDue($0.0, now: $0.1)
        }
        #expect(said == [true, false, true, false, true])
    }
}

@Suite struct HeaderBlockTests {
    @Test func linesAreSeparatedAndTheLastIsNotEnded() {
        var block = HeaderBlock(room: 64)
        block.add("a", "1".utf8)
        block.add("b", "\"".utf8, "x".utf8, "\"".utf8)
        #expect(String(decoding: block.bytes, as: UTF8.self) == "a: 1\r\nb: \"x\"")
        block.removeAll()
        block.add("c", "".utf8)
        #expect(String(decoding: block.bytes, as: UTF8.self) == "c: ")
    }
}

@Suite struct QueueNameTests {
    @Test func readsWhatItWrites() throws {
        for key in ["a", "0196-x_Y~2", "id@alpha", String(repeating: "k", count: 128)] {
            let name = QueueName(due: 1_795_230_424, attempts: 3, key: key)
            #expect(QueueName(name.description) == name)
        }
    }

    @Test(arguments: [
        "", ".json", "1.json", "1.2.json", "1.2..json", "x.1.a.json", "1.x.a.json", "1.2.a", "1.2.a b.json",
        "1.2.a@b@c.json", "1.2.@b.json", "1.2.a@.json", "1.2.a@B.json", "-1.2.a.json", "1.2.a/b.json",
    ])
    func refuses(_ text: String) {
        #expect(QueueName(text) == nil)
    }

    @Test func numbersKeys() {
        #expect(QueueKey.numbered("a", 2) == "a~2")
        #expect(QueueKey.numbered("a@route", 3) == "a~3@route")
    }
}

@Suite struct RecordIDTests {
    private func name(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return RecordScanner().scan(bytes.span)?.id.map { RecordID.name($0, in: bytes.span) }
    }

    @Test func plainOnesAreUsedAsTheyAre() {
        #expect(name("{\"id\":\"Az09_-\"}") == "Az09_-")
        #expect(name("{\"id\":\"\\u0041\"}") == "A")
        let longest = String(repeating: "x", count: 128)
        #expect(name("{\"id\":\"\(longest)\"}") == longest)
    }

    /// Digests by sha256sum(1).
    @Test func othersByTheirDigest() {
        #expect(name("{\"id\":\"\"}") == "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(name("{\"id\":3}") == "sha256-4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce")
        #expect(name("{\"id\":\"../x\"}") == name("{\"id\":\"..\\/x\"}"))
        #expect(name("{\"id\":\"\(String(repeating: "x", count: 129))\"}")?.hasPrefix("sha256-") == true)
    }
}

@Suite struct SigningTests {
    /// The example of the Standard Webhooks specification.
    @Test func theSpecificationsExample() throws {
        let key = try #require(Base64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8))
        let body = RecordBody(Array("{\"test\": 2432232314}".utf8).span)
        var signer = Signer(keys: [key])
        for _ in 0..<3 {
            let header = signer.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
            #expect(String(decoding: header, as: UTF8.self) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        }
    }

    @Test func twoSecretsGiveTwoSignatures() {
        let body = RecordBody(Array("{}".utf8).span)
        func header(_ keys: [[UInt8]]) -> String {
            var signer = Signer(keys: keys)
            return String(decoding: signer.signature("a", 1, body), as: UTF8.self)
        }
        #expect(header([[1], [2]]) == header([[1]]) + " " + header([[2]]))
    }

    @Test func base64() {
        for (bytes, text) in [([], ""), ([0], "AA=="), ([0, 255], "AP8="), ([1, 2, 3], "AQID")] as [([UInt8], String)] {
            var encoded: [UInt8] = []
            Base64.encode(bytes.span, into: &encoded)
            #expect(String(decoding: encoded, as: UTF8.self) == text)
            #expect(Base64.decode(text.utf8) == bytes)
        }
        for bad in ["A", "A===", "A?==", "AA==AA"] { #expect(Base64.decode(bad.utf8) == nil, "\(bad)") }
    }
}

@Suite struct AddressTests {
    private func address(_ text: String) -> Address {
        let parts = text.split(separator: ".").compactMap { UInt8($0) }
        if parts.count == 4 { return .v4(parts) }
        var bytes = [UInt8](repeating: 0, count: 16)
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        for (half, start) in zip(halves, [0, 16 - (halves.last.map { $0.split(separator: ":").count * 2 } ?? 0)]) {
            for (index, word) in half.split(separator: ":").enumerated() {
                let value = UInt16(word, radix: 16) ?? 0
                bytes[start + index * 2] = UInt8(value >> 8)
                bytes[start + index * 2 + 1] = UInt8(value & 255)
            }
        }
        return .v6(bytes)
    }

    /// `/` stands for `::`.
    @Test(arguments: [
        "127.0.0.1", "127.255.255.255", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1", "100.127.255.255", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.7",
        "203.0.113.9",
        "/1", "/", "fe80/1", "fc00/1", "fd12/1", "ff02/1", "/ffff:7f00:1", "/ffff:c0a8:101", "64:ff9b/a00:1",
        "2002:a00:1/1",
        "2001:db8/1",
    ])
    func ours(_ text: String) {
        #expect(!address(text).isPublic)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.0.1", "192.169.0.1", "100.63.0.1", "100.128.0.1",
        "169.253.0.1",
        "223.255.255.255", "192.0.3.1", "203.0.114.1", "2606:4700/1111", "2001:4860/8888", "/ffff:808:808",
        "64:ff9b/808:808",
    ])
    func anybodys(_ text: String) {
        #expect(address(text).isPublic)
    }
}
