import Bytes

/// What `style` attributes said: newsletters say the same again and again, and to compare costs a tenth of reading it.
struct HTMLStyleCache {
    private struct Entry {
        /// Where it stands in the input.
        var range = 0..<0
        var style = HTMLStyle()
    }

    /// None until the first is asked for. In memory of their own, since the compiler copies an array in line to look at one.
    private var entries: [Entry] = []

    /// The style that the attribute says.
    mutating func style(_ input: Span<UInt8>, _ range: Range<Int>) -> HTMLStyle {
        guard range.count >= 8 else { return HTMLStyle(input, range) }
        if entries.isEmpty { entries = [Entry](repeating: Entry(), count: 64) }
        let (first, last) = (input.word(range.lowerBound), input.word(range.upperBound &- 8))
        let middle = input.word(range.lowerBound &+ (range.count &- 8) &>> 1)
        let mixed = (first ^ (middle &* 31) ^ (last &* 961) &+ UInt64(range.count)) &* 0x9E37_79B9_7F4A_7C15
        let place = Int(truncatingIfNeeded: mixed &>> 58)
        if input.isSame(entries[place].range, range) { return entries[place].style }
        let style = HTMLStyle(input, range)
        entries[place] = Entry(range: range, style: style)
        return style
    }
}

extension Span<UInt8> {
    /// Whether the same bytes stand in both ranges, of eight or more.
    fileprivate func isSame(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        var i = 0
        while a.count &- i >= 16 {
            if (block(a.lowerBound &+ i) .!= block(b.lowerBound &+ i)).isSet { return false }
            i &+= 16
        }
        while a.count &- i >= 8 {
            if word(a.lowerBound &+ i) != word(b.lowerBound &+ i) { return false }
            i &+= 8
        }
        return word(a.upperBound &- 8) == word(b.upperBound &- 8)
    }
}
