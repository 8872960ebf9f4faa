/// What the `style` attribute says as far as text is concerned.
struct HTMLStyle {
    enum Display { case none, inline, block, other }
    enum WhiteSpace: UInt8 { case normal, pre, preLine }

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

    /// Reads declarations. What it does not know is passed over.
    init(_ css: Span<UInt8>) {
        var i = 0
        while i < css.count {
            let end = css.firstIndex(of: UInt8(ascii: ";"), in: i..<css.count) ?? css.count
            if let colon = css.firstIndex(of: UInt8(ascii: ":"), in: i..<end) {
                declare(css, css.trimmed(i..<colon), css.trimmed(colon + 1..<end))
            }
            i = end + 1
        }
    }

    private mutating func declare(_ css: Span<UInt8>, _ name: Range<Int>, _ declared: Range<Int>) {
        guard !name.isEmpty else { return }
        let mark = css.firstIndex(of: UInt8(ascii: "!"), in: declared)
        let value = css.trimmed(declared.lowerBound..<(mark ?? declared.upperBound))
        func named(_ property: String) -> Bool { css.equals(name, property) }
        switch css[name.lowerBound].lowered {
        case UInt8(ascii: "d") where named("display"): setDisplay(css, value, important: mark != nil)
        case UInt8(ascii: "v") where named("visibility"):
            invisible = css.equals(value, "hidden") || css.equals(value, "collapse")
        case UInt8(ascii: "o") where named("opacity"): transparent = Length(css, value)?.isZero ?? false
        case UInt8(ascii: "o") where named("overflow") || named("overflow-y"): clips = css.equals(value, "hidden")
        case UInt8(ascii: "h") where named("height"): zeroHeight = Length(css, value)?.isTiny ?? false
        case UInt8(ascii: "m"): declareM(css, name, value)
        case UInt8(ascii: "w") where named("width"): zeroWidth = Length(css, value)?.isZero ?? false
        case UInt8(ascii: "w") where named("white-space"): setWhiteSpace(css, value)
        case UInt8(ascii: "f") where named("font-size") || named("font"): setFontSize(css, value)
        case UInt8(ascii: "l") where named("list-style") || named("list-style-type"):
            noMarker = css.starts(value, with: "none")
        default: break
        }
    }

    private mutating func declareM(_ css: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) {
        if css.equals(name, "margin") {
            setMargin(css, value)
        } else if css.equals(name, "margin-top") {
            noMarginBefore = Length(css, value)?.isZero ?? false
        } else if css.equals(name, "margin-bottom") {
            noMarginAfter = Length(css, value)?.isZero ?? false
        } else if css.equals(name, "max-height") {
            zeroHeight = Length(css, value)?.isTiny ?? false
        } else if css.equals(name, "max-width") {
            zeroWidth = Length(css, value)?.isZero ?? false
        } else if css.equals(name, "mso-hide") {
            hiddenInWord = css.equals(value, "all")
        }
    }

    private mutating func setDisplay(_ css: Span<UInt8>, _ value: Range<Int>, important: Bool) {
        if displayIsImportant && !important { return }
        displayIsImportant = important
        if css.equals(value, "none") {
            display = Display.none
        } else if css.equals(value, "inline") || css.equals(value, "contents") {
            display = .inline
        } else if css.equals(value, "block") {
            display = .block
        } else {
            display = .other
        }
    }

    private mutating func setWhiteSpace(_ css: Span<UInt8>, _ value: Range<Int>) {
        if css.equals(value, "pre") || css.equals(value, "pre-wrap") || css.equals(value, "break-spaces") {
            whiteSpace = .pre
        } else if css.equals(value, "pre-line") {
            whiteSpace = .preLine
        } else if css.equals(value, "normal") || css.equals(value, "nowrap") {
            whiteSpace = .normal
        }
    }

    /// A multiple of nothing is nothing: only an absolute size makes tiny text readable again.
    private mutating func setFontSize(_ css: Span<UInt8>, _ value: Range<Int>) {
        guard let length = Length(css, value) else {
            if !css.equals(value, "inherit") { isTiny = false }
            return
        }
        if length.isTiny { isTiny = true } else if !length.isRelative { isTiny = false }
    }

    private mutating func setMargin(_ css: Span<UInt8>, _ value: Range<Int>) {
        var lengths: [Bool] = []
        var i = value.lowerBound
        while i < value.upperBound, lengths.count < 4 {
            var end = i
            while end < value.upperBound, !css[end].isHTMLSpace { end += 1 }
            if end > i { lengths.append(Length(css, i..<end)?.isZero ?? false) }
            i = end + 1
        }
        guard let first = lengths.first else { return }
        noMarginBefore = first
        noMarginAfter = lengths.count > 2 ? lengths[2] : first
    }
}

/// A length of CSS, as far as it matters whether it is nothing.
private struct Length {
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
        isRelative = css.equals(unit, "em") || css.equals(unit, "%")
        let isPixels = unit.isEmpty || css.equals(unit, "px") || css.equals(unit, "pt")
        isTiny = isZero || (isPixels && (whole == 0 || (whole == 1 && !fraction)))
    }
}
