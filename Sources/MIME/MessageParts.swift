// What a part says about itself.

extension Message {
    /// Appends the IMAP section number (RFC 3501 §6.4.5), of a file in a text the text's one with `.uu` and a number, and returns false without appending for a multipart, which has none.
    public func appendPartID(of part: Part, to output: inout [UInt8]) -> Bool {
        if part.isMultipart { return false }
        if part.isFileInText {
            _ = appendPartID(of: parts[part.parent], to: &output)
            output += ".uu".utf8
            output.appendDecimal(part.ordinal)
            return true
        }
        var numbers: [Int] = []
        var node = part
        while node.parent >= 0 {
            numbers.append(node.ordinal)
            node = parts[node.parent]
        }
        if numbers.isEmpty { numbers.append(1) }
        for (i, number) in numbers.reversed().enumerated() {
            if i > 0 { output.append(UInt8(ascii: ".")) }
            output.appendDecimal(number)
        }
        return true
    }

    /// The IMAP section number; nil for a multipart.
    public func partID(of part: Part) -> String? {
        var text: [UInt8] = []
        return appendPartID(of: part, to: &text) ? String(decoding: text, as: UTF8.self) : nil
    }

    /// Appends the media type in lower case, the default when there is none.
    public func appendType(of part: Part, to output: inout [UInt8]) {
        let span = bytes.span
        if let (type, subtype) = part.mediaType {
            appendToken(span, type, to: &output)
            output.append(UInt8(ascii: "/"))
            appendToken(span, subtype, to: &output)
        } else {
            if part.isFileInText { return output += "application/octet-stream".utf8 }
            output.append(contentsOf: (part.isMessage ? "message/rfc822" : "text/plain").utf8)
        }
    }

    /// Appends a token in lower case; what is not printable ASCII becomes `?`.
    private func appendToken(_ span: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        for i in range { output.append(span[i].isVCHAR ? span[i].lowered : UInt8(ascii: "?")) }
    }

    /// Appends the charset parameter as it was sent, and returns whether there is one.
    public func appendCharset(of part: Part, to output: inout [UInt8]) -> Bool {
        guard part.typeField >= 0 else { return false }
        var ignored = Defects()
        return appendParameter("charset", of: fields[part.typeField], to: &output, defects: &ignored)
    }

    /// Appends the disposition in lower case, and returns whether there is one.
    public func appendDisposition(of part: Part, to output: inout [UInt8]) -> Bool {
        guard part.dispositionField >= 0, part.disposition != .none else { return false }
        let span = bytes.span
        appendToken(span, ContentType(span, fields[part.dispositionField].value).type, to: &output)
        return true
    }

    /// Appends the file name: `filename` of the disposition, else `name` of the type. Returns whether there is one.
    public func appendName(of part: Part, to output: inout [UInt8], defects: inout Defects) -> Bool {
        if let name = part.fileName {
            appendFileName(name, to: &output)
            return true
        }
        if part.dispositionField >= 0,
            appendParameter("filename", of: fields[part.dispositionField], to: &output, defects: &defects)
        {
            return true
        }
        return part.typeField >= 0
            && appendParameter("name", of: fields[part.typeField], to: &output, defects: &defects)
    }

    /// Appends the Content-ID without its angle brackets, and returns whether there is one.
    public func appendContentID(of part: Part, to output: inout [UInt8]) -> Bool {
        guard part.idField >= 0 else { return false }
        let list = messageIDs(of: fields[part.idField])
        guard let id = list.ids.first else { return false }
        output.append(contentsOf: list.text[id])
        return true
    }

    /// Appends a parameter of a field, decoded (RFC 2231, and encoded words as senders really write them). Returns whether there is one.
    public func appendParameter(
        _ name: String, of field: Field, to output: inout [UInt8], defects: inout Defects
    ) -> Bool {
        ParameterReader.append(
            name, bytes.span, field.value, rawCharset, part: field.part, raw: false, to: &output, &defects)
    }
}
