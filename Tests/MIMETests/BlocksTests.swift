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
            #expect(bytes.span.firstPair(.lf, in: 0..<end) { $0 ^ UInt8(ascii: "b") } == place)
            #expect(bytes.span.firstPair(.lf, in: 0..<place + 1) { $0 ^ UInt8(ascii: "b") } == place + 1)
            #expect(bytes.span.firstPair(.lf, in: place + 1..<end) { $0 ^ UInt8(ascii: "b") } == end)
            #expect(bytes.span.firstPair(.lf, in: 0..<end) { $0 ^ UInt8(ascii: "c") } == end)
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
}
