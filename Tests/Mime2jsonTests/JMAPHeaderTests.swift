import Foundation
import Testing

/// The forms of header fields (RFC 8621 §4.1.2 and §4.1.3), with the RFC's own examples.
struct JMAPHeaderTests {
    private static let message = """
        To: "James Smythe" <james@example.com>, Friends:
          jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=
          <john@example.com>;
        Cc: a@example.com, Nobody:;, b@example.com
        Subject: =?utf-8?q?caf=C3=A9?=
        X-Note: =?utf-8?q?one?=
        x-note:   two
        References: <1@example.com> <2@example.com>
        Resent-Date: Sat, 21 Nov 2026 10:59:57 +0100
        List-Post: (Post here <x>) <mailto:partytime@lists.
         example.com>, <https://example.com/post> (by the web)
        List-Help: NO (helpless)

        x

        """

    private func value(_ property: String) throws -> String {
        let result = try Program.run(
            ["--profile", "jmap", "--header-prefix", property], input: Data(Self.message.utf8))
        let object = try #require(try result.objects().first)
        let value = try #require(object[property], "\(property)")
        let data = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
        return String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\\/", with: "/")
    }

    @Test(arguments: [
        ("header:X-Note", #""   two""#), ("header:X-Note:asRaw:all", #"[" =?utf-8?q?one?=","   two"]"#),
        ("header:x-NOTE:asText", #""two""#), ("header:X-Note:asText:all", #"["one","two"]"#),
        ("header:X-None:asText", "null"), ("header:X-None:asAddresses:all", "[]"),
        (
            "header:To:asAddresses",
            #"[{"email":"james@example.com","name":"James Smythe"},{"email":"jane@example.com","name":null},{"email":"john@example.com","name":"John Smîth"}]"#
        ),
        (
            "header:To:asGroupedAddresses",
            #"[{"addresses":[{"email":"james@example.com","name":"James Smythe"}],"name":null},{"addresses":[{"email":"jane@example.com","name":null},{"email":"john@example.com","name":"John Smîth"}],"name":"Friends"}]"#
        ),
        (
            "header:Cc:asGroupedAddresses:all",
            #"[[{"addresses":[{"email":"a@example.com","name":null}],"name":null},{"addresses":[],"name":"Nobody"},{"addresses":[{"email":"b@example.com","name":null}],"name":null}]]"#
        ),
        ("header:References:asMessageIds", #"["1@example.com","2@example.com"]"#),
        ("header:Resent-Date:asDate", #""2026-11-21T10:59:57+01:00""#), ("header:Subject:asDate", "null"),
        ("header:List-POST:asURLs", #"["mailto:partytime@lists.example.com","https://example.com/post"]"#),
        ("header:List-Help:asURLs", "null"),
    ])
    func form(_ property: String, _ expected: String) throws {
        #expect(try value(property) == expected)
    }

    @Test func propertiesStandOnce() throws {
        let arguments = ["x-note", "header:X-Note:asText:all", "header:X-Note", "header:X-Note"]
        let result = try Program.run(
            ["--profile", "jmap"] + arguments.flatMap { ["--header-prefix", $0] }, input: Data(Self.message.utf8))
        let line = String(decoding: result.output, as: UTF8.self)
        #expect(line.components(separatedBy: #""header:X-Note:asText:all":"#).count == 2)
        #expect(line.components(separatedBy: #""header:X-Note":"#).count == 2)
    }

    /// What is offered to be kept, not a logo that stands in the page (RFC 8621 §4.1.4).
    @Test(arguments: [("inline", false), ("attachment", true), ("x", true)])
    func hasAttachment(disposition: String, expected: Bool) throws {
        let message = """
            Content-Type: multipart/alternative; boundary=a

            --a

            Hi
            --a
            Content-Type: multipart/related; boundary=b

            --b
            Content-Type: text/html

            <img src="cid:c">
            --b
            Content-Type: image/png
            Content-ID: <c>
            Content-Disposition: \(disposition)

            --b--
            --a--

            """
        let object = try #require(try Program.run(["--profile", "jmap"], input: Data(message.utf8)).objects().first)
        #expect(object["hasAttachment"] as? Bool == expected)
        #expect((object["attachments"] as? [Any])?.count == 1)
    }
}
