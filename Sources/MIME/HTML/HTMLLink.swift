import Bytes

/// The URLs of links, as they are shown.
enum HTMLLink {
    /// Schemes of what is no place outside of the page.
    private static let nowhere = ["javascript", "vbscript", "data", "cid", "blob", "about", "mid"]
    /// What people leave out of a URL.
    private static let prefixes = ["http://", "https://", "mailto:", "tel:"]

    /// Appends the URL of an `href`, made absolute; nothing when it leads nowhere outside of the page: a fragment, a script, data, a
    /// relative URL without a base. White space and angle brackets are percent-encoded, so that `<url>` can be told from the text.
    static func append(_ href: Span<UInt8>, base: Span<UInt8>, to output: inout [UInt8]) {
        let url = href.trimmed(0..<href.count)
        guard !url.isEmpty, href[url.lowerBound] != UInt8(ascii: "#") else { return }
        if let colon = schemeEnd(href, url) {
            guard leadsSomewhere(href, url, colon) else { return }
        } else if !appendBase(of: href, url, base, to: &output) {
            return
        }
        var i = url.lowerBound
        while i < url.upperBound {
            let start = i
            i = endOfPlain(href, i..<url.upperBound)
            output.append(href.extracting(start..<i))
            if i < url.upperBound { append(href[i], to: &output) }
            i += 1
        }
    }

    /// Where the bytes end that stand in a URL as they are.
    private static func endOfPlain(_ href: Span<UInt8>, _ range: Range<Int>) -> Int {
        var i = range.lowerBound
        while range.upperBound &- i >= 8 {
            let word = href.word(i)
            // "<" and ">" differ in one bit.
            let others =
                Words.below(0x21, word) | Words.zeros(word ^ Words.all(0x7F))
                | Words.zeros((word | Words.all(2)) ^ Words.all(UInt8(ascii: ">")))
            if others != 0 { return i &+ others.trailingZeroBitCount / 8 }
            i &+= 8
        }
        while i < range.upperBound, isPlain(href[i]) { i += 1 }
        return i
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
    }

    /// Whether `append` would append the URL without any change: the usual case, in which it need not be copied.
    static func isShownAsItIs(_ href: Span<UInt8>, _ url: Range<Int>) -> Bool {
        guard !url.isEmpty, let colon = schemeEnd(href, url), leadsSomewhere(href, url, colon) else { return false }
        var i = colon
        while url.upperBound &- i >= 16 {
            let block = href.block(i)
            let others =
                (block .== .all(0x7F)) .| (block .== .all(UInt8(ascii: "<"))) .| (block .== .all(UInt8(ascii: ">")))
            if (others .| (block .<= .all(0x20))).isSet { return false }
            i &+= 16
        }
        while i < url.upperBound, href[i] < 0x80, isPlain(href[i]) { i += 1 }
        return i == url.upperBound
    }

    private static func leadsSomewhere(_ href: Span<UInt8>, _ url: Range<Int>, _ colon: Int) -> Bool {
        let scheme = url.lowerBound..<colon
        if !isWeb(href.key(scheme)), nowhere.contains(where: { href.equals(scheme, $0) }) { return false }
        return colon + 1 < url.upperBound
    }

    /// "http" and "https", the usual ones.
    private static func isWeb(_ key: UInt64) -> Bool { key == 0x6874_7470 || key == 0x68_7474_7073 }

    /// The index of the colon after a scheme.
    private static func schemeEnd(_ href: Span<UInt8>, _ url: Range<Int>) -> Int? {
        guard href[url.lowerBound].isAlpha else { return nil }
        for i in url {
            let byte = href[i]
            if byte == UInt8(ascii: ":") { return i }
            let other = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            guard byte.isAlpha || byte.isDigit || other else { return nil }
        }
        return nil
    }

    /// Appends as much of the base as stands before a relative URL; false without a base.
    private static func appendBase(
        of href: Span<UInt8>, _ url: Range<Int>, _ base: Span<UInt8>, to output: inout [UInt8]
    ) -> Bool {
        guard let colon = base.firstIndex(of: UInt8(ascii: ":"), in: 0..<base.count) else {
            guard href.starts(url, with: "//") else { return false }
            output.append("https:".utf8.span)
            return true
        }
        var end = base.count
        if href.starts(url, with: "//") {
            end = colon + 1
        } else {
            let host = colon + 3
            guard host < base.count else { return false }
            let root = base.firstIndex(of: UInt8(ascii: "/"), in: host..<base.count) ?? base.count
            end = root
            if href[url.lowerBound] != UInt8(ascii: "/") {
                for i in root..<base.count where base[i] == UInt8(ascii: "/") { end = i + 1 }
                if end == root { end = base.count }
            }
        }
        output.append(base.extracting(0..<end))
        return true
    }

    /// Appends a byte that may not stand in a URL: line ends and tabs go, as the URL standard says.
    private static func append(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case .tab, .lf, .cr: break
        default:
            let digits = "0123456789ABCDEF".utf8.span
            output.append(UInt8(ascii: "%"))
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 0xF)])
        }
    }

    /// Whether the text of a link says its URL already: as it is, or without `http://`, `https://`, `mailto:`, `tel:` and a last slash.
    static func says(_ text: Span<UInt8>, _ url: Span<UInt8>) -> Bool {
        let words = withoutSlash(text, text.trimmed(0..<text.count))
        let whole = withoutSlash(url, 0..<url.count)
        // What is left out has at most eight letters.
        guard words.count <= whole.count, words.count + 8 >= whole.count else { return false }
        if same(text, words, url, whole) { return true }
        for prefix in prefixes where url.starts(whole, with: prefix) {
            return same(text, words, url, whole.lowerBound + prefix.utf8.count..<whole.upperBound)
        }
        return false
    }

    private static func withoutSlash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        range.last.map { bytes[$0] == UInt8(ascii: "/") } == true ? range.dropLast() : range
    }

    private static func same(_ a: Span<UInt8>, _ aRange: Range<Int>, _ b: Span<UInt8>, _ bRange: Range<Int>) -> Bool {
        guard aRange.count == bRange.count else { return false }
        for i in 0..<aRange.count where a[aRange.lowerBound + i].lowered != b[bRange.lowerBound + i].lowered {
            return false
        }
        return true
    }
}
