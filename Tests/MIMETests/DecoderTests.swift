import Foundation
import Testing

@testable import MIME

@Suite struct DecoderTests {
    func decode(_ encoding: String, _ body: String, crlf: Bool = true) -> (String, [DefectCode]) {
        let message = Message.parse("Content-Type: a/b\nContent-Transfer-Encoding: \(encoding)\n\n\(body)", crlf: crlf)
        var output: [UInt8] = []
        var defects = Defects()
        message.appendBody(of: message.root, to: &output, defects: &defects)
        var base64: [UInt8] = []
        let size = message.appendBase64Body(of: message.root, to: &base64, defects: &defects)
        var again: [UInt8] = []
        _ = Base64.decode(base64.span, to: &again)
        #expect(size == output.count && again == output, "copied base64 says the same as decoding")
        #expect(base64.count == (size + 2) / 3 * 4)
        return (String(decoding: output, as: UTF8.self), defects.list.map(\.code))
    }

    @Test(
        arguments: [
            ("SGVsbG8=", "Hello", []), ("SGVs\nbG8=\n", "Hello", []), ("S G V s b G 8 =", "Hello", []),
            ("SGVsbG8", "Hello", [.base64]), ("SGVsbG9", "Hello", [.base64]), ("SGVsb", "Hel", [.base64]),
            ("SG-Vs_bG8=", "Hello", [.base64]), ("", "", []), ("====", "", []), ("=", "", []),
            ("SGVs\nbG8=\nSGVsbG8=\n", "HelloHello", []), ("SGVsbG8=\n____\nmailing list\n", "Hello", [.base64]),
            ("SGVs=bG8=", "Hello", []),
        ] as [(String, String, [DefectCode])])
    func base64(_ body: String, _ text: String, _ codes: [DefectCode]) {
        let (decoded, found) = decode("base64", body)
        #expect(decoded == text)
        #expect(found == codes)
    }

