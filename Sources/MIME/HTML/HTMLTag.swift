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

/// The names in an open hash table that is never more than a quarter full: about one comparison a lookup.
struct HTMLTagTable {
    private struct Slot {
        var key: UInt64 = 0
        var tag = HTMLTag.unknown
    }
    private var slots = [Slot](repeating: Slot(), count: 512)

    init() {
        for tag in HTMLTag.allCases where tag != .unknown && tag != .removed {
            let name = tag.stringValue.utf8.span
            let key = name.key(0..<name.count)
            var index = Self.index(key)
            while slots[index].tag != .unknown { index = (index + 1) & 511 }
            slots[index] = Slot(key: key, tag: tag)
        }
    }

    static let shared = HTMLTagTable()

    private static func index(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 55)
    }

    /// The tag that the token names.
    @inline(__always)
    func tag(_ input: Span<UInt8>, _ token: HTMLTagToken) -> HTMLTag {
        var index = Self.index(token.key)
        while slots[index].tag != .unknown {
            if slots[index].key == token.key {
                let tag = slots[index].tag
                return token.name.count < 8 || input.equals(token.name, tag.stringValue) ? tag : .unknown
            }
            index = (index &+ 1) & 511
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
