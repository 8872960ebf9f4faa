/// Bytes to tree in one pass, without recursion: headers are read where a part begins, and the delimiters of all open multiparts are
/// sought together. Everything is linear in the message; `Limits` bounds the rest.
struct MessageParser: ~Escapable {
    let bytes: Span<UInt8>
    private let range: Range<Int>
    private(set) var fields: [Field] = []
    var parts: [Part] = []
    /// Which fields the header of the message itself has.
    private(set) var rootFields = FieldNames()
    var defects = Defects()
    private var search = BoundarySearch()
    /// The open multiparts, outermost first, as `search` counts them.
    private var open: [OpenMultipart] = []
    /// The leaf whose body runs; -1: none.
    private var leaf = -1

    private struct OpenMultipart {
        let part: Int
        var lastChild = -1
        var children = 0
        var found = false
    }

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self.bytes = bytes
        self.range = range
    }

    /// Reads the whole message.
    mutating func run() {
        fields.reserveCapacity(32)
        // A byte order mark: an editor has saved the message.
        let mark = bytes.starts(range, with: "\u{FEFF}") ? 3 : 0
        var position = beginPart(parent: -1, ordinal: 1, at: range.lowerBound + mark)
        while let delimiter = search.next(bytes, position, range.upperBound) {
            endContent(at: contentEnd(before: delimiter.line.lowerBound), level: delimiter.level + 1)
            open[delimiter.level].found = true
            if delimiter.closes {
                search.pop(to: delimiter.level)
                if let closed = open.popLast() { setEnd(closed.part, delimiter.line.upperBound) }
                position = delimiter.line.upperBound
            } else if parts.count >= Limits.parts {
                defects.add(.partLimit, part: nil, "only the first \(Limits.parts) parts are listed")
                break
            } else {
                position = beginChild(level: delimiter.level, at: delimiter.line.upperBound)
            }
        }
        endContent(at: range.upperBound, level: 0)
    }

    /// The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
    private func contentEnd(before line: Int) -> Int {
        var end = line
        if end > range.lowerBound, bytes[end - 1] == .lf { end -= 1 }
        if end < line, end > range.lowerBound, bytes[end - 1] == .cr { end -= 1 }
        return end
    }

    // MARK: Beginnings

    private mutating func beginChild(level: Int, at start: Int) -> Int {
        let index = parts.count
        open[level].children += 1
        if open[level].lastChild >= 0 {
            parts[open[level].lastChild].nextSibling = index
        } else {
            parts[open[level].part].firstChild = index
        }
        open[level].lastChild = index
        return beginPart(parent: open[level].part, ordinal: open[level].children, at: start)
    }

    /// Reads the header of a part that begins at `start`, and returns where its body begins.
    private mutating func beginPart(parent: Int, ordinal: Int, at start: Int) -> Int {
        let index = parts.count
        let digest = parent >= 0 && parts[parent].kind == .digest
        parts.append(
            Part(
                index: index, parent: parent, ordinal: ordinal, depth: parent < 0 ? 0 : parts[parent].depth + 1,
                fields: fields.count..<fields.count, header: start..<start, body: start..<start,
                kind: digest ? .message : .plain))
        let body = readHeader(of: index, at: start)
        describe(index, digest: digest)
        parts[index].body = body..<body
        if !parts[index].isMultipart || !openMultipart(index) { leaf = index }
        return body
    }

    private mutating func readHeader(of index: Int, at start: Int) -> Int {
        var reader = HeaderReader(bytes, start..<range.upperBound)
        let firstField = fields.count
        reading: while true {
            let line = reader.position
            if search.count > 0, line + 1 < range.upperBound, bytes[line] == UInt8(ascii: "-"),
                bytes[line + 1] == UInt8(ascii: "-"), search.delimiter(bytes, line, range.upperBound) != nil
            {
                break
            }
            switch reader.next(first: line == start) {
            case .field(let name, let value): note(index, name, value, count: fields.count - firstField)
            case .junk: defects.add(.headerLine, part: index, "a line that is no header field was left out")
            case .mbox: defects.add(.mboxLine, part: index, "begins with the \"From \" line of an mbox")
            case .body:
                defects.add(.headerEnd, part: index, "the header ends without an empty line")
                break reading
            case .empty, .end: break reading
            }
        }
        parts[index].fields = firstField..<fields.count
        parts[index].header = start..<reader.headerEnd
        return reader.position
    }

    private mutating func note(_ index: Int, _ name: Range<Int>, _ value: Range<Int>, count: Int) {
        guard count < Limits.fieldsPerHeader, fields.count < Limits.fieldsPerMessage else {
            defects.add(.fieldLimit, part: index, "only the first \(count) fields are listed")
            return
        }
        let known = FieldName(bytes, name)
        if index == 0 { rootFields.insert(known) }
        let place = fields.count
        fields.append(Field(name: name, value: value, known: known, part: index))
        switch known {
        case .contentType where parts[index].typeField < 0: parts[index].typeField = place
        case .contentDisposition where parts[index].dispositionField < 0: parts[index].dispositionField = place
        case .contentID where parts[index].idField < 0: parts[index].idField = place
        case .contentTransferEncoding: setEncoding(index, value)
        default: break
        }
    }

    /// The first Content-Transfer-Encoding that says something counts.
    private mutating func setEncoding(_ index: Int, _ value: Range<Int>) {
        guard parts[index].encoding == .identity else { return }
        guard let encoding = TransferEncoding(bytes, value) else {
            defects.add(.transferEncoding, part: index, "unknown Content-Transfer-Encoding, taken as 8bit")
            return
        }
        parts[index].encoding = encoding
    }

    // MARK: What a part is

    /// Sets kind and disposition from the fields that were read.
    private mutating func describe(_ index: Int, digest: Bool) {
        if parts[index].typeField >= 0 {
            let type = ContentType(bytes, fields[parts[index].typeField].value)
            if let kind = type.kind(bytes) {
                parts[index].kind = kind
                parts[index].mediaType = (type.type, type.subtype)
            } else {
                defects.add(.contentType, part: index, "Content-Type cannot be read, taken as the default")
            }
        }
        if parts[index].dispositionField >= 0 {
            let value = fields[parts[index].dispositionField].value
            parts[index].disposition = Disposition(bytes, ContentType(bytes, value).type)
        }
        if parts[index].isMultipart, parts[index].encoding != .identity {
            defects.add(.transferEncoding, part: index, "a multipart is never encoded (RFC 2045 §6.4)")
        }
    }

    /// Opens a multipart; without a usable boundary it is a leaf.
    private mutating func openMultipart(_ index: Int) -> Bool {
        guard open.count < Limits.depth else {
            defects.add(.depthLimit, part: index, "nested deeper than \(Limits.depth) multiparts")
            makeLeaf(index)
            return false
        }
        var ignored = Defects()
        var boundary: [UInt8] = []
        let value = fields[parts[index].typeField].value
        _ = ParameterReader.append("boundary", bytes, value, part: index, raw: true, to: &boundary, &ignored)
        let text = boundary.span.trimmed(0..<boundary.count)
        guard !text.isEmpty, text.count <= Limits.boundary else {
            defects.add(.boundaryMissing, part: index, "a multipart without a boundary, taken as text")
            makeLeaf(index)
            return false
        }
        search.push(boundary.span.extracting(text))
        open.append(OpenMultipart(part: index))
        leaf = -1
        return true
    }

    /// A multipart that has no parts is shown as it is.
    private mutating func makeLeaf(_ index: Int) {
        parts[index].kind = .plain
        parts[index].mediaType = nil
        parts[index].isBrokenMultipart = true
    }

    // MARK: Ends

    /// Ends the running leaf, and all multiparts from `level` inwards, which miss their closing delimiter.
    private mutating func endContent(at end: Int, level: Int) {
        if leaf >= 0 { setEnd(leaf, end) }
        leaf = -1
        while open.count > level {
            guard let last = open.popLast() else { break }
            setEnd(last.part, end)
            if last.found {
                defects.add(.boundaryNotClosed, part: last.part, "a multipart without its closing delimiter")
            } else {
                defects.add(.boundaryNotFound, part: last.part, "the boundary never occurs, taken as text")
                makeLeaf(last.part)
            }
        }
        search.pop(to: level)
    }

    private mutating func setEnd(_ index: Int, _ end: Int) {
        let start = parts[index].body.lowerBound
        parts[index].body = start..<max(start, end)
    }
}
