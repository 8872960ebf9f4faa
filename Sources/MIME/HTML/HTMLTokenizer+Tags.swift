// Tags and their attributes.

/// A tag: ranges of the input.
package struct HTMLTagToken {
    /// An attribute: ranges of the input, not decoded.
    package struct Attribute {
        package let name: Range<Int>
        package let value: Range<Int>
    }

    package internal(set) var name = 0..<0
    /// At most `HTMLLimits.attributes`, the first of each name.
    package internal(set) var attributes: [Attribute] = []
    package internal(set) var selfClosing = false
}

extension HTMLTokenizer {
    /// Reads the tag whose name begins at the position. False: the input ends within it, and the tag is dropped.
    mutating func scanTag() -> Bool {
        let start = position
        tag.attributes.removeAll(keepingCapacity: true)
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
        position += 1  // an "=" in front belongs to the name
        while position < input.count, !endsName(input[position]), input[position] != UInt8(ascii: "=") { position += 1 }
        let name = start..<position
        position = skipSpace(position)
        guard byte(position) == UInt8(ascii: "=") else {
            keep(name, position..<position)
            return position < input.count
        }
        position = skipSpace(position + 1)
        guard let quote = byte(position) else { return false }
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") { return scanQuotedValue(name, quote) }
        let value = position
        while position < input.count, !input[position].isHTMLSpace, input[position] != UInt8(ascii: ">") {
            position += 1
        }
        keep(name, value..<position)
        return position < input.count
    }

    private mutating func scanQuotedValue(_ name: Range<Int>, _ quote: UInt8) -> Bool {
        let value = position + 1
        guard let end = input.firstIndex(of: quote, in: value..<input.count) else { return false }
        keep(name, value..<end)
        position = end + 1
        return position < input.count
    }

    /// The first attribute of a name counts.
    private mutating func keep(_ name: Range<Int>, _ value: Range<Int>) {
        guard tag.attributes.count < HTMLLimits.attributes else { return }
        for other in tag.attributes where sameName(other.name, name) { return }
        tag.attributes.append(.init(name: name, value: value))
    }

    private func sameName(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
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
        for i in data { append(byteAt: i, to: &output) }
    }

    /// Appends the value of an attribute, its character references decoded.
    package func append(value: Range<Int>, to output: inout [UInt8]) {
        var i = value.lowerBound
        while i < value.upperBound {
            if input[i] == UInt8(ascii: "&"),
                let end = HTMLCharacterReference.decode(input, i..<value.upperBound, inAttribute: true, to: &output)
            {
                i = end
            } else {
                append(byteAt: i, to: &output)
                i += 1
            }
        }
    }

    @inline(__always)
    private func append(byteAt index: Int, to output: inout [UInt8]) {
        switch input[index] {
        case 0: output.appendScalar(0xFFFD)
        case .cr: output.append(.lf)
        case .lf where index > 0 && input[index - 1] == .cr: break
        default: output.append(input[index])
        }
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
