/// What the `style` attribute says as far as text is concerned.
struct HTMLStyle {
    enum Display { case none, inline, block, other }
    enum WhiteSpace: UInt8 {
        case normal, pre, preLine
        /// Word's list markers: no-break spaces, which only align them, collapse as well.
        case marker
    }

    var display: Display?
    var whiteSpace: WhiteSpace?
    /// The text is too small to be read (one pixel or less), or is not, when the style says a size.
    var isTiny: Bool?
    var noMarginBefore = false
    var noMarginAfter = false
    var noMarker = false
    private var displayIsImportant = false
    private var invisible = false
    private var transparent = false
    private var clips = false
    private var hiddenInWord = false
    private var zeroHeight = false
    private var zeroWidth = false

    /// Whether the element is left out. `mso-hide: all` alone hides from Word, and so often marks what all others are to see: it only
    /// confirms a size of zero.
    var hides: Bool {
        display == HTMLStyle.Display.none || invisible || transparent
            || ((zeroHeight || zeroWidth) && clips) || (zeroHeight && hiddenInWord)
    }

    init() {}

    /// Reads the declarations in a range. What it does not know is passed over.
    init(_ css: Span<UInt8>, _ range: Range<Int>) {
        let semicolon = UInt8(ascii: ";")
        var i = range.lowerBound
        while i < range.upperBound {
            while i < range.upperBound, css[i].isHTMLSpace || css[i] == semicolon { i += 1 }
            let end = css.firstIndex(of: semicolon, in: i..<range.upperBound) ?? range.upperBound
            if let colon = css.firstIndex(of: UInt8(ascii: ":"), in: i..<end),
                let property = CSSProperty(css, css.trimmed(i..<colon))
            {
                declare(property, css, css.trimmed(colon + 1..<end))
            }
            i = end
        }
    }

    private mutating func declare(_ property: CSSProperty, _ css: Span<UInt8>, _ declared: Range<Int>) {
        let mark = css.firstIndex(of: UInt8(ascii: "!"), in: declared)
        let value = css.trimmed(declared.lowerBound..<(mark ?? declared.upperBound))
        switch property {
        case .display: setDisplay(css, value, important: mark != nil)
        case .visibility:
            let keyword = CSSKeyword(css, value)
            invisible = keyword == .hidden || keyword == .collapse
        case .opacity: transparent = Length(css, value)?.isZero ?? false
        case .overflow, .overflowY: clips = CSSKeyword(css, value) == .hidden
        case .height, .maxHeight: zeroHeight = Length(css, value)?.isTiny ?? false
        case .width, .maxWidth: zeroWidth = Length(css, value)?.isZero ?? false
        case .whiteSpace: setWhiteSpace(css, value)
        case .fontSize, .font: setFontSize(css, value)
        case .listStyle, .listStyleType: noMarker = css.starts(value, with: "none")
        case .margin: setMargin(css, value)
        case .marginTop: noMarginBefore = Length(css, value)?.isZero ?? false
        case .marginBottom: noMarginAfter = Length(css, value)?.isZero ?? false
        case .msoHide: hiddenInWord = CSSKeyword(css, value) == .all
        case .msoList: if CSSKeyword(css, value) == .ignore { whiteSpace = .marker }
        }
    }

    private mutating func setDisplay(_ css: Span<UInt8>, _ value: Range<Int>, important: Bool) {
        if displayIsImportant && !important { return }
        displayIsImportant = important
        switch CSSKeyword(css, value) {
        case .some(.none): display = Display.none
        case .inline, .contents: display = .inline
        case .block: display = .block
        default: display = .other
        }
    }

    private mutating func setWhiteSpace(_ css: Span<UInt8>, _ value: Range<Int>) {
        switch CSSKeyword(css, value) {
        case .pre, .preWrap: whiteSpace = .pre
        case .preLine: whiteSpace = .preLine
        case .normal, .nowrap: whiteSpace = .normal
        default: if css.equals(value, "break-spaces") { whiteSpace = .pre }
        }
    }

    /// A multiple of nothing is nothing: only an absolute size makes tiny text readable again.
    private mutating func setFontSize(_ css: Span<UInt8>, _ value: Range<Int>) {
        guard let length = Length(css, value) else {
            if CSSKeyword(css, value) != .inherit { isTiny = false }
            return
        }
        if length.isTiny { isTiny = true } else if !length.isRelative { isTiny = false }
    }

    /// One value for all sides, or top first and bottom third.
    private mutating func setMargin(_ css: Span<UInt8>, _ value: Range<Int>) {
        var i = value.lowerBound
        for side in 0..<3 {
            while i < value.upperBound, css[i].isHTMLSpace { i += 1 }
            let start = i
            while i < value.upperBound, !css[i].isHTMLSpace { i += 1 }
            guard i > start else { return }
            let isZero = Length(css, start..<i)?.isZero ?? false
            if side == 0 { noMarginBefore = isZero }
            if side != 1 { noMarginAfter = isZero }
        }
    }
}

/// A length of CSS, as far as it matters whether it is nothing.
private struct Length {
    /// The bytes of units.
    private static let em: UInt64 = 0x656D
    private static let px: UInt64 = 0x7078
    private static let pt: UInt64 = 0x7074

    let isZero: Bool
    /// At most one pixel or point.
    let isTiny: Bool
    let isRelative: Bool

    /// nil when the value does not begin with a number.
    init?(_ css: Span<UInt8>, _ value: Range<Int>) {
        var i = value.lowerBound
        var whole = 0
        var fraction = false
        var digits = 0
        var afterPoint = false
        while i < value.upperBound, css[i].isDigit || (css[i] == UInt8(ascii: ".") && !afterPoint) {
            if css[i] == UInt8(ascii: ".") {
                afterPoint = true
            } else {
                digits += 1
                if !afterPoint { whole = min(1_000_000, whole * 10 + Int(css[i] - 0x30)) }
                if afterPoint, css[i] != UInt8(ascii: "0") { fraction = true }
            }
            i += 1
        }
        guard digits > 0 else { return nil }
        let unit = i..<value.upperBound
        isZero = whole == 0 && !fraction
        let key = unit.count > 2 ? 0 : css.key(unit)
        isRelative = key == Self.em || key == UInt64(UInt8(ascii: "%"))
        let isSmall = whole == 0 || (whole == 1 && !fraction)
        isTiny = isZero || isSmall && (unit.isEmpty || key == Self.px || key == Self.pt)
    }
}
