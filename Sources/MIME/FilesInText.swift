// Uuencoded files in the middle of a text: each is listed like a part, and the text reads without it.

extension MessageParser {
    /// Looks through all texts that are not encoded, files aside.
    mutating func findFiles() {
        for index in parts.indices where parts[index].kind == .plain && parts[index].encoding == .identity {
            if parts[index].disposition == .attachment { continue }
            let traits = TextTraits(bytes.extracting(parts[index].body))
            parts[index].traits = traits
            guard traits.hasBegin else { continue }
            let (files, damaged) = Uuencode.files(bytes, in: parts[index].body)
            if damaged {
                defects.add(.uuencode, part: index, "a begin line without a whole file, left in the text")
            }
            guard !files.isEmpty else { continue }
            parts[index].files = parts.count..<parts.count + files.count
            for (ordinal, file) in files.enumerated() { append(file, ordinal + 1, in: parts[index]) }
        }
    }

    private mutating func append(_ file: Uuencode.File, _ ordinal: Int, in text: Part) {
        var part = Part(
            index: parts.count, parent: text.index, ordinal: ordinal, depth: text.depth + 1, fields: 0..<0,
            header: file.block.lowerBound..<file.block.lowerBound, body: file.block, kind: .other)
        part.encoding = .uuencode
        part.fileName = file.name
        parts.append(part)
    }
}

extension Message {
    /// Appends a body without the files that stand in it.
    func appendBodyWithoutFiles(of part: Part, to output: inout [UInt8]) {
        var start = part.body.lowerBound
        for file in part.files {
            output.append(contentsOf: bytes[start..<parts[file].body.lowerBound])
            start = parts[file].body.upperBound
        }
        output.append(contentsOf: bytes[start..<part.body.upperBound])
    }

    /// Appends the name of a file that stands in a text.
    func appendFileName(_ name: Range<Int>, to output: inout [UInt8]) {
        var damage = TextDamage()
        Charset.unlabelled.append(bytes.span.extracting(name), .body, to: &output, &damage)
    }
}
