import Testing

@testable import SMTP

struct NetworkTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
        ("::1", "::1"), ("2001:DB8::0:1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::", "fe80::"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func addresses(_ text: String, _ written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.", "1..2.3", "a.b.c.d", ":", ":::", "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "::1%eth0", "[::1]", "::1.2.3",
        "1.2.3.4::", "::1/64", " 1.2.3.4",
    ])
    func noAddresses(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1/32", "192.0.2.2", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::", false), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("::/0", "fe80::1", true),
        ("::/0", "1.2.3.4", false), ("::1", "::1", true), ("0.0.0.0/0", "::1", false), ("unix", "127.0.0.1", false),
    ])
    func ranges(_ range: String, _ address: String, _ isIn: Bool) throws {
        let parsed = try #require(IPAddress(address))
        #expect(AddressRange(range)?.contains(parsed) == isIn)
    }

    @Test func unixSockets() throws {
        #expect(AddressRange("unix")?.contains(nil) == true)
        #expect(AddressRange("0.0.0.0/0")?.contains(nil) == false)
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10/8", "unix/0"] {
            #expect(AddressRange(text) == nil)
        }
    }

    @Test func sitesAreSlash64() throws {
        let (one, two) = (IPAddress("2001:db8::1"), IPAddress("2001:db8::ffff:1"))
        #expect(one?.site == two?.site && one != two)
        #expect(IPAddress("192.0.2.1")?.site != IPAddress("192.0.2.2")?.site)
    }

    @Test func aBucket() {
        let second: Int64 = 1_000_000_000
        var bucket = TokenBucket(rate: 2, now: 0)
        func taken(_ count: Int, at now: Int64) -> Int {
            (0..<count).reduce(0) { sum, _ in bucket.take(now: now) ? sum + 1 : sum }
        }
        #expect(taken(30, at: 0) == 20)
        #expect(taken(1, at: second / 3) == 0)
        #expect(taken(5, at: second) == 2)
        #expect(!bucket.isFull(now: 10 * second))
        #expect(bucket.isFull(now: 11 * second))
        // A clock that goes back gives nothing.
        #expect(taken(1, at: 0) == 0)
    }

    /// Reads a header as a program does, with what is asked for and no more.
    private func header(_ bytes: [UInt8]) -> (ProxyHeader?, used: Int) {
        var used = 0
        while true {
            switch ProxyHeader.read(Array(bytes[..<used])) {
            case .done(let header): return (header, used)
            case .malformed: return (nil, used)
            case .need(let count):
                guard used + count <= bytes.count else { return (nil, used) }
                used += count
            }
        }
    }

    @Test func proxyHeaders() {
        let six = IPAddress("2001:db8::7")
        let cases: [(String, ProxyHeader?)] = [
            ("PROXY TCP4 192.0.2.4 192.0.2.5 1234 25\r\n", .client(.v4(0xC000_0204))),
            ("PROXY TCP6 2001:db8::7 ::1 1234 25\r\n", six.map { .client($0) }), ("PROXY UNKNOWN\r\n", .unknown),
            ("PROXY UNKNOWN ffff:: ffff:: 1 2\r\n", .unknown), ("PROXY TCP4 192.0.2.4 192.0.2.5 1234\r\n", nil),
            ("PROXY TCP4 192.0.2.4 192.0.2.5 1234 65536\r\n", nil), ("PROXY TCP4 x y 1 2\r\n", nil),
            ("EHLO x\r\n", nil),
            ("PROXY TCP4 192.0.2.4 192.0.2.5 1234 25\n", nil), ("PROXY" + String(repeating: " ", count: 200), nil),
        ]
        for (text, expected) in cases {
            let (found, used) = header(Array(text.utf8) + Array("EHLO".utf8))
            #expect(found == expected, "\(text)")
            #expect(found == nil || used == text.utf8.count)
        }
    }

    @Test func binaryProxyHeaders() {
        let start: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
        let four: [UInt8] = [192, 0, 2, 4, 192, 0, 2, 5, 4, 210, 0, 25]
        #expect(header(start + [0x21, 0x11, 0, 12] + four + [1]) == (.client(.v4(0xC000_0204)), 28))
        #expect(header(start + [0x21, 0x11, 0, 15] + four + [4, 0, 0, 9]) == (.client(.v4(0xC000_0204)), 31))
        #expect(header(start + [0x20, 0x00, 0, 0]) == (.own, 16))
        #expect(header(start + [0x21, 0x31, 0, 1, 0]) == (.unknown, 17))
        for bad: [UInt8] in [
            [0x11, 0x11, 0, 12] + four, [0x22, 0x11, 0, 12] + four, [0x21, 0x11, 0, 4, 1, 2, 3, 4],
            [0x21, 0x11, 255, 255],
        ] {
            #expect(header(start + bad).0 == nil)
        }
    }
}
