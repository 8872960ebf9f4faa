import JSON
import MIME

// The parts of the message: what is attached, and how it is built.

extension Base64Symbols: DeferredText {}

extension EmailDocument {
    /// `attachments`: every leaf that is not displayed.
    mutating func writeAttachments(
        _ indices: [Int], to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        if indices.isEmpty { return }
        json.name("attachments")
        try json.array { json throws(OutputError) in
            for index in indices {
                try json.object { json throws(OutputError) in
                    try writeAttachment(message.parts[index], to: &json, files: &files)
                }
            }
        }
    }

    private mutating func writeAttachment(
        _ part: Part, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        let id = partID(part)
        json.member("partId", id)
        var name: [UInt8] = []
        let hasName = message.appendName(of: part, to: &name, defects: &defects)
        json.name("name")
        if hasName { json.string(name.span) } else { json.null() }
        json.name("type")
        json.string { message.appendType(of: part, to: &$0) }
        let place = placeSize("size", of: part, to: &json)
        json.name("disposition")
        json.stringOrNull { message.appendDisposition(of: part, to: &$0) }
        json.name("cid")
        json.stringOrNull { message.appendContentID(of: part, to: &$0) }
        json.name("charset")
        json.stringOrNull { message.appendCharset(of: part, to: &$0) }
        let fileName = hasName ? String(decoding: name, as: UTF8.self) : nil
        let size = try writeContent(of: part, as: "content", fileName, to: &json, files: &files)
        json.fill(place, size)
        sizes[part.index] = size
    }

    /// The size comes before the content, but is known after it: a base64 body is read once, on its way out.
    func placeSize(_ name: StaticString, of part: Part, to json: inout JSONWriter) -> Range<Int> {
        json.name(name)
        let encoded = part.body.count
        return json.place(part.encoding == .base64 ? encoded / 78 * 57 + encoded % 78 * 3 / 4 : encoded)
    }

    /// `sha256`, and the content as `member` or `path`, as the options want them.
    /// - Returns: how many bytes it has, decoded.
    mutating func writeContent(
        of part: Part, as member: StaticString, _ name: String?, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) -> Int {
        let isShown = options.attachments == .inline && !isEmbedded(part)
        if !options.digest && !(isShown && files.isWanted) {
            if !isShown { return message.decodedSize(of: part) }
            json.name(member)
            return writeBase64(of: part, to: &json)
        }
        var body: [UInt8] = []
        message.appendBody(of: part, to: &body, defects: &defects)
        if options.digest { json.member("sha256", Digest.sha256Hex(body.span)) }
        let size = body.count
        guard isShown else { return size }
        if let path = try files.add(partID: partID(part) ?? "", name: name, body.span) {
            json.member("path", path)
        } else {
            json.name(member)
            body = []
            _ = writeBase64(of: part, to: &json)
        }
        return size
    }

    /// The content in base64. Where it is long, only where it comes from is noted: it is made on the way out.
    private mutating func writeBase64(of part: Part, to json: inout JSONWriter) -> Int {
        if part.body.count < JSONWriter.deferredSize {
            var size = 0
            json.plainString { size = message.appendBase64Body(of: part, to: &$0, defects: &defects) }
            return size
        }
        if let symbols = message.base64Symbols(of: part, defects: &defects) {
            json.string(deferred: symbols)
            return symbols.size
        }
        if part.encoding == .identity {
            json.base64(message.bytes, part.body)
            return part.body.count
        }
        var body: [UInt8] = []
        message.appendBody(of: part, to: &body, defects: &defects)
        json.base64(body, 0..<body.count)
        return body.count
    }

    // MARK: The tree

    /// `bodyStructure`: the whole tree, from the message itself down. It may be deep, so nothing recurses here.
    mutating func writeStructure(to json: inout JSONWriter) {
        json.name("bodyStructure")
        walkTree(to: &json) { document, part, json in document.writeNode(part, to: &json) }
    }

    /// Writes the tree of parts as objects within `subParts`, whose other members `write` writes. What is deeper than
    /// `Limits.shownDepth` is left out, and a defect says so.
    mutating func walkTree(
        to json: inout JSONWriter, _ write: (inout EmailDocument, Part, inout JSONWriter) -> Void
    ) {
        var part = message.root
        json.beginObject()
        write(&self, part, &json)
        while true {
            if part.firstChild >= 0, part.depth < Limits.shownDepth {
                json.name("subParts")
                json.beginArray()
                part = message.parts[part.firstChild]
            } else {
                if part.firstChild >= 0 {
                    defects.add(.depthLimit, part: part.index, "nested too deep to be shown in the tree")
                }
                json.endObject()
                while part.nextSibling < 0 {
                    guard part.parent >= 0 else { return }
                    json.endArray()
                    json.endObject()
                    part = message.parts[part.parent]
                }
                part = message.parts[part.nextSibling]
            }
            json.beginObject()
            write(&self, part, &json)
        }
    }

    private mutating func writeNode(_ part: Part, to json: inout JSONWriter) {
        // See `writeFields`.
        let message = message
        json.member("partId", partID(part))
        json.name("type")
        json.string { message.appendType(of: part, to: &$0) }
        json.memberIfPresent("charset") { message.appendCharset(of: part, to: &$0) }
        json.memberIfPresent("name") { message.appendName(of: part, to: &$0, defects: &defects) }
        json.memberIfPresent("disposition") { message.appendDisposition(of: part, to: &$0) }
        json.memberIfPresent("cid") { message.appendContentID(of: part, to: &$0) }
        if !part.isMultipart { json.member("size", size(of: part)) }
    }

    mutating func size(of part: Part) -> Int {
        if let size = sizes[part.index] { return size }
        let size = message.decodedSize(of: part)
        sizes[part.index] = size
        return size
    }
}
