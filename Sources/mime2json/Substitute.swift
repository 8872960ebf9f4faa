import JSON
import MIME

/// What stands for a message that ended the process that converted it: all of its bytes, and that it was not read.
struct Substitute: Sendable {
    private let options: ConversionOptions

    /// A message of more bytes than this goes out without them: where one worker ran out of memory, this would too.
    private static let largest = 256 << 20

    init(_ options: ConversionOptions) {
        self.options = options
    }

    /// The object, without a line feed.
    func print(_ file: MessageFile, envelope: Bool) -> JSONWriter {
        var json = JSONWriter(pretty: options.pretty)
        let isTooLarge = file.bytes.count > Self.largest
        json.object { json in
            json.member("id", file.id)
            json.member("size", file.bytes.count)
            if envelope, let trace = Message.parse(file.bytes).trace { Envelope.write(trace, to: &json) }
            if !isTooLarge { writeRaw(file, to: &json) }
            writeDefect(
                isTooLarge ? "the converter ended; too large for raw" : "the converter ended or took too long",
                to: &json)
        }
        return json
    }

    private func writeRaw(_ file: MessageFile, to json: inout JSONWriter) {
        json.name("raw")
        json.object { json in
            if options.digest { json.member("sha256", file.sha256) }
            json.name("content")
            json.base64(file.bytes, 0..<file.bytes.count)
        }
    }

    private func writeDefect(_ detail: String, to json: inout JSONWriter) {
        json.name("defects")
        json.array { json in
            json.object { json in
                json.member("code", "notConverted")
                json.member("partId", nil as String?)
                json.member("detail", detail)
            }
        }
    }
}
