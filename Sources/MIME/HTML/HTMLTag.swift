/// The elements that parsing or layout treats specially. The others are `unknown`: inline, told apart by a hash of the name.
/// As a `CodingKey` each knows its name; reflection would take a millisecond for all of them.
enum HTMLTag: Int, CaseIterable, CodingKey {
    case unknown, removed
    case a, b, big, code, em, font, i, nobr, s, small, strike, strong, tt, u
    case address, article, aside, blockquote, center, details, dialog, dir, div, dl, fieldset, figcaption, figure,
        footer
    case header, hgroup, main, menu, nav, ol, p, search, section, summary, ul
    case h1, h2, h3, h4, h5, h6
    case pre, listing, form, li, dd, dt, plaintext, table, hr, xmp
    case button, applet, marquee, object, select, option, optgroup, datalist, textarea, input, legend
    case caption, colgroup, col, tbody, thead, tfoot, tr, td, th
    case area, base, basefont, bgsound, br, embed, img, image, keygen, link, meta, param, source, track, wbr, frame
    case html, head, body, title, style, script, noscript, template, noframes, noembed, iframe, frameset
    case q, sup, svg, math, foreignobject, span

}

/// Up to 16 bytes of a name as a number.
private struct NameKey: Equatable {
    var low: UInt64 = 0
    var high: UInt64 = 0

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        high = high << 8 | low >> 56
        low = low << 8 | UInt64(byte)
    }

    @inline(__always) var hash: Int {
        Int(truncatingIfNeeded: ((low ^ high &* 31) &* 0x9E37_79B9_7F4A_7C15) >> 55)
    }
}

/// The names in an open hash table that is never more than a quarter full: about one comparison a lookup.
struct HTMLTagTable {
    private var keys = [NameKey](repeating: NameKey(), count: 512)
    private var tags = [HTMLTag](repeating: .unknown, count: 512)

    init() {
        for tag in HTMLTag.allCases where tag != .unknown && tag != .removed {
            var key = NameKey()
            for byte in tag.stringValue.utf8 { key.add(byte) }
            var slot = key.hash
            while tags[slot] != .unknown { slot = (slot + 1) & 511 }
            keys[slot] = key
            tags[slot] = tag
        }
    }

    static let shared = HTMLTagTable()

    /// The tag that the bytes name, ASCII case aside.
    @inline(__always)
    func tag(_ input: Span<UInt8>, _ name: Range<Int>) -> HTMLTag {
        guard name.count <= 16 else { return .unknown }
        var key = NameKey()
        for i in name { key.add(input[i].lowered) }
        return find(key)
    }

    @inline(__always)
    private func find(_ key: NameKey) -> HTMLTag {
        var slot = key.hash
        while tags[slot] != .unknown {
            if keys[slot] == key { return tags[slot] }
            slot = (slot + 1) & 511
        }
        return .unknown
    }
}

extension HTMLTag {
    /// The formatting category (§13.2.4.2).
    var isFormatting: Bool { HTMLTag.a.rawValue...HTMLTag.u.rawValue ~= rawValue }
    /// Blocks that end an open paragraph and whose end tags close what is open within them.
    var isPlainBlock: Bool { HTMLTag.address.rawValue...HTMLTag.ul.rawValue ~= rawValue && self != .p }
    var isHeading: Bool { HTMLTag.h1.rawValue...HTMLTag.h6.rawValue ~= rawValue }
    var isTableStructure: Bool { HTMLTag.caption.rawValue...HTMLTag.th.rawValue ~= rawValue }
    /// Void elements: no end tag, no content.
    var isVoid: Bool {
        HTMLTag.area.rawValue...HTMLTag.frame.rawValue ~= rawValue || self == .hr || self == .input || self == .col
    }
    /// Elements whose text is foster parented when it stands in them directly (§13.2.6.4.9).
    var isTableContext: Bool {
        switch self {
        case .table, .tbody, .thead, .tfoot, .tr: true
        default: false
        }
    }
    /// What bounds the search for an open element: the markers of "in scope" (§13.2.4.2), SVG's and MathML's kept to one.
    var isScope: Bool {
        switch self {
        case .applet, .caption, .table, .td, .th, .marquee, .object, .template, .foreignobject: true
        default: false
        }
    }
    /// The special category (§13.2.4.2).
    var isSpecial: Bool {
        switch self {
        case .unknown, .removed, .option, .optgroup, .datalist, .legend, .dialog, .q, .sup, .svg, .math, .span, .image:
            false
        default: !isFormatting
        }
    }
    /// Special elements across which an end of `li`, `dd` and `dt` is not implied.
    var isItemBarrier: Bool { isSpecial && self != .address && self != .div && self != .p }
    /// Start tags that end SVG and MathML (§13.2.6.5).
    var leavesForeignContent: Bool {
        switch self {
        case .b, .big, .blockquote, .body, .br, .center, .code, .dd, .div, .dl, .dt, .em, .embed, .h1, .h2, .h3, .h4,
            .h5,
            .h6, .head, .hr, .i, .img, .li, .listing, .menu, .meta, .nobr, .ol, .p, .pre, .s, .small, .span, .strong,
            .strike, .sup, .table, .tt, .u, .ul:
            true
        default: false
        }
    }
}
