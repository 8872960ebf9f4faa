// Values of parameters, put together and decoded.

extension ParameterReader {
    /// Appends the value of a parameter and returns whether there is one. `raw`: as bytes, for a boundary, which is no text.
    static func append(
        _ name: String, _ bytes: Span<UInt8>, _ value: Range<Int>, _ fallback: Charset? = nil, part: Int?, raw: Bool,
        to output: inout [UInt8], _ defects: inout Defects
    ) -> Bool {
        var reader = ParameterReader(bytes, value)
        var sections: [Item] = []
        var plain: Item?
        var count = 0
        while let item = reader.next(), count < Limits.parameters {
            count += 1
            guard bytes.equals(item.name, name) else { continue }
            if item.section != nil {
                sections.append(item)
            } else if plain == nil || item.isExtended && plain?.isExtended == false {
                plain = item
            }
        }
        if let plain, sections.isEmpty, !plain.isExtended, isPlain(bytes, plain.value) {
            output.append(bytes.extracting(plain.value))
            return true
        }
        if let plain, plain.isExtended || sections.isEmpty {
            sections = [plain]
        } else {
            sections.sort { ($0.section ?? 0) < ($1.section ?? 0) }
        }
        guard !sections.isEmpty else { return false }
        append(sections, bytes, fallback, part: part, raw: raw, to: &output, &defects)
        return true
    }

    /// Whether a value stands for itself: it has no quoted pair and is nothing to be decoded.
    private static func isPlain(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Bool {
        bytes.firstIndex(of: UInt8(ascii: "\\"), in: value) == nil && HeaderText.isPlain(bytes, value)
    }

    /// Joins the sections as bytes, then decodes: senders split characters between sections.
    private static func append(
        _ sections: [Item], _ bytes: Span<UInt8>, _ fallback: Charset?, part: Int?, raw: Bool,
        to output: inout [UInt8], _ defects: inout Defects
    ) {
        var joined: [UInt8] = []
        var charset: Charset?
        var extended = false
        for (i, item) in sections.enumerated() {
            var text: [UInt8] = []
            appendUnquoted(bytes, item, to: &text)
            var start = 0
            if item.isExtended, i == 0 || hasSamePrefix(text.span, charset) {
                start = takeCharset(text.span, &charset, first: i == 0, part: part, &defects)
                extended = true
            }
            if item.isExtended || extended && !item.isQuoted {
                let whole = appendPercentDecoded(text.span, from: start, to: &joined)
                if !whole, item.isExtended {
                    defects.add(.encodedWord, part: part, "a parameter's encoding is damaged")
                }
            } else {
                joined.append(contentsOf: text)
            }
        }
        if raw {
            output.append(contentsOf: joined)
        } else if let charset {
            var damage = TextDamage()
            charset.append(joined.span, .header, to: &output, &damage)
            if damage.undecodable > 0 { defects.add(.undecodable, part: part, "a parameter is no text in its charset") }
            if damage.nul > 0 { defects.add(.nul, part: part, "U+0000 in a parameter") }
        } else {
            var text = HeaderText()
            text.fallback = fallback ?? text.fallback
            text.append(joined.span, 0..<joined.count, to: &output)
            text.report(part: part, to: &defects)
        }
    }

    /// Appends without the backslashes of quoted pairs (RFC 5322 §3.2.1), in paths of Windows too, and without line ends.
    private static func appendUnquoted(_ bytes: Span<UInt8>, _ item: Item, to text: inout [UInt8]) {
        var i = item.value.lowerBound
        let end = item.value.upperBound
        while i < end {
            if item.isQuoted, bytes[i] == UInt8(ascii: "\\"), i + 1 < end { i += 1 }
            if bytes[i] != .cr, bytes[i] != .lf { text.append(bytes[i]) }
            i += 1
        }
    }

    /// Some senders repeat `charset'` in every section.
    private static func hasSamePrefix(_ text: Span<UInt8>, _ charset: Charset?) -> Bool {
        guard let charset, let quote = text.firstIndex(of: UInt8(ascii: "'"), in: 0..<min(text.count, 40)), quote > 0
        else { return false }
        return Charset(label: text, 0..<quote) == charset
    }

    /// Reads `charset'language'`, and returns where the text begins.
    private static func takeCharset(
        _ text: Span<UInt8>, _ charset: inout Charset?, first isFirst: Bool, part: Int?, _ defects: inout Defects
    ) -> Int {
        guard let first = text.firstIndex(of: UInt8(ascii: "'"), in: 0..<text.count) else {
            charset = charset ?? .unlabelled
            return 0
        }
        if first > 0 {
            let named = Charset(label: text, 0..<first)
            if named == nil { defects.add(.charset, part: part, "a parameter names a charset that is unknown") }
            charset = named ?? .unlabelled
        } else {
            charset = .unlabelled
        }
        // A section that repeats the charset may leave the language out.
        let languageEnd = isFirst ? text.count : min(first + 2, text.count)
        return (text.firstIndex(of: UInt8(ascii: "'"), in: first + 1..<languageEnd) ?? first) + 1
    }

    /// Returns whether every `%` was followed by two digits. Those that were not stay as they are.
    private static func appendPercentDecoded(_ text: Span<UInt8>, from start: Int, to output: inout [UInt8]) -> Bool {
        var whole = true
        var i = start
        while i < text.count {
            if text[i] == UInt8(ascii: "%"), i + 2 < text.count, let high = text[i + 1].hexValue,
                let low = text[i + 2].hexValue
            {
                output.append(high << 4 | low)
                i += 3
            } else {
                if text[i] == UInt8(ascii: "%") { whole = false }
                output.append(text[i])
                i += 1
            }
        }
        return whole
    }
}

extension Message {
    /// All parameters of a field, in the order of their first sections.
    public func parameters(of field: Field) -> [Parameter] {
        let span = bytes.span
        var names: [[UInt8]] = []
        var reader = ParameterReader(span, field.value)
        while let item = reader.next(), names.count < 100 {
            var name: [UInt8] = []
            name.appendLowered(span.extracting(item.name))
            if !names.contains(name) { names.append(name) }
        }
        return names.map { name in
            var value: [UInt8] = []
            var ignored = Defects()
            _ = appendParameter(String(decoding: name, as: UTF8.self), of: field, to: &value, defects: &ignored)
            return Parameter(name: name, value: value)
        }
    }
}