    @Test(arguments: 0..<100)
    func base64Lengths(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37) }
        var encoded: [UInt8] = []
        Base64.encode(bytes.span, to: &encoded)
        for width in [1, 4, 19, 76] {
            var wrapped: [UInt8] = []
            for (i, byte) in encoded.enumerated() {
                if i > 0, i % width == 0 { wrapped += [0x0D, 0x0A] }
                wrapped.append(byte)
            }
            var decoded: [UInt8] = []
            #expect(Base64.decode(wrapped.span, to: &decoded) == Base64.Damage())
            #expect(decoded == bytes)
            let symbols = Base64Symbols(wrapped, 0..<wrapped.count)
            #expect(symbols?.size == length)
            #expect(symbols.map(copied) == encoded)
        }
    }

    private func copied(_ symbols: Base64Symbols) -> [UInt8] {
        var symbols = symbols
        var copied: [UInt8] = []
        for _ in 0...symbols.count / 65536 + 1 { symbols.appendPiece(to: &copied) }
        #expect(copied.count == symbols.count)
        return copied
    }

    /// Copying symbols gives what decoding and encoding gives, however the body is damaged; in pieces as well.
    @Test(arguments: [0, 100, 70_000])
    func base64Copies(_ size: Int) {
        var random = SplitMix(state: UInt64(size))
        var copies = 0
        for _ in 0..<(size > 1000 ? 2 : 200) {
            let body = damagedBase64(size, &random)
            guard let symbols = Base64Symbols([0x2D] + body, 1..<body.count + 1) else { continue }
            copies += 1
            var decoded: [UInt8] = []
            let damage = Base64.decode(body.span, to: &decoded)
            var encoded: [UInt8] = []
            Base64.encode(decoded.span, to: &encoded)
            #expect(copied(symbols) == encoded)
            #expect(symbols.size == decoded.count)
            #expect(symbols.damage.ignored == damage.ignored)
        }
        #expect(copies > 0)
    }

    private func damagedBase64(_ size: Int, _ random: inout SplitMix) -> [UInt8] {
        let width = Int.random(in: 1...90, using: &random)
        var body: [UInt8] = []
        for i in 0..<size {
            body.append(Base64.alphabet[Int.random(in: 0..<64, using: &random)])
            if (i + 1) % width == 0 { body += size % 2 == 0 ? [0x0D, 0x0A] : [0x0A] }
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let place = Int.random(in: 0...body.count, using: &random)
            body.insert([0x3D, 0x0A, 0x20, 0x21, 0x41, 0x0D][Int.random(in: 0..<6, using: &random)], at: place)
        }
        return body
    }

    @Test(
        arguments: [
            ("a=3Db", "a=b", []), ("a=3db", "a=b", []), ("soft=\nbreak", "softbreak", []),
            ("soft= \t\nbreak", "softbreak", []),
            ("end=", "end", []), ("bad =ZZ", "bad =ZZ", [.quotedPrintable]), ("trailing  \nx", "trailing\r\nx", []),
            ("kept=20\nx", "kept \r\nx", []), ("=C3=A9", "é", []), ("=", "", []), ("a=\n", "a", []),
        ] as [(String, String, [DefectCode])])
    func quotedPrintable(_ body: String, _ text: String, _ codes: [DefectCode]) {
        let (decoded, found) = decode("quoted-printable", body)
        #expect(decoded == text)
        #expect(found == codes)
    }

    @Test(
        arguments: [
            ("begin 644 x\n%2&5L;&\\\n`\nend\n", "Hello", []), ("begin 644 x\n%2&5L;&\\\n", "Hello", [.uuencode]),
            ("no begin\n", "no begin\r\n", [.uuencode]), ("begin 644 x\n&2&5L;&\\@\n \nend\n", "Hello ", []),
        ] as [(String, String, [DefectCode])])
    func uuencode(_ body: String, _ text: String, _ codes: [DefectCode]) {
        let (decoded, found) = decode("x-uuencode", body)
        #expect(decoded == text)
        #expect(found == codes)
    }

    @Test(arguments: [
        ("one \ntwo\n", "no", "one two\n"), ("one \ntwo\n", "yes", "onetwo\n"),
        ("> one \n> two\nthree\n", "no", "> one two\nthree\n"),
        ("-- \nname\n", "no", "-- \nname\n"), (" >stuffed\n", "no", ">stuffed\n"), ("> a \nb\n", "no", "> a \nb\n"),
        (">> deep \n>> er\n> less\n", "no", ">> deep er\n> less\n"), ("open \n", "no", "open \n"), ("", "no", ""),
        ("a\n\nb", "no", "a\n\nb\n"),
    ])
    func flowed(_ body: String, _ delSp: String, _ text: String) {
        let message = Message.parse("Content-Type: text/plain; format=flowed; delsp=\(delSp)\n\n\(body)")
        #expect(message.text(0) == text)
    }

    @Test(
        arguments: [
            ("utf-8", [0x61, 0xC3, 0xA9], "aé", []), ("iso-8859-1", [0xE9, 0x80], "é€", []),
            ("us-ascii", [0xC3, 0xA9], "é", [.unlabelled]), ("us-ascii", [0xE9], "é", [.unlabelled]),
            ("utf-8", [0xE9, 0x61], "\u{FFFD}a", [.undecodable]),
            ("utf-8", [0xF0, 0x9F, 0x61], "\u{FFFD}a", [.undecodable]),
            ("utf-8", [0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}", [.undecodable]),
            ("utf-8", [0xEF, 0xBB, 0xBF, 0x61], "a", []), ("utf-8", [0x61, 0, 0x62], "a\u{FFFD}b", [.nul]),
            ("koi8-r", [0xC1, 0xC2], "аб", []), ("gb2312", [0xB0, 0xA1], "啊", []),
            ("shift_jis", [0x82, 0xA0], "あ", []),
            ("windows-31j", [0x87, 0x40], "①", []),
            ("iso-2022-jp", [0x1B, 0x24, 0x42, 0x24, 0x22, 0x1B, 0x28, 0x42], "あ", []),
            ("iso-2022-jp", [0x1B, 0x24, 0x42, 0x2D, 0x21, 0x1B, 0x28, 0x49, 0x31], "①ｱ", []),
            ("hz-gb-2312", [0x7E, 0x7B, 0x30, 0x21, 0x7E, 0x7D, 0x61, 0x7E, 0x7E], "啊a~", []),
            ("hz", [0x7E, 0x7B, 0x3C, 0x7E, 0x7E, 0x7D, 0x61], "件a", []), ("hz", [0x7E, 0x7B, 0x3C, 0x7E], "件", []),
            ("euc-kr", [0xB0, 0xA1], "가", []), ("big5", [0xA4, 0x40], "一", []), ("windows-1251", [0xC0], "А", []),
            ("iso-8859-15", [0xA4], "€", []), ("iso-8859-9", [0x80], "€", []),
            ("utf-16", [0xFF, 0xFE, 0x61, 0x00], "a", []),
            ("utf-7", [0x2B, 0x41, 0x4F, 0x6B, 0x2D], "é", []), ("klingon", [0x61, 0xE9], "aé", [.charset]),
            ("eucgb2312_cn", [0xB0, 0xA1], "啊", []), ("big5_tw", [0xA4, 0x40], "一", []),
            ("windows1251", [0xC0], "А", []), ("win-1251", [0xC0], "А", []), ("cp-850", [0x82], "é", []),
            ("utf-8//IGNORE", [0xC3, 0xA9], "é", []), ("=koi8r", [0xC1], "а", []), ("-", [0xE9], "é", [.charset]),
            ("\"utf-8\"", [0xC3, 0xA9], "é", []), ("iso-8859-8-i", [0xE0], "א", []),
            ("gb2312", [0xB0], "\u{FFFD}", [.undecodable]), ("gbk", [0x80], "€", []),
            ("gb18030", [0x82, 0x35, 0x90, 0x37, 0x84, 0x31, 0x82, 0x36], "\u{9FB4}\u{FE10}", []),
            ("gb18030", [0xFE, 0x39, 0xFE, 0x39, 0x61], "\u{FFFD}a", [.undecodable]),
            ("big5", [0xA1, 0xC3, 0xA1, 0x5A, 0xA4, 0x40], "￣╴一", []),
            ("big5", [0x81, 0xFE, 0xA4, 0x40, 0x81, 0x40], "\u{FFFD}一\u{FFFD}@", [.undecodable]),
            ("shift_jis", [0x80, 0xFD, 0x5C], "\u{80}\u{FFFD}\\", [.undecodable]),
            ("euc-jp", [0x8F, 0xA1, 0xA1, 0xA4, 0xA2], "\u{FFFD}あ", [.undecodable]),
            ("euc-kr", [0xFE, 0xFE, 0xB0, 0xA1], "\u{FFFD}가", [.undecodable]),
            ("iso-2022-jp", [0x1B, 0x28, 0x4A, 0x5C, 0x7E, 0x1B, 0x28, 0x42, 0x5C], "¥‾\\", []),
            ("iso-2022-jp", [0xFD], "\u{FFFD}", [.undecodable]), ("macintosh", [0xC6, 0xBD, 0xF0], "∆Ω\u{F8FF}", []),
            ("x-mac-cyrillic", [0x80, 0xFF], "А€", []), ("windows-1253", [0x81, 0xC1], "\u{81}Α", []),
        ] as [(String, [UInt8], String, [DefectCode])])
    func charsets(_ label: String, _ bytes: [UInt8], _ text: String, _ codes: [DefectCode]) {
        let message = Message.parse([UInt8]("Content-Type: text/plain; charset=\(label)\n\n".utf8) + bytes)
        #expect(message.text(0) == text)
        #expect(message.codes == codes)
    }

    @Test(arguments: [
        ("<meta charset=windows-1251>\u{0}", "А"),
        ("<META http-equiv=x content=\"text/html; charset=koi8-r\">\u{0}", "ю"),
        ("<p>\u{0}", "À"), ("<meta charset=utf-16>\u{0}", "\u{FFFD}"),
    ])
    func metaCharset(_ html: String, _ letter: String) {
        var bytes = [UInt8]("Content-Type: text/html\n\n".utf8) + [UInt8](html.utf8)
        bytes[bytes.count - 1] = 0xC0
        #expect(Message.parse(bytes).text(0).hasSuffix(letter))
    }

    /// Every label is decoded by something that exists here.
    @Test func labels() {
        for line in CharsetLabels.table.split(separator: "\n") {
            for label in line.split(separator: " ").dropFirst() {
                let bytes = [UInt8](label.utf8)
                let charset = Charset(label: bytes.span, 0..<bytes.count)
                guard case .iconv(let name) = charset?.decoder else { continue }
                let known = Iconv(from: name) != nil
                #expect(known, "\(name)")
            }
        }
    }

    /// What CPython's codecs write, for every label of the standard (Tests/Conformance/charsets.py --vectors).
    @Test func labelsDecodeAsTheStandardSays() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("charsets.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 221)
        for line in lines {
            let words = line.split(separator: " ")
            let hex = Array(words[1].utf8)
            let bytes = stride(from: 0, to: hex.count, by: 2).map {
                (hex[$0].hexValue ?? 0) << 4 | (hex[$0 + 1].hexValue ?? 0)
            }
            let message = Message.parse([UInt8]("Content-Type: text/plain; charset=\"\(words[0])\"\n\n".utf8) + bytes)
            #expect(message.text(0) == String(words[2]), "\(words[0])")
        }
    }

    /// Converters are used again: the next text begins in the initial state, however the last one ended.
    @Test func aTextThatEndsShiftedLeavesTheNextAlone() throws {
        for _ in 0..<2 {
            let words = "=?iso-2022-kr?b?GyQpQw4wIQ==?= =?utf-8?q?_?= =?iso-2022-kr?q?abc?="
            let message = Message.parse("Subject: \(words)\n\n")
            #expect(message.string(.subject) == "가 abc")
        }
    }

    @Test func rawHeaderText() {
        func subject(_ type: String, _ bytes: [UInt8]) -> String? {
            Message.parse([UInt8]("Content-Type: text/plain\(type)\nSubject: ".utf8) + bytes + [0x0A, 0x0A]).string(
                .subject)
        }
        #expect(subject("", [0xC3, 0xA9]) == "é")
        #expect(subject("", [0xE9]) == "é")
        #expect(subject("; charset=koi8-r", [0xC1, 0xC2]) == "аб")
        #expect(subject("; charset=gb2312", [0xB0, 0xA1]) == "啊")
        #expect(subject("; charset=gb2312", [0xB0, 0x21]) == "°!")
        #expect(subject("; charset=utf-8", [0xE9]) == "é")
    }

    @Test func base64ThatIsNone() {
        let head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        let message = Message.parse(head + "words with spaces between them\n", crlf: false)
        #expect(message.text(0) == "words with spaces between them\n")
        #expect(message.codes == [.transferEncoding])
        #expect(Message.parse(head + "SGVs bG8=\n").text(0) == "Hello")
    }

    /// Base64 with the footer of a mailing list is base64, in any charset.
    @Test func base64WithFooter() {
        let head = "Content-Type: text/plain; charset=euc-kr\nContent-Transfer-Encoding: base64\n\n"
        let message = Message.parse(head + "sKGzqrTZsKGzqrTZsKGzqrTZCg==\n\n-- \nThe list of a b c\n")
        #expect(message.text(0) == "가나다가나다가나다\n")
        #expect(message.codes == [.base64])
    }

    @Test func macintoshLineEnds() {
        let message = Message.parse([UInt8]("Subject: x\rTo: a@b\r\rone\rtwo\r".utf8))
        #expect(message.string(.subject) == "x")
        #expect(message.string(.to) == "a@b")
        #expect(message.text(0) == "one\ntwo\n")
    }

    @Test func bareLineEnds() {
        #expect(Message.parse("\none\r\ntwo\rthree\n", crlf: false).text(0) == "one\ntwo\rthree\n")
        #expect(Message.parse([UInt8]("X: y\n\none\rtwo\r".utf8)).text(0) == "one\ntwo\n")
    }
}
