import Bytes

// Tags and their attributes.

/// A tag: ranges of the input.
package struct HTMLTagToken {
    /// An attribute: ranges of the input, not decoded.
    package struct Attribute {
        package let name: Range<Int>
        package let value: Range<Int>
        /// The last eight bytes of the name in lower case.
        let key: UInt64
    }

    package internal(set) var name = 0..<0
    /// The last eight bytes of the name in lower case.
    var key: UInt64 = 0
    package internal(set) var selfClosing = false
    /// The attributes that show in text: the first of each name.
    var known = HTMLKnownAttributes()
    /// With `keepsAttributes`: all of them, at most `HTMLLimits.attributes`, the first of each name.
    package internal(set) var attributes: [Attribute] = []
}

/// The attributes that show in text.
enum HTMLAttributeName: Int, CaseIterable {
    case style, hidden, `class`, href, start, type, value, selected, alt, id, colspan

    /// The attribute whose name has these ASCII bytes.
    @inline(__always)
    init?(key: UInt64) {
        switch key {
        case 0x7374_796C65: self = .style
        case 0x6869_6464_656E: self = .hidden
        case 0x636C_617373: self = .`class`
        case 0x6872_6566: self = .href
        case 0x7374_617274: self = .start
        case 0x7479_7065: self = .type
        case 0x7661_6C7565: self = .value
        case 0x7365_6C65_6374_6564: self = .selected
        case 0x61_6C74: self = .alt
        case 0x6964: self = .id
        case 0x636F_6C73_7061_6E: self = .colspan
        default: return nil
        }
    }
}

/// The values of the attributes that show in text, each in a place of its own.
struct HTMLKnownAttributes {
    private var values = InlineArray<11, Range<Int>>(repeating: 0..<0)
    private var present: UInt16 = 0

    @inline(__always) var isEmpty: Bool { present == 0 }

    @inline(__always)
    subscript(name: HTMLAttributeName) -> Range<Int>? {
        present &>> UInt16(name.rawValue) & 1 == 0 ? nil : values[name.rawValue]
    }

    /// The first of a name counts.
    @inline(__always)
    mutating func keep(_ name: HTMLAttributeName, _ value: Range<Int>) {
        let bit: UInt16 = 1 &<< UInt16(name.rawValue)
        guard present & bit == 0 else { return }
        present |= bit
        values[name.rawValue] = value
    }

    @inline(__always)
    mutating func removeAll() { present = 0 }
}

extension HTMLTokenizer {
    /// Reads the tag whose name begins at the position. False: the input ends within it, and the tag is dropped.
    mutating func scanTag() -> Bool {
        if !tag.attributes.isEmpty { tag.attributes.removeAll(keepingCapacity: true) }
        tag.known.removeAll()
        tag.selfClosing = false
        var key: UInt64 = 0
        tag.name = scanName(position, &key, endsWithEquals: false)
        tag.key = key
        position = tag.name.upperBound
        while position < input.count {
            let next = input[position]
            if next.isHTMLSpace {
                position += 1
            } else if next == UInt8(ascii: ">") {
                position += 1
                return true
            } else if next == UInt8(ascii: "/") {
                position += 1
                tag.selfClosing = byte(position) == UInt8(ascii: ">")
            } else if !scanAttribute() {
                break
            }
        }
        position = input.count
        return false
    }

