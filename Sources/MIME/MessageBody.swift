// Bodies: transfer encoding undone, and as text.

extension Message {
    /// How many bytes the decoded body has.
    public func decodedSize(of part: Part) -> Int {
        if part.encoding == .identity { return part.body.count }
        if part.encoding == .base64, let symbols = Base64Symbols(bytes, part.body) { return symbols.size }
        var decoded: [UInt8] = []
        var ignored = Defects()
        appendBody(of: part, to: &decoded, defects: &ignored)
        return decoded.count
    }

    /// Appends the body with its transfer encoding undone. What is damaged is decoded as far as it goes.
    public func appendBody(of part: Part, to output: inout [UInt8], defects: inout Defects) {
        let body = bytes.span.extracting(part.body)
        switch part.encoding {
        case .identity: output.append(contentsOf: bytes[part.body])
        case .base64: report(Base64.decode(body, to: &output), part, &defects)
        case .quotedPrintable:
            let damaged = QuotedPrintable.decode(body, to: &output)
            if damaged > 0 {
                defects.add(.quotedPrintable, part: part.index, "\(damaged) = without two digits, left as they are")
            }
        case .uuencode: appendUuencoded(part, to: &output, &defects)
        }
    }

    private func report(_ damage: Base64.Damage, _ part: Part, _ defects: inout Defects) {
        if let detail = damage.description { defects.add(.base64, part: part.index, detail) }
    }

    private func appendUuencoded(_ part: Part, to output: inout [UInt8], _ defects: inout Defects) {
        let result = Uuencode.decode(bytes.span.extracting(part.body), to: &output)
        if !result.begun {
            output.append(contentsOf: bytes[part.body])
            defects.add(.uuencode, part: part.index, "no begin line, taken as it is")
        } else if result.damagedLines > 0 {
            defects.add(.uuencode, part: part.index, "\(result.damagedLines) lines are shorter than they say")
        } else if !result.ended {
            defects.add(.uuencode, part: part.index, "no end line")
        }
    }

    /// Appends the decoded body in base64, padded, on one line, and returns its size in bytes (decoded). What was sent in base64 is copied.
    public func appendBase64Body(of part: Part, to output: inout [UInt8], defects: inout Defects) -> Int {
        if part.encoding == .identity {
            Base64.encode(bytes.span.extracting(part.body), to: &output)
            return part.body.count
        }
        if var symbols = base64Symbols(of: part, defects: &defects) {
            let end = output.count + symbols.count
            while output.count < end { symbols.appendPiece(to: &output) }
            return symbols.size
        }
        var decoded: [UInt8] = []
        appendBody(of: part, to: &decoded, defects: &defects)
        Base64.encode(decoded.span, to: &output)
        return decoded.count
    }

    /// The body as base64 on one line, to be copied later; nil unless it was sent in base64 and can be taken over as it is.
    public func base64Symbols(of part: Part, defects: inout Defects) -> Base64Symbols? {
        guard part.encoding == .base64, let symbols = Base64Symbols(bytes, part.body) else { return nil }
        report(symbols.damage, part, &defects)
        return symbols
    }

    /// Appends the text of a text part: in UTF-8, line ends LF, format=flowed undone unless that is not wanted. HTML stays HTML.
    /// - Returns: how many bytes the decoded body has, where that is known by the way.
    @discardableResult
    public func appendText(
        of part: Part, unflowed: Bool = true, to output: inout [UInt8], defects: inout Defects
    ) -> Int? {
        if part.encoding == .identity, part.files.isEmpty {
            appendText(of: part, bytes.span.extracting(part.body), unflowed, to: &output, &defects)
            return part.body.count
        }
        var decoded: [UInt8] = []
        if !part.files.isEmpty {
            appendBodyWithoutFiles(of: part, to: &decoded)
            appendText(of: part, decoded.span, unflowed, to: &output, &defects)
            return nil
        }
        if isPlainInstead(part) {
            defects.add(.transferEncoding, part: part.index, "says base64 and is plain text, taken as it is")
            appendText(of: part, bytes.span.extracting(part.body), unflowed, to: &output, &defects)
            return nil
        }
        appendBody(of: part, to: &decoded, defects: &defects)
        appendText(of: part, decoded.span, unflowed, to: &output, &defects)
        return decoded.count
    }

    /// The text of a part, as `appendText` has it; where only its line ends would change, they stay as they were sent.
    public func text(of part: Part, defects: inout Defects) -> PartText {
        var text: [UInt8] = []
        guard part.files.isEmpty, part.encoding != .uuencode, !isPlainInstead(part) else {
            let size = appendText(of: part, to: &text, defects: &defects)
            return PartText(text, size: size)
        }
        var decoded = PartText(bytes, part.body)
        if part.encoding != .identity {
            var body: [UInt8] = []
            appendBody(of: part, to: &body, defects: &defects)
            decoded = PartText(bytes: body)
        }
        decoded.size = decoded.range.count
        let traits = part.traits ?? (part.kind == .html ? TextTraits(lines: decoded.span) : TextTraits(decoded.span))
        if let traits, traits.isLines, isUTF8(part, decoded.span, traits) {
            decoded.traits = traits
            return decoded
        }
        appendText(of: part, decoded.span, true, to: &text, &defects)
        return PartText(text, size: decoded.size)
    }

