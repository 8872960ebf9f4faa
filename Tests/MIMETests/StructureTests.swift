import Testing

@testable import MIME

@Suite struct StructureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let source: String
        let outline: String
        let bodies: [String]
        let codes: [DefectCode]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "no header", source: "\nHello\n", outline: "text/plain 1", bodies: ["Hello\n"], codes: []),
        Case(name: "nothing", source: "", outline: "text/plain 1", bodies: [""], codes: []),
        Case(
            name: "text without a header", source: "Hello there\nsecond line\n", outline: "text/plain 1",
            bodies: ["Hello there\nsecond line\n"], codes: [.headerEnd]),
        Case(
            name: "missing empty line", source: "Subject: x\nHello there\n", outline: "text/plain 1",
            bodies: ["Hello there\n"], codes: [.headerEnd]),
        Case(
            name: "lost indentation",
            source: "Subject: x\nrest of it\nContent-Type: text/html\n\n<p>\n", outline: "text/html 1",
            bodies: ["<p>\n"], codes: [.headerLine]),
        Case(
            name: "mbox line", source: "From a@b Sat Nov 21 10:00:00 2026\nSubject: x\n\nHello\n",
            outline: "text/plain 1", bodies: ["Hello\n"], codes: [.mboxLine]),
        Case(
            name: "preamble and epilogue",
            source: "Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b\n\none\n--b\n\ntwo\n--b--\nepilogue\n",
            outline: "multipart/mixed\n text/plain 1\n text/plain 2", bodies: ["one", "two"], codes: []),
        Case(
            name: "boundary only at a line's start, and only whole",
            source: "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx --b\n--bb\n--b x\n --b\n--b--\n",
            outline: "multipart/mixed\n text/plain 1", bodies: ["x --b\n--bb\n--b x\n --b"], codes: []),
        Case(
            name: "white space after a boundary",
            source: "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\none\n--b-- \n",
            outline:
                "multipart/mixed\n text/plain 1", bodies: ["one"], codes: []),
        Case(
            name: "inner boundary begins with the outer one",
            source:
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b-in\n\n--b-in\n\none\n--b-in--\n--b\n\ntwo\n--b--\n",
            outline: "multipart/mixed\n multipart/mixed\n  text/plain 1.1\n text/plain 2", bodies: ["one", "two"],
            codes: []),
        Case(
            name: "inner multipart not closed",
            source:
                "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n--o--\n",
            outline: "multipart/mixed\n multipart/mixed\n  text/plain 1.1\n text/plain 2", bodies: ["one", "two"],
            codes: [.boundaryNotClosed]),
        Case(
            name: "not closed at the end", source: "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n",
            outline: "multipart/mixed\n text/plain 1", bodies: ["one\n"], codes: [.boundaryNotClosed]),
        Case(
            name: "boundary never occurs", source: "Content-Type: multipart/mixed; boundary=b\n\nHello\n",
            outline: "text/plain 1", bodies: ["Hello\n"], codes: [.boundaryNotFound]),
        Case(
            name: "no boundary", source: "Content-Type: multipart/mixed\n\nHello\n", outline: "text/plain 1",
            bodies: ["Hello\n"], codes: [.boundaryMissing]),
        Case(
            name: "part without a body",
            source: "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n",
            outline: "multipart/mixed\n text/html 1\n text/plain 2", bodies: ["", "two"], codes: []),
        Case(
            name: "empty part", source: "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b--\n",
            outline: "multipart/mixed\n text/plain 1", bodies: [""], codes: []),
        Case(
            name: "digest", source: "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nHello\n--b--\n",
            outline: "multipart/digest\n message/rfc822 1", bodies: ["Subject: x\n\nHello"], codes: []),
        Case(
            name: "unreadable type", source: "Content-Type: nonsense\n\nHello\n", outline: "text/plain 1",
            bodies: ["Hello\n"], codes: [.contentType]),
        Case(
            name: "unknown encoding", source: "Content-Transfer-Encoding: rot13\n\nHello\n", outline: "text/plain 1",
            bodies: ["Hello\n"], codes: [.transferEncoding]),
        Case(
            name: "comments in a type",
            source: "Content-Type: (a) text (b) / (c) html (d); charset=utf-8\n\n<p>\n", outline: "text/html 1",
            bodies: ["<p>\n"], codes: []),
        Case(
            name: "quoted boundary with spaces and colons",
            source: "Content-Type: multipart/mixed; boundary=\"a b:c?\"\n\n--a b:c?\n\none\n--a b:c?--\n",
            outline: "multipart/mixed\n text/plain 1", bodies: ["one"], codes: []),
    ]

    @Test(arguments: cases, [true, false])
    func tree(_ one: Case, crlf: Bool) {
        let message = Message.parse(one.source, crlf: crlf)
        #expect(message.outline == one.outline)
        let leaves = message.parts.filter { !$0.isMultipart }
        #expect(leaves.map { message.body($0.index).replacing("\r\n", with: "\n") } == one.bodies)
        #expect(message.defects.map(\.code) == one.codes)
    }

    @Test func embeddedMessages() {
        let inner = "Subject: inner\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\ndeep\n--i--\n"
        let message = Message.parse(
            "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n\(inner)--o--\n")
        #expect(message.outline == "multipart/mixed\n message/rfc822 1")
        let embedded = message.embedded(message.parts[1])
        #expect(embedded?.string(.subject) == "inner")
        #expect(embedded?.outline == "multipart/mixed\n text/plain 1")
        #expect(embedded?.body(1) == "deep")
        #expect(message.embedded(message.parts[0]) == nil)
    }

    @Test func embeddedMessageInBase64() {
        let message = Message.parse(
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaW5uZXIKCkhlbGxvCg==\n")
        #expect(message.embedded(message.root)?.string(.subject) == "inner")
    }

    @Test func displayedBodies() {
        func bodies(_ source: String) -> [[Int]] {
            let found = Message.parse(source).displayedBodies()
            return [found.text, found.html, found.attachments]
        }
        #expect(bodies("Subject: x\n\nHello") == [[0], [0], []])
        #expect(bodies("Content-Type: text/html\n\nHello") == [[0], [0], []])
        #expect(bodies("Content-Disposition: attachment\n\nHello") == [[], [], [0]])
        // A second text is shown, unless it has a name; an image is shown in line and listed.
        #expect(
            bodies(
                "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--b\nContent-Type: image/png\n\n2\n--b\n\n3\n--b\nContent-Type: text/plain; name=x\n\n4\n--b--"
            ) == [[1, 2, 3], [1, 2, 3], [2, 4]])
        // In a related only the first part is shown.
        #expect(
            bodies(
                "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n1\n--b\nContent-Type: image/png\n\n2\n--b--"
            ) == [[1], [1], [2]])
        // An alternative with HTML alone shows it as text too.
        #expect(
            bodies(
                "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n1\n--b\nContent-Type: text/calendar\n\n2\n--b--"
            ) == [[1], [1], [2]])
        #expect(
            bodies(
                "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n1\n--b\nContent-Type: multipart/related; boundary=c\n\n--c\nContent-Type: text/html\n\n2\n--c\nContent-Type: image/gif\n\n3\n--c--\n--b--"
            ) == [[1], [3], [4]])
    }
}
