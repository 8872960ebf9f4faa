import Testing

@testable import MIME

/// The preview beside a slow one that knows nothing of blocks.
struct PreviewTests {
    private func preview(_ text: String) -> String {
        MIMETests.text { Preview.append(Array(text.utf8).span, to: &$0) }
    }

    /// Words, white space folded, no more characters than there may be, and none that is cut off from its space.
    private func slowPreview(_ text: String) -> String {
        var scalars: [Unicode.Scalar] = []
        var isSpacePending = false
        for scalar in text.unicodeScalars {
            if "\u{20}\u{9}\u{A}\u{B}\u{C}\u{D}\u{A0}".unicodeScalars.contains(scalar) {
                isSpacePending = !scalars.isEmpty
                continue
            }
            if scalars.count + (isSpacePending ? 2 : 1) > Preview.length { break }
            if isSpacePending { scalars.append(" ") }
            isSpacePending = false
            scalars.append(scalar)
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test(arguments: ["", " ", "  ", "\r\n", "\t", "\u{A0}", "é", "😀", "\u{7F}", " é", "\u{1}", " \u{7F} "])
    func foldsAtEveryPlace(_ found: String) {
        for word in [1, 2, 3, 5, 15, 16, 17, 300] {
            let words = String(repeating: String(repeating: "x", count: word) + " ", count: 280 / word + 1)
            for place in [0, 1, 14, 15, 16, 17, 31, 32, 33, 100, 238, 239, 240, 241, 253, 254, 255, 256, 257]
            where place <= words.utf8.count {
                var text = words
                text.insert(contentsOf: found, at: text.utf8.index(text.startIndex, offsetBy: place))
                #expect(preview(text) == slowPreview(text))
                let prefix = String(text.unicodeScalars.prefix(place + 1))
                #expect(preview(prefix) == slowPreview(prefix))
            }
        }
    }
}
