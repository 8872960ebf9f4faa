import Testing

@testable import MIME

/// What is done in blocks, with what it looks for at every place of texts around the size of a block and of two.
struct BlocksTests {
    /// Letters, and `found` in them at a place.
    private func text(_ count: Int, _ found: String, at place: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: count)
        bytes.insert(contentsOf: found.utf8, at: place)
        return bytes
    }

    private static let sizes = [0, 1, 7, 8, 30, 31, 32, 33, 62, 63, 64, 65, 70]

    @Test(arguments: sizes) func findsPairs(_ size: Int) {
        for place in 0...size {
            let bytes = text(size, "\nb", at: place)
            let end = bytes.count
            #expect(bytes.span.firstPair(.lf, in: 0..<end) { $0 .== .all(UInt8(ascii: "b")) } == place)
            #expect(bytes.span.firstPair(.lf, in: 0..<place + 1) { $0 .== .all(UInt8(ascii: "b")) } == place + 1)
            #expect(bytes.span.firstPair(.lf, in: place + 1..<end) { $0 .== .all(UInt8(ascii: "b")) } == end)
            #expect(bytes.span.firstPair(.lf, in: 0..<end) { $0 .== .all(UInt8(ascii: "c")) } == end)
        }
    }

    /// What stands in a text, and what becomes of it.
    @Test(arguments: [
        ("\r\n", "\n"), ("\n", "\n"), ("\t", "\t"), ("\r", "\r"), ("é漢😀", "é漢😀"), ("\u{1}", "\u{1}"),
        ("\0", "\u{FFFD}"),
    ])
    func decodesText(_ found: String, _ result: String) {
        for size in Self.sizes {
            for place in 0...size {
                var output: [UInt8] = []
                var damage = TextDamage()
                output.appendText(text(size, found, at: place).span, .body, &damage)
                #expect(output == text(size, result, at: place))
            }
        }
    }

    @Test(arguments: [
        ("=3D", "="), ("=\r\n", ""), ("\r\n", "\r\n"), (" \t\r\n", "\r\n"), ("\t\n", "\n"), (" =20\n", "  \n"),
        ("=xy", "=xy"),
        ("= \r\n\r\n", "\r\n"),
    ])
    func decodesQuotedPrintable(_ found: String, _ result: String) {
        for size in Self.sizes {
            for place in 0...size {
                var output: [UInt8] = []
                _ = QuotedPrintable.decode(text(size, found, at: place).span, to: &output)
                #expect(output == text(size, result, at: place))
            }
        }
    }

    /// What one look tells of a text, wherever that stands in it.
    @Test(arguments: [
        ("\r\n", true, false), ("\n", true, false), ("\t", true, false), ("\u{7F}", true, false), ("\r", false, false),
        ("\0", false, false), ("é", true, false), ("\n>", true, true), ("\r\n-", true, true),
        ("\r\n\r>", false, false),
    ])
    func looksAtText(_ found: String, _ isLines: Bool, _ hasMarks: Bool) {
        for size in Self.sizes + [127, 128, 129, 140] {
            for place in 0...size {
                let traits = TextTraits(text(size, found, at: place).span)
                #expect(traits.isLines == isLines)
                #expect(traits.isASCII == (found != "é"))
                #expect(traits.hasMarks == hasMarks)
                #expect(!traits.hasBegin)
            }
        }
    }

    @Test func looksForBegin() {
        for size in Self.sizes + [127, 128, 129, 140] {
            for place in 0...size {
                let begin = TextTraits(text(size, "\nbeGin 644 x", at: place).span)
                #expect(begin.hasBegin)
                let other = TextTraits(text(size, "\nbut", at: place).span)
                #expect(!other.hasBegin || place + 1 >= (size + 4 - 3) / 64 * 64)
            }
        }
        let (file, dash, empty) = (traits("begin 644 x\n"), traits("- \n"), traits(""))
        #expect(file.hasBegin)
        #expect(dash.hasMarks)
        #expect(!empty.hasMarks && !empty.hasBegin)
    }

    private func traits(_ text: String) -> TextTraits {
        let bytes = Array(text.utf8)
        return TextTraits(bytes.span)
    }
}
