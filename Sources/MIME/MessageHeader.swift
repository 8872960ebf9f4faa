// What the fields of a header say.

extension Message {
    /// The first field of a name in the header of a part, of the message itself when none is given.
    public func first(_ name: FieldName, in part: Part? = nil) -> Field? {
        if part == nil, !has(name) { return nil }
        for i in (part ?? parts[0]).fields where fields[i].known == name { return fields[i] }
        return nil
    }

    /// All fields of a name, ASCII case aside, in order.
    public func fields(named name: String, in part: Part? = nil) -> [Field] {
        let span = bytes.span
        let wanted = name.lowercased()
        return fields[(part ?? parts[0]).fields].filter { span.equals($0.name, wanted) }
    }

    /// Appends the name of a field as it was written.
    public func appendFieldName(_ field: Field, to output: inout [UInt8]) {
        output.append(bytes.span.extracting(field.name))
    }

    /// Appends the value of a field: unfolded, encoded words decoded, without white space at its ends.
    public func appendText(of field: Field, to output: inout [UInt8], defects: inout Defects) {
        let span = bytes.span
        let value = span.trimmed(field.value)
        if HeaderText.isPlain(span, value) { return output.append(span.extracting(value)) }
        var text = HeaderText()
        text.fallback = rawCharset
        text.append(span, value, to: &output)
        text.report(part: field.part, to: &defects)
    }

    /// The addresses of all fields of a name in the message's own header; nil when there is none.
    public func addresses(_ name: FieldName, defects: inout Defects) -> AddressList? {
        guard has(name) else { return nil }
        var list: AddressList?
        for field in header where field.known == name {
            list = list ?? AddressList()
            list?.read(bytes.span, field.value, rawCharset, part: field.part, &defects)
        }
        return list
    }

    /// The addresses of a field.
    public func addresses(of field: Field, defects: inout Defects) -> AddressList {
        var list = AddressList()
        list.read(bytes.span, field.value, rawCharset, part: field.part, &defects)
        return list
    }

    /// The first charset that the message names, since senders that do not label their headers write them like the body. Sought once, and
    /// only if a header has raw text that is not UTF-8.
    func charsetOfRawText() -> Charset? {
        let span = bytes.span
        let isRaw = parts.contains { part in
            !span.isASCII(part.header) && !UTF8Sequence.isValid(span.extracting(part.header))
        }
        guard isRaw else { return nil }
        for part in parts.prefix(Limits.charsetSources) where part.isText {
            var label: [UInt8] = []
            guard appendCharset(of: part, to: &label), let charset = Charset(label: label.span, 0..<label.count),
                charset.decoder != .utf8, charset.decoder != .guess
            else { continue }
            return charset
        }
        return nil
    }

    /// The message ids of all fields of a name in the message's own header; nil when there is no such field.
    public func messageIDs(_ name: FieldName) -> IDList? {
        guard has(name) else { return nil }
        var list: IDList?
        for field in header where field.known == name {
            list = list ?? IDList()
            list?.read(bytes.span, field.value)
        }
        return list
    }

    /// The message ids of a field.
    public func messageIDs(of field: Field) -> IDList {
        var list = IDList()
        list.read(bytes.span, field.value)
        return list
    }

    /// The URLs of a field such as List-Post (RFC 2369).
    public func urls(of field: Field) -> IDList {
        var list = IDList()
        list.readURLs(bytes.span, field.value)
        return list
    }

    /// The date of the first such field in the message's own header; nil when it is absent or, which is a defect, cannot be read.
    public func date(_ name: FieldName, defects: inout Defects) -> DateTime? {
        guard let field = first(name) else { return nil }
        if let date = date(of: field) { return date }
        defects.add(.date, part: field.part, "a date that cannot be read")
        return nil
    }

    /// The date that a field is, or that stands behind the last semicolon of a Received field.
    public func date(of field: Field) -> DateTime? {
        let span = bytes.span
        guard field.known == .received else { return DateTime(span, field.value) }
        var start = field.value.upperBound
        while start > field.value.lowerBound, span[start - 1] != UInt8(ascii: ";") { start -= 1 }
        return start > field.value.lowerBound ? DateTime(span, start..<field.value.upperBound) : nil
    }
}
