import Testing

@testable import MIME

/// Uuencoded files in the middle of texts.
@Suite struct FilesInTextTests {
    private static let file = "begin 644 hello.txt\n&:&5L;&\\*\n`\nend\n"

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let body: String
        let text: String
        let files: [String]
        var codes: [DefectCode] = []
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "one", body: "before\n\n" + file + "after\n", text: "before\n\nafter\n", files: ["hello.txt: hello\n"]
        ),
        Case(name: "nothing else", body: file, text: "", files: ["hello.txt: hello\n"]),
        Case(
            name: "two", body: file + "between\n" + file.replacing("hello.txt", with: "a b.txt") + "x",
            text: "between\nx",
            files: ["hello.txt: hello\n", "a b.txt: hello\n"]),
        Case(
            name: "spaces for zeros, one of them lost", body: "begin 0600 a\n#  $\n \nend", text: "",
            files: ["a: \u{0}\u{1}\u{0}"]),
        Case(
            name: "words that only begin so", body: "begin 644 with this\nand that\n",
            text: "begin 644 with this\nand that\n", files: []),
        Case(name: "no mode", body: "begin here now\nMORE\nend\n", text: "begin here now\nMORE\nend\n", files: []),
        Case(name: "quoted", body: "> " + file, text: "> " + file, files: []),
        Case(
            name: "text in the middle", body: "begin 644 a\n&:&5L;&\\*\nand more\n`\nend\n",
            text: "begin 644 a\n&:&5L;&\\*\nand more\n`\nend\n", files: [], codes: [.uuencode]),
        Case(
            name: "cut off", body: "begin 644 a\n#86)C\n#86)C\n#86)C", text: "", files: ["a: abcabcabc"],
            codes: [.uuencode]),
        Case(
            name: "a short line", body: "begin 644 a\n#86)C\nM86)C\n`\nend\n", text: "", files: ["a: abcabc"],
            codes: [.uuencode]),
        Case(
            name: "again after a false start", body: "begin 644 x\n" + file, text: "begin 644 x\n",
            files: ["hello.txt: hello\n"]),
    ]

    @Test(arguments: cases, [true, false])
    func areListed(_ test: Case, _ crlf: Bool) {
        let message = Message.parse("Subject: x\n\n" + test.body, crlf: crlf)
        #expect(message.text(0) == test.text)
        let bodies = message.displayedBodies()
        #expect(bodies.text == [0])
        #expect(bodies.attachments.map { "\(message.name($0) ?? "-"): \(message.body($0))" } == test.files)
        #expect(bodies.unshown == bodies.attachments)
        #expect(message.codes == test.codes)
        for (ordinal, index) in bodies.attachments.enumerated() {
            #expect(message.partID(of: message.parts[index]) == "1.uu\(ordinal + 1)")
            #expect(message.type(index) == "application/octet-stream")
        }
    }

    /// A text that is an attachment itself keeps what is in it; so does one that is encoded.
    @Test func stayInAttachedAndEncodedTexts() {
        let multipart = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n"
        for header in ["Content-Disposition: attachment", "Content-Type: text/plain; name=x.uu"] {
            let message = Message.parse(multipart + "--b\n\(header)\n\n\(Self.file)--b--\n", crlf: false)
            #expect(message.displayedBodies().attachments == [2])
            #expect(message.body(2) + "\n" == Self.file)
        }
        let encoded = Message.parse("Content-Transfer-Encoding: quoted-printable\n\n" + Self.file)
        #expect(encoded.displayedBodies().attachments.isEmpty)
        #expect(encoded.text(0) == Self.file)
    }

    /// Each line is looked at once, however many of them begin a file.
    @Test func isLinear() {
        let lines = String(repeating: "begin 644 x\nM\n", count: 200_000)
        let message = Message.parse(lines, crlf: false)
        #expect(message.displayedBodies().attachments.isEmpty)
        let many = Message.parse("\n" + String(repeating: Self.file, count: Limits.uuencodedFiles + 5), crlf: false)
        #expect(many.displayedBodies().attachments.count == Limits.uuencodedFiles)
        #expect(many.text(0) == String(repeating: Self.file, count: 5))
    }
}

/// RFC 2387 §3.2.
@Suite struct RelatedRootTests {
    private func shown(_ parameters: String, _ parts: [String]) -> DisplayedBodies {
        let source =
            "Content-Type: multipart/related; boundary=b\(parameters)\n\n"
            + parts.map { "--b\n\($0)\n\nx\n" }.joined() + "--b--\n"
        return Message.parse(source).displayedBodies()
    }

    @Test func isWhatStartNames() {
        let parts = ["Content-Type: image/png\nContent-ID: <1@x>", "Content-Type: text/html\nContent-ID: <2@x>"]
        for start in ["; start=\"<2@x>\"", "; start=\"2@x\""] {
            let bodies = shown(start, parts)
            #expect(bodies.html == [2])
            #expect(bodies.text == [2])
            #expect(bodies.attachments == [1])
        }
        // Without it, or where it names none, the first one.
        for start in ["", "; start=\"<3@x>\""] {
            #expect(shown(start, parts).html == [1])
            #expect(shown(start, parts).attachments == [1, 2])
        }
    }

    @Test func mayBeTheFirst() {
        let parts = ["Content-Type: text/html\nContent-ID: <1@x>", "Content-Type: text/html\nContent-ID: <2@x>"]
        #expect(shown("; start=\"<1@x>\"", parts).html == [1])
        #expect(shown("; start=\"<2@x>\"", parts).html == [2])
    }
}
