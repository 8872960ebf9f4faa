import Foundation
import JSON
import Testing

/// Texts made by the writer, read back by Foundation's parser, which shares no code with it.
struct JSONWriterTests {
    private func text(pretty: Bool = false, _ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(pretty: pretty)
        body(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// What a parser reads from a text whose only value is a string.
    private func readBack(_ bytes: [UInt8]) throws -> String {
        var json = JSONWriter()
        json.string(bytes.span)
        return try JSONDecoder().decode(String.self, from: Data(json.bytes))
    }

    @Test func putsCommasAndColons() {
        let result = text { json in
            json.object { json in
                json.member("a", 1)
                json.name("b")
                json.array { json in
                    json.null()
                    json.bool(true)
                    json.object { _ in }
                    json.array { _ in }
                    json.object { $0.member("c", false) }
                }
                json.member("d", "x")
                json.member("e", nil as String?)
                json.member("f", ["1", "2"])
            }
        }
        #expect(result == #"{"a":1,"b":[null,true,{},[],{"c":false}],"d":"x","e":null,"f":["1","2"]}"#)
    }

    /// What needs an escape, at every place of strings around the size of the blocks that are copied at once.
    @Test(arguments: ["\"", "\\", "\n", "\u{1F}", "\u{7F}", "é\n", "\"\"\n"]) func escapesAtEveryPlace(_ found: String)
        throws
    {
        for size in [0, 1, 7, 8, 31, 32, 33, 63, 64, 65, 1_023, 1_024, 1_056] {
            for place in Set([0, 1, size / 2, size - 33, size - 32, size - 1, size]) where 0...size ~= place {
                var text = String(repeating: "x", count: size)
                text.insert(contentsOf: found, at: text.index(text.startIndex, offsetBy: place))
                #expect(try readBack(Array(text.utf8)) == text)
            }
        }
    }

    /// Lines with CRLF and LF, and all that lines may hold besides, at every place of texts around the size of the blocks of 16 and 64.
    @Test(arguments: [
        "\r\n", "\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n", "\"\r\n", "\r\n\\", "\t\r\n", "\u{1}", "\u{7F}", "é",
    ])
    func writesLines(_ found: String) throws {
        for size in [0, 1, 15, 16, 17, 63, 64, 65, 66, 128, 129, 130, 1_023, 1_024, 1_090] {
            for place in 0...min(size, 140) {
                var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: size)
                bytes.insert(contentsOf: found.utf8, at: place)
                var json = JSONWriter()
                json.string(lines: bytes, 0..<bytes.count)
                let lines = String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
                #expect(try JSONDecoder().decode(String.self, from: Data(json.bytes)) == lines)
            }
        }
    }

    /// Long runs are escaped piece by piece: CRLF at the border of pieces is one line end, a character is whole, and the count is right.
    /// The units have lengths that put every byte of them at a border.
    @Test(arguments: ["\"\tabc\\d\r\n", "\u{E9}\"\u{20AC}x\r\n", "\u{1F600}\n"])
    func writesLongRunsOfLines(_ unit: String) throws {
        let line = Array(unit.utf8)
        for lead in 1...2 {
            var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: lead)
            while bytes.count < JSONWriter.longText + 200_000 { bytes += line }
            bytes += Array("\nend".utf8)
            var json = JSONWriter()
            json.string(lines: bytes, 1..<bytes.count)
            var written: [UInt8] = []
            json.text.write { (span: Span<UInt8>) in for index in span.indices { written.append(span[index]) } }
            #expect(json.text.count == written.count)
            let lines = String(decoding: bytes[1...], as: UTF8.self).replacing("\r\n", with: "\n")
            #expect(try JSONDecoder().decode(String.self, from: Data(written)) == lines)
        }
    }

