import Testing

import Tool

@testable import smtp_accept

struct OptionTests {
    @Test func listenAddresses() {
        #expect(ListenAddress(argument: "*:25")?.place == .everywhere(port: 25))
        #expect(ListenAddress(argument: ":25")?.place == .everywhere(port: 25))
        #expect(ListenAddress(argument: "127.0.0.1:0")?.place == .host("127.0.0.1", port: 0))
        #expect(ListenAddress(argument: "[::1]:2525")?.place == .host("::1", port: 2525))
        #expect(ListenAddress(argument: "unix:/run/x")?.place == .unix(path: "/run/x"))
        for text in [
            "", "25", "host", "host:", "host:65536", "host:-1", "host:+1", "::1:25", "unix:", "[]:25", "[x:25",
        ] {
            #expect(ListenAddress(argument: text) == nil, "\(text)")
        }
        #expect(ListenAddress(argument: "unix:/" + String(repeating: "x", count: 107)) == nil)
    }

    @Test(arguments: [
        ("20000000", 10_000_000_000), ("1", 500), ("0", nil), ("-1", nil), ("", nil), ("9223372036854775807", nil),
        ("18446744073709551615", nil),
    ])
    func watchdog(_ microseconds: String, _ nanoseconds: Int64?) {
        #expect(ServiceManager { $0 == "WATCHDOG_USEC" ? microseconds : nil }.watchdog == nanoseconds)
    }

    @Test func sizes() {
        #expect(ByteSize(argument: "25M")?.bytes == 26_214_400)
        #expect(ByteSize(argument: "1k")?.bytes == 1024)
        #expect(ByteSize(argument: "2G")?.bytes == 2_147_483_648)
        #expect(ByteSize(argument: "7")?.bytes == 7)
        for text in ["", "K", "0", "-1", "1.5M", "1T", "9999999999G", "1MB", "٣"] {
            #expect(ByteSize(argument: text) == nil, "\(text)")
        }
        #expect(ByteSize(26_214_400).description == "25M" && ByteSize(1001).description == "1001")
    }
}
