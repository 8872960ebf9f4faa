// Tags and their attributes.

/// A tag: ranges of the input.
package struct HTMLTagToken {
    /// An attribute: ranges of the input, not decoded.
    package struct Attribute {
        package let name: Range<Int>
        package let value: Range<Int>
        /// The last eight bytes of the name in lower case: all of it for the names that matter.
        let key: UInt64
    }

    package internal(set) var name = 0..<0
    /// At most `HTMLLimits.attributes`, the first of each name.
    package internal(set) var attributes: [Attribute] = []
    package internal(set) var selfClosing = false
}

/// The attributes that show in text; their raw values are the ASCII bytes of their names.
enum HTMLAttributeName: UInt64, CaseIterable {
    case style = 0x7374796C65
    case hidden = 0x68696464656E
    case `class` = 0x636C617373
    case href = 0x68726566
    case start = 0x7374617274
    case type = 0x74797065
    case value = 0x76616C7565
    case selected = 0x73656C6563746564
    case alt = 0x616C74
    case id = 0x6964
    case colspan = 0x636F6C7370616E
}

extension HTMLTokenizer {
    /// Reads the tag whose name begins at the position. False: the input ends within it, and the tag is dropped.
    mutating func scanTag() -> Bool {
        let start = position
        if !tag.attributes.isEmpty { tag.attributes.removeAll(keepingCapacity: true) }
        tag.selfClosing = false
        while position < input.count, !endsName(input[position]) { position += 1 }
        tag.name = start..<position
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
        let start = position
        var key = UInt64(input[start].lowered)
        var i = start + 1  // an "=" in front belongs to the name
        while i < input.count, !endsName(input[i]), input[i] != UInt8(ascii: "=") {
            key = key << 8 | UInt64(input[i].lowered)
            i += 1
        }
        let name = start..<i
        position = input.skipHTMLSpace(i)
        guard byte(position) == UInt8(ascii: "=") else {
            keep(.init(name: name, value: position..<position, key: key))
            return position < input.count
        }
        position = input.skipHTMLSpace(position + 1)
        guard let value = scanValue() else { return false }
        keep(.init(name: name, value: value, key: key))
        return position < input.count
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