    /// What is no UTF-8 is found wherever it stands between blocks of ASCII, cut by one as well.
    @Test(arguments: ["\u{E9}", "\u{20AC}", "\u{1F600}", "\u{10FFFF}\u{E9}x\u{20AC}"])
    func findsWhatIsNoUTF8(_ found: String) throws {
        let whole = Array(found.utf8)
        for place in 0...35 {
            for after in [0, 1, 15, 16, 17, 40] {
                for cut in 0..<whole.count {
                    var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: place) + whole[cut...]
                    bytes += [UInt8](repeating: UInt8(ascii: "y"), count: after) + whole[..<cut]
                    #expect(try readBack(bytes) == String(decoding: bytes, as: UTF8.self))
                }
            }
        }
    }

    @Test func indents() {
        let result = text(pretty: true) { json in
            json.object { json in
                json.member("a", 1)
                json.name("b")
                json.array { json in
                    json.number(2)
                    json.array { _ in }
                    json.object { $0.member("c", 3) }
                }
            }
            json.endLine()
        }
        #expect(
            result == """
                {
                  "a": 1,
                  "b": [
                    2,
                    [],
                    {
                      "c": 3
                    }
                  ]
                }

                """)
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12345, -1, -10, Int.max, Int.min])
    func writesNumbers(_ number: Int) {
        #expect(text { $0.number(number) } == String(number))
    }

    @Test func escapesEveryControl() throws {
        for byte in UInt8(1)...0x7F {
            #expect(try readBack([byte]) == String(UnicodeScalar(byte)))
        }
        #expect(text { $0.string("\u{1}\n\r\t\"\\/\u{7F}") } == "\"\\u0001\\n\\r\\t\\\"\\\\/\u{7F}\"")
    }

    /// Escapes at every position around the blocks of sixteen that the scanner takes at once.
    @Test(arguments: [UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x0A, 0x1F])
    func escapesAtEveryPosition(_ byte: UInt8) throws {
        for count in 1...50 {
            for position in 0..<count {
                var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: count)
                bytes[position] = byte
                #expect(try readBack(bytes) == String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    @Test func keepsUTF8() throws {
        let words = "grün 漢字 😀 \u{2028}\u{FEFF}\u{10FFFF}"
        #expect(try readBack(Array(words.utf8)) == words)
        #expect(text { $0.string(words) } == "\"\(words)\"")
    }

    /// Lone continuation, overlong, surrogate, beyond U+10FFFF, cut off: all become U+FFFD.
    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF, 0xFE],
        ] as [[UInt8]])
    func replacesWhatIsNotUTF8(_ bytes: [UInt8]) throws {
        let result = try readBack([UInt8(ascii: "a")] + bytes + [UInt8(ascii: "\""), UInt8(ascii: "z")])
        #expect(result.hasPrefix("a\u{FFFD}"))
        #expect(result.hasSuffix("\"z"))
        #expect(!result.dropFirst().dropLast(2).contains { $0 != "\u{FFFD}" })
    }

    @Test func writesNulAsReplacement() throws {
        #expect(try readBack([0x61, 0, 0x62]) == "a\u{FFFD}b")
    }

    @Test func writesNamesOfAnyKind() throws {
        let name = Array("x\"\n\u{FFFF}ü".utf8) + [0xFF]
        var json = JSONWriter()
        json.object { json in
            json.name(name.span)
            json.null()
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
        #expect(Array(object.keys) == ["x\"\n\u{FFFF}ü\u{FFFD}"])
    }

    /// Against Foundation's encoder, at every length around the groups of three.
    @Test func writesBase64() throws {
        var generator = SystemRandomNumberGenerator()
        for count in 0...100 {
            let data = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var json = JSONWriter()
            json.base64(data, 0..<count)
            #expect(json.bytes == Array("\"\(Data(data).base64EncodedString())\"".utf8))
        }
    }

    /// Long content is made on the way out, between what was written before and after it, where numbers were filled in as well.
    @Test(arguments: [1, 1_000_000])
    func writesLongBase64OnTheWayOut(_ estimate: Int) throws {
        let data = (0..<400_001).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        var json = JSONWriter()
        json.object { json in
            json.name("size")
            let place = json.place(estimate)
            for (name, run) in [("a", 0..<100_000), ("b", 7..<400_001)] as [(StaticString, Range<Int>)] {
                json.name(name)
                json.base64(data, run)
            }
            json.fill(place, 4711)
            json.member("end", true)
        }
        #expect(json.bytes.count < 100)
        let text = json.text
        var written: [UInt8] = []
        text.write { bytes in
            for index in bytes.indices { written.append(bytes[index]) }
        }
        #expect(text.count == written.count)
        let (a, b) = (Data(data[..<100_000]).base64EncodedString(), Data(data[7...]).base64EncodedString())
        #expect(
            String(decoding: written, as: UTF8.self)
                == "{\"size\":4711,\"a\":\"\(a)\",\"b\":\"\(b)\",\"end\":true}")
        json.clear(keeping: 1000)
        #expect(json.text.count == 0)
    }

    /// A long text is escaped on the way out, in pieces that part no character; what is no UTF-8 is replaced at once.
    @Test(arguments: [[], [0xFF]] as [[UInt8]])
    func writesLongTextsOnTheWayOut(_ end: [UInt8]) {
        let piece = Array("\"grün\n\u{0}\u{1}€😀\\".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 37)
        let long = [UInt8]((0..<30_000).flatMap { _ in piece }) + end
        var expected = JSONWriter()
        expected.string(long.span)
        var json = JSONWriter()
        json.string(long)
        #expect(json.bytes.count == (end.isEmpty ? 2 : expected.bytes.count))
        var written: [UInt8] = []
        json.text.write { bytes in
            for index in bytes.indices { written.append(bytes[index]) }
        }
        #expect(written == expected.bytes)
        #expect(json.text.count == written.count)
    }

    @Test func escapesWhatIsAppended() throws {
        var json = JSONWriter()
        json.object { json in
            json.name("a")
            json.string { $0 += "plain".utf8 }
            json.name("b")
            json.string { $0 += Array("new\n\"line\"".utf8) + [0xFF, 0] }
            json.name("c")
            json.stringOrNull { bytes in
                bytes += "dropped".utf8
                return false
            }
            json.memberIfPresent("d") { bytes in
                bytes += "dropped".utf8
                return false
            }
            json.memberIfPresent("e") { bytes in
                bytes += "kept".utf8
                return true
            }
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"a":"plain","b":"new\n\"line\"\#u{FFFD}\#u{FFFD}","c":null,"e":"kept"}"#)
    }

    /// Long texts are escaped in place; the result is the same.
    @Test func escapesLongTextsInPlace() throws {
        let piece = Array("a\"b\\c\n\u{1}grün\u{0}".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 37)
        let long = [UInt8]((0..<30_000).flatMap { _ in piece })
        var expected = JSONWriter()
        expected.string(long.span)
        var json = JSONWriter()
        json.string { $0 += long }
        #expect(json.bytes == expected.bytes)
    }

    /// A member that is left out leaves no comma, first or last.
    @Test(arguments: [false, true])
    func leavesOutMembers(_ pretty: Bool) {
        let result = text(pretty: pretty) { json in
            json.object { json in
                json.memberIfPresent("a") { _ in false }
                json.memberIfPresent("b") { _ in true }
                json.memberIfPresent("c") { _ in false }
            }
        }
        #expect(result == (pretty ? "{\n  \"b\": \"\"\n}" : #"{"b":""}"#))
    }

    @Test(arguments: [(10, 99), (10, 9), (9, 100_000), (0, 0)])
    func fillsNumbersIn(_ estimate: Int, _ value: Int) {
        let result = text { json in
            json.array { json in
                let place = json.place(estimate)
                json.string("after")
                json.fill(place, value)
            }
        }
        #expect(result == "[\(value),\"after\"]")
    }

    @Test func startsAnew() {
        let result = text { json in
            json.beginArray()
            json.number(1)
            json.clear(keeping: 1 << 20)
            json.object { $0.member("a", 1) }
            json.endLine()
            json.object { $0.member("b", 2) }
        }
        #expect(result == "{\"a\":1}\n{\"b\":2}")
    }
}
