import Bytes

/// One reply: a row of the table and what its `%` stands for. As an error it is the answer to a command that a check
/// refused.
package struct Reply: Error, Equatable, Sendable {
    /// Its row.
    package let name: ReplyName
    /// Replaces `%`. Whatever bytes it holds, on the wire it is printable ASCII: it cannot end the line.
    package let argument: [UInt8]

    package init(_ name: ReplyName, _ argument: [UInt8] = []) {
        self.name = name
        self.argument = argument
    }

    package init(_ name: ReplyName, _ argument: some StringProtocol) {
        self.init(name, Array(argument.utf8))
    }

    package init(_ name: ReplyName, _ argument: Int) {
        self.init(name, String(argument))
    }

    /// Three digits (RFC 5321 §4.2.1).
    package var code: Int { name.template.code }

    /// A refusal that counts against `--max-errors`. "Try later" is not the client's fault: a list of 150 recipients
    /// meets the cap of 100 fifty times and must still be able to send.
    var isClientError: Bool { code >= 500 }

    /// Longest argument on the wire: a reply line has room for 512 bytes (RFC 5321 §4.5.3.1.5).
    private static let longestArgument = 300

    /// Appends the reply as a line.
    package func write(into output: inout [UInt8]) {
        let template = name.template
        output.append(decimal: template.code)
        output.append(" ")
        if template.enhanced.utf8CodeUnitCount > 0 {
            output.append(template.enhanced)
            output.append(" ")
        }
        writeText(template.text, into: &output)
        output.append("\r\n")
    }

    /// Appends the words of a row, which have one `%` at most.
    private func writeText(_ text: StaticString, into output: inout [UInt8]) {
        text.withUTF8Buffer { buffer in
            let text = unsafe buffer.span
            let mark = text.firstIndex(of: UInt8(ascii: "%"), from: 0) ?? text.count
            output.append(text.extracting(..<mark))
            guard mark < text.count else { return }
            writeArgument(into: &output)
            output.append(text.extracting((mark + 1)...))
        }
    }

    private func writeArgument(into output: inout [UInt8]) {
        for byte in argument.prefix(Self.longestArgument) {
            output.append(byte.isControl || byte.isNonASCII ? UInt8(ascii: "?") : byte)
        }
    }

    /// The reply as text without the line's end, for logs and tests.
    package var line: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }
}

extension Reply {
    /// Whether the connection closes after it: 421 says so (RFC 5321 §3.8), after a chunk of unknown size nothing can be
    /// understood any more, and who does not wait for the greeting waits for no reply.
    var endsConnection: Bool { code == 421 || name == .badChunkSize || name == .earlyTalker }
}
