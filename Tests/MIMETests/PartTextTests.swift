import Testing

@testable import MIME

/// Texts that are taken over with the line ends that were sent, beside the same ones decoded.
struct PartTextTests {
    private static let charsets = [
        "us-ascii", "utf-8", "iso-8859-1", "utf-7", "hz-gb-2312", "utf-16be", "iso-2022-jp", "x-nobody", "",
    ]
    private static let texts = [
        "", "a", "one\r\ntwo\r\n", "one\ntwo", "tab\there\r\n", "plus +AOk- and ~{VPND~}\r\n", "caf\u{E9}\r\n",
        "bare\rCR\r\n",
        "\0\r\n", "> quoted\r\n", "=3D=\r\nsoft =E9 =0D=0A =0D\r\n", "flowed \r\ntext \r\n",
        "begin 644 x\r\n#0V%T\r\n`\r\nend\r\n",
    ]

    @Test(arguments: charsets, texts) func readsAsDecoded(_ charset: String, _ text: String) {
        for encoding in ["7bit", "quoted-printable", "base64"] {
            for type in ["text/plain", "text/html", "text/plain; format=flowed"] {
                let header =
                    "Content-Type: \(type); charset=\(charset)\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n"
                let message = Message.parse(Array((header + text).utf8))
                var (defects, others) = (Defects(), Defects())
                var (decoded, found): ([UInt8], PartText) = ([], message.text(of: message.root, defects: &others))
                let size = message.appendText(of: message.root, to: &decoded, defects: &defects)
                let isRaw = found.traits != nil
                found.normalizeLines()
                #expect(found.bytes == decoded)
                #expect(found.size == size)
                #expect(others.list == defects.list)
                #expect(!isRaw || !["utf-7", "hz-gb-2312", "utf-16be", "iso-2022-jp", "x-nobody"].contains(charset))
            }
        }
    }

    /// One look at HTML ends at the first place that is no line, and finds it wherever it stands among blocks of 64.
    @Test(arguments: ["\0", "\rx", "\r\r\n", "\u{1F}"]) func findsWhatIsNoLine(_ found: String) {
        let line = Array("<p title=\"x\">\tabc</p>\r\n<br>\n".utf8)
        for size in [0, 1, 30, 62, 63, 64, 65, 66, 127, 128, 129, 200] {
            let bytes = Array((0..<10).flatMap { _ in line }.prefix(size))
            let isCut = bytes.last == 0x0D
            #expect((TextTraits(lines: bytes.span) == nil) == isCut)
            #expect(isCut || TextTraits(lines: bytes.span)?.isASCII == true)
            for place in 0...size where place == 0 || bytes[place - 1] != 0x0D {
                let damaged = bytes[..<place] + Array(found.utf8) + bytes[place...]
                #expect(TextTraits(lines: Array(damaged).span) == nil)
                #expect(!TextTraits(Array(damaged).span).isLines)
                let others = bytes[..<place] + [0xC3, 0xA9] + bytes[place...]
                #expect(isCut || TextTraits(lines: Array(others).span)?.isASCII == false)
                #expect(!TextTraits(Array(others).span).isASCII)
            }
        }
    }

    /// A text of UTF-8 stays where it is, unless something in it is not as it would be in the document.
    @Test(arguments: [("\t\r\n", true), ("\rb", false), ("\0", false), ("\u{C}", false)])
    func keepsTextsOfUTF8(_ end: String, _ stays: Bool) {
        for (type, isUTF8) in [
            ("text/html; charset=utf-8", true), ("text/plain; charset=utf-8", true), ("text/html", false),
            ("text/plain; charset=big5", false),
        ] {
            let body = String(repeating: "\u{E9}t\u{E9}\r\n", count: 40) + end
            let message = Message.parse(Array("Content-Type: \(type)\r\n\r\n\(body)".utf8))
            var (defects, others) = (Defects(), Defects())
            var (text, decoded): (PartText, [UInt8]) = (message.text(of: message.root, defects: &defects), [])
            #expect((text.traits != nil) == (stays && isUTF8))
            text.normalizeLines()
            message.appendText(of: message.root, to: &decoded, defects: &others)
            #expect(text.bytes == decoded)
            #expect(defects.list == others.list)
        }
    }

    @Test func keepsLineEnds() {
        let message = Message.parse(Array("Content-Type: text/plain; charset=utf-8\r\n\r\na\r\nb\n- c".utf8))
        var defects = Defects()
        let text = message.text(of: message.root, defects: &defects)
        #expect(text.bytes == Array("a\r\nb\n- c".utf8))
        #expect(text.traits?.hasMarks == true)
    }
}