    @inline(__always)
    private func endsName(_ byte: UInt8) -> Bool {
        byte.isHTMLSpace || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">")
    }

    private mutating func scanAttribute() -> Bool {
        var key: UInt64 = 0
        let name = scanName(position, &key, endsWithEquals: true)
        position = name.upperBound
        if byte(position) != UInt8(ascii: "=") { position = input.skipHTMLSpace(position) }
        guard byte(position) == UInt8(ascii: "=") else {
            keep(name, position..<position, key)
            return position < input.count
        }
        position += 1
        if byte(position) != UInt8(ascii: "\"") { position = input.skipHTMLSpace(position) }
        guard let value = scanValue() else { return false }
        keep(name, value, key)
        return position < input.count
    }

    /// The name at `start`, and its key. A name of an attribute ends with `=` too, but for one in front, which belongs to it.
    @inline(__always)
    private func scanName(_ start: Int, _ key: inout UInt64, endsWithEquals: Bool) -> Range<Int> {
        // Most names are shorter than eight letters, and what ends them is below all letters.
        if input.count &- start >= 8 {
            let word = input.word(start)
            let ends = Words.below(UInt8(ascii: ">") + 1, word)
            let bits = UInt64(ends.trailingZeroBitCount & ~7)
            if ends != 0, bits > 0 {
                let end = UInt8(truncatingIfNeeded: word &>> bits)
                if endsName(end) || endsWithEquals && end == UInt8(ascii: "=") {
                    key = Words.lowered(word.byteSwapped &>> (64 &- bits))
                    return start..<start &+ Int(bits &>> 3)
                }
            }
        }
        var i = start + 1
        while i < input.count, !endsName(input[i]), !endsWithEquals || input[i] != UInt8(ascii: "=") { i += 1 }
        key = input.key(start..<i)
        return start..<i
    }

    /// The value at the position; nil when its quote is not closed.
    private mutating func scanValue() -> Range<Int>? {
        guard let quote = byte(position) else { return nil }
        let start = position
        var i = start
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            i = input.firstIndex(of: quote, in: i + 1..<input.count) ?? input.count
            position = i + 1
            return i < input.count ? start + 1..<i : nil
        }
        while i < input.count, !input[i].isHTMLSpace, input[i] != UInt8(ascii: ">") { i += 1 }
        position = i
        return start..<i
    }

    @inline(__always)
    private mutating func keep(_ name: Range<Int>, _ value: Range<Int>, _ key: UInt64) {
        if let known = HTMLAttributeName(key: key), name.count <= 8 { tag.known.keep(known, value) }
        if keepsAttributes { keep(.init(name: name, value: value, key: key)) }
    }

    /// The first attribute of a name counts.
    private mutating func keep(_ attribute: HTMLTagToken.Attribute) {
        guard tag.attributes.count < HTMLLimits.attributes else { return }
        for other in tag.attributes where other.key == attribute.key && sameName(other.name, attribute.name) { return }
        tag.attributes.append(attribute)
    }

    private func sameName(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        guard a.count > 8 else { return true }
        for i in 0..<a.count where input[a.lowerBound + i].lowered != input[b.lowerBound + i].lowered { return false }
        return true
    }
}

// MARK: Decoding

extension HTMLTokenizer {
    /// Appends a name (of a tag, an attribute, a doctype) in lower case, NUL as U+FFFD.
    package func append(name: Range<Int>, to output: inout [UInt8]) {
        for i in name {
            if input[i] == 0 { output.appendScalar(0xFFFD) } else { output.append(input[i].lowered) }
        }
    }

    /// Appends the data of a comment or an identifier of a doctype: NUL as U+FFFD, line ends as LF.
    package func append(data: Range<Int>, to output: inout [UInt8]) {
        append(data, references: false, to: &output)
    }

    /// Appends the value of an attribute, its character references decoded.
    package func append(value: Range<Int>, to output: inout [UInt8]) {
        append(value, references: true, to: &output)
    }

    private func append(_ range: Range<Int>, references: Bool, to output: inout [UInt8]) {
        var i = range.lowerBound
        while i < range.upperBound {
            let start = i
            i = input.first(.cr, 0, references ? UInt8(ascii: "&") : 0, in: i..<range.upperBound)
            output.append(input.extracting(start..<i))
            guard i < range.upperBound else { return }
            i = appendDecoded(i..<range.upperBound, to: &output)
        }
    }

    /// Appends what the range begins with, and returns the index after it.
    private func appendDecoded(_ range: Range<Int>, to output: inout [UInt8]) -> Int {
        let next = range.lowerBound + 1
        switch input[range.lowerBound] {
        case 0: output.appendScalar(0xFFFD)
        case .cr:
            output.append(.lf)
            return next < range.upperBound && input[next] == .lf ? next + 1 : next
        default:
            if let end = HTMLCharacterReference.decode(input, range, inAttribute: true, to: &output) { return end }
            output.append(input[range.lowerBound])
        }
        return next
    }

    /// Decodes the character reference at the position into `characters`; false when there is none.
    mutating func reference() -> Bool {
        characters.removeAll(keepingCapacity: true)
        let rest = position..<input.count
        guard let end = HTMLCharacterReference.decode(input, rest, inAttribute: false, to: &characters) else {
            return false
        }
        position = end
        return true
    }
}
