import CLinux
import JSON
import MIME
import Spool

/// From the bytes of a file to a line for standard output.
struct Converter: ~Copyable {
    private let options: ConversionOptions
    private let attachments: AttachmentsDirectory?
    /// The object that was converted last, its line feed included.
    private(set) var json: JSONWriter
    /// Bytes written to files.
    private(set) var bytesWritten = 0

    /// Memory that is kept from one message to the next.
    private static let keptMemory = 4 << 20

    /// Has the process keep some of the memory of one message for the next: to give it back and to have it cleared again takes as long
    /// as the conversion. What is larger goes back, so that one huge message does not stay for ever.
    static func keepMemory() {
        _ = mallopt(M_MMAP_THRESHOLD, CInt(keptMemory))
        _ = mallopt(M_TRIM_THRESHOLD, CInt(2 * keptMemory))
    }

    init(_ options: ConversionOptions, _ attachments: AttachmentsDirectory?) {
        self.options = options
        self.attachments = attachments
        json = JSONWriter(pretty: options.pretty)
    }

    /// Makes the document of a message, and writes the files of its attachments where that was asked for.
    mutating func convert(_ file: MessageFile) throws(OutputError) {
        json.clear(keeping: Self.keptMemory)
        var files = AttachmentFiles(attachments, id: file.id)
        attachments?.reserve(file.id.text)
        defer {
            bytesWritten += files.bytesWritten
            attachments?.release(file.id.text)
        }
        var document = EmailDocument(Message.parse(file.bytes), options)
        try document.write(profile: file, to: &json, files: &files)
        try files.sync()
        json.endLine()
    }

    /// Makes the stand-in for a message that cannot be converted.
    mutating func substitute(_ file: MessageFile) {
        json = Substitute(options).print(file, envelope: options.hasTraceBlock)
        json.endLine()
    }
}