    /// Whether the bytes of a part stand for themselves in UTF-8, and its lines are those of its text.
    private func isUTF8(_ part: Part, _ content: Span<UInt8>, _ traits: TextTraits) -> Bool {
        guard let charset = plainCharset(of: part, content) else { return false }
        if traits.isASCII {
            return charset.decoder == .utf8 || charset.decoder == .guess || charset.decoder == .windows1252
        }
        return charset.decoder == .utf8 && !Self.byteOrderMark(content, charset) && UTF8Sequence.isValid(content)
    }

    /// The charset of a part; nil when there is something wrong with that, or its lines are not those of its text.
    private func plainCharset(of part: Part, _ content: Span<UInt8>) -> Charset? {
        var found = Defects()
        let charset = charset(of: part, content, &found)
        return found.list.isEmpty && (part.kind != .plain || flowed(part) == nil) ? charset : nil
    }

    /// Whether a text that says it is base64 is none: lines of words with spaces between them, which decode to what is no text. Where most is
    /// one word a line, those few are the footer of a mailing list.
    private func isPlainInstead(_ part: Part) -> Bool {
        guard part.encoding == .base64 else { return false }
        let body = bytes.span.extracting(part.body)
        let text = body.trimmed(0..<body.count)
        guard body.firstIndex(of: .space, in: text) != nil, body.isASCII(text) else { return false }
        guard Self.sizeOfLinesOfWords(body, text) * 2 > text.count else { return false }
        var decoded: [UInt8] = []
        _ = Base64.decode(body, to: &decoded)
        return !UTF8Sequence.isValid(decoded.span)
    }

    /// The bytes of the lines that have a space between words.
    private static func sizeOfLinesOfWords(_ body: Span<UInt8>, _ text: Range<Int>) -> Int {
        var size = 0
        var start = text.lowerBound
        while start < text.upperBound {
            let end = body.firstIndex(of: .lf, in: start..<text.upperBound) ?? text.upperBound
            if body.firstIndex(of: .space, in: body.trimmed(start..<end)) != nil { size += end - start }
            start = end + 1
        }
        return size
    }

    private func appendText(
        of part: Part, _ content: Span<UInt8>, _ unflowed: Bool, to output: inout [UInt8],
        _ defects: inout Defects
    ) {
        var damage = TextDamage()
        let before = output.count
        let charset = charset(of: part, content, &defects)
        let start = Self.byteOrderMark(content, charset) ? 3 : 0
        let text = content.extracting(start..<content.count)
        if unflowed, part.kind == .plain, let delSp = flowed(part) {
            var unicode: [UInt8] = []
            charset.append(text, .body, to: &unicode, &damage)
            FlowedText.append(unicode.span, delSp: delSp, to: &output)
        } else {
            charset.append(text, .body, to: &output, &damage)
        }
        if damage.bareCR > 0 { Self.endLines(&output, from: before) }
        report(damage, part, &defects)
    }

    /// In a text that has no LF at all the CRs are its line ends.
    private static func endLines(_ text: inout [UInt8], from start: Int) {
        guard !text[start...].contains(.lf) else { return }
        for i in start..<text.count where text[i] == .cr { text[i] = .lf }
    }

    private func report(_ damage: TextDamage, _ part: Part, _ defects: inout Defects) {
        if damage.undecodable > 0 {
            defects.add(
                .undecodable, part: part.index, "\(damage.undecodable) bytes or sequences are no text in the charset")
        }
        if damage.nul > 0 { defects.add(.nul, part: part.index, "U+0000 in the text, \(damage.nul) times") }
    }

    private static func byteOrderMark(_ content: Span<UInt8>, _ charset: Charset) -> Bool {
        guard charset.decoder == .utf8 || charset.decoder == .guess, content.count >= 3 else { return false }
        return content[0] == 0xEF && content[1] == 0xBB && content[2] == 0xBF
    }

    /// The charset to read a text part with.
    private func charset(of part: Part, _ content: Span<UInt8>, _ defects: inout Defects) -> Charset {
        var label: [UInt8] = []
        if appendCharset(of: part, to: &label), !label.isEmpty {
            if let charset = Charset(label: label.span, 0..<label.count) {
                return charset.decoder == .guess ? unlabelled(part, content, &defects) : charset
            }
            defects.add(.charset, part: part.index, "the charset is unknown")
            return .unlabelled
        }
        return unlabelled(part, content, &defects)
    }

    /// What to read a text with whose label says nothing of its 8-bit characters.
    private func unlabelled(_ part: Part, _ content: Span<UInt8>, _ defects: inout Defects) -> Charset {
        if part.kind == .html, let charset = MetaCharset.find(content) { return charset }
        reportUnlabelled(part, content, &defects)
        return .unlabelled
    }

    private func reportUnlabelled(_ part: Part, _ content: Span<UInt8>, _ defects: inout Defects) {
        guard !content.isASCII(0..<content.count) else { return }
        defects.add(.unlabelled, part: part.index, "8-bit text without a charset")
    }

    /// Whether the text is flowed, and then whether the space at a line's end is to be deleted.
    private func flowed(_ part: Part) -> Bool? {
        guard part.typeField >= 0, part.mediaType != nil else { return nil }
        var format: [UInt8] = []
        var ignored = Defects()
        let field = fields[part.typeField]
        guard appendParameter("format", of: field, to: &format, defects: &ignored),
            format.span.equals(0..<format.count, "flowed")
        else { return nil }
        var delSp: [UInt8] = []
        _ = appendParameter("delsp", of: field, to: &delSp, defects: &ignored)
        return delSp.span.equals(0..<delSp.count, "yes")
    }
}
