import JSON
import MIME

/// The document of one message, profile `email`: mailjson(5). Its members are written in the order of their
/// description there, straight into the output; nothing is built up before.
struct EmailDocument {
    let message: Message
    let options: ConversionOptions
    /// What the ids of its parts begin with: in a message within a message the id of the part that holds it, and a
    /// dot (RFC 3501 §6.4.5).
    let prefix: String
    /// How many messages it stands in.
    let depth: Int
    /// What is wrong with it, as far as that has been met.
    var defects: Defects
    let bodies: DisplayedBodies
    /// The texts that are displayed, when plain text is preferred and when HTML is.
    let texts: (plain: [Part], html: [Part])
    /// The trace block, if the options let it be read.
    let trace: TraceBlock?
    /// Of each part: its decoded size, once that is known.
    var sizes: [Int?]

    /// Whether the message says that it answers another.
    private(set) lazy var isAnswer = saysThatItAnswers
    /// What its subject says; nil without one.
    private(set) lazy var subject = decodedSubject
    /// The word in front of a colon that its subject begins with, in lower case; empty without one.
    private(set) lazy var subjectWord = firstWordOfSubject

    /// Messages within messages are shown as documents to this depth; deeper ones are attachments.
    static let largestDepth = 8

    init(_ message: Message, _ options: ConversionOptions, prefix: String = "", depth: Int = 0) {
        self.message = message
        self.options = options
        self.prefix = prefix
        self.depth = depth
        defects = Defects(message.defects)
        bodies = message.displayedBodies()
        let parts = message.parts
        func texts(_ indices: [Int]) -> [Part] { indices.lazy.map { parts[$0] }.filter(\.isText) }
        self.texts = (texts(bodies.text), texts(bodies.html))
        trace = options.hasTraceBlock && depth == 0 ? message.trace : nil
        sizes = Array(repeating: nil, count: message.parts.count)
    }

    /// Writes the whole document.
    /// - Parameters:
    ///   - file: what the message was read from.
    ///   - files: where attachments go, if not into the document.
    mutating func write(
        _ file: MessageFile, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        try json.object { json throws(OutputError) in
            json.member("id", file.id)
            json.member("size", file.bytes.count)
            try writeMembers(to: &json, files: &files)
            if options.raw || options.digest { Self.writeRaw(file, options, to: &json) }
            writeDefects(to: &json)
        }
    }

    /// Writes the document of a message within another.
    private mutating func write(
        part id: String, to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        try json.object { json throws(OutputError) in
            json.member("partId", id)
            json.member("size", message.range.count)
            try writeMembers(to: &json, files: &files)
            writeDefects(to: &json)
        }
    }

    private mutating func writeMembers(
        to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        writeReceivedAt(to: &json)
        if let trace { Envelope.write(trace, to: &json) }
        writeIdentity(to: &json)
        writeBodies(to: &json)
        writeMatchedHeaders(to: &json)
        writeHeaders(to: &json)
        if options.attachments != .none { try writeAttachments(bodies.attachments, to: &json, files: &files) }
        writeStructure(to: &json)
        try writeEmbedded(to: &json, files: &files)
        writeAuto(to: &json)
        if depth == 0 { writeAuthentication(to: &json) }
    }

    /// `receivedAt`.
    func writeReceivedAt(to json: inout JSONWriter) {
        json.memberIfPresent("receivedAt") { bytes in
            guard let date = message.receivedAt else { return false }
            date.appendUTC(to: &bytes)
            return true
        }
    }

    // MARK: Messages within the message

    /// Whether a part is shown as a document of its own. No other profile has those.
    func isEmbedded(_ part: Part) -> Bool {
        options.profile == .email && part.isMessage && depth < Self.largestDepth
    }

    private mutating func writeEmbedded(
        to json: inout JSONWriter, files: inout AttachmentFiles
    ) throws(OutputError) {
        guard message.parts.contains(where: \.isMessage) else { return }
        let embedded = message.parts.filter(isEmbedded)
        if embedded.isEmpty { return }
        json.name("embedded")
        try json.array { json throws(OutputError) in
            for part in embedded {
                guard let inner = message.embedded(part), let id = partID(part) else { continue }
                var document = EmailDocument(inner, options, prefix: id + ".", depth: depth + 1)
                try document.write(part: id, to: &json, files: &files)
            }
        }
    }

    // MARK: The rest

    /// The id of a part; nil for a multipart.
    func partID(_ part: Part) -> String? {
        message.partID(of: part).map { prefix + $0 }
    }

    /// `raw`: of the whole file, in every profile.
    static func writeRaw(_ file: MessageFile, _ options: ConversionOptions, to json: inout JSONWriter) {
        json.name("raw")
        json.object { json in
            if options.digest { json.member("sha256", file.sha256) }
            if options.raw {
                json.name("content")
                json.base64(file.bytes, 0..<file.bytes.count)
            }
        }
    }

    private func writeDefects(to json: inout JSONWriter) {
        if defects.list.isEmpty { return }
        json.name("defects")
        json.array { json in
            for defect in defects.list {
                json.object { json in
                    json.member("code", defect.code.rawValue)
                    json.member("partId", defect.part.flatMap { partID(message.parts[$0]) })
                    json.member("detail", defect.detail)
                }
            }
        }
    }
}
