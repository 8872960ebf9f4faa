/// What an HTML text says of its own charset: `<meta charset=…>` or `<meta … content="…; charset=…">` in its first 1,024 bytes, as
/// browsers look for it (WHATWG HTML §13.2.3.2, simplified).
enum MetaCharset {
    /// The charset; nil when it says none that is known.
    static func find(_ html: Span<UInt8>) -> Charset? {
        let end = min(html.count, 1024)
        var i = 0
        while let start = html.firstIndex(of: UInt8(ascii: "<"), in: i..<end) {
            i = start + 1
            guard html.starts(i..<end, with: "meta") else { continue }
            let close = html.firstIndex(of: UInt8(ascii: ">"), in: i..<end) ?? end
            if let charset = charset(html, i + 4..<max(close, i + 4)) { return charset }
        }
        return nil
    }

    private static func charset(_ html: Span<UInt8>, _ tag: Range<Int>) -> Charset? {
        var i = tag.lowerBound
        while i < tag.upperBound {
            guard html.starts(i..<tag.upperBound, with: "charset") else {
                i += 1
                continue
            }
            i = html.skipFWS(i + 7, tag.upperBound)
            guard i < tag.upperBound, html[i] == UInt8(ascii: "=") else { continue }
            i = html.skipFWS(i + 1, tag.upperBound)
            while i < tag.upperBound, html[i] == UInt8(ascii: "\"") || html[i] == UInt8(ascii: "'") { i += 1 }
            let start = i
            while i < tag.upperBound, html[i].isAlpha || html[i].isDigit || "-_.:".utf8.contains(html[i]) { i += 1 }
            guard let found = Charset(label: html, start..<i) else { continue }
            // A page whose <meta> could be read as ASCII is not in UTF-16, whatever it says.
            if case .iconv(let name) = found.decoder, name.hasPrefix("UTF-16") { return Charset(decoder: .utf8) }
            return found
        }
        return nil
    }
}
