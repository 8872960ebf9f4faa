import Foundation
import SMTP
import Testing

/// A dialogue from Tests/Transcripts; the format is in its README.md.
struct Transcript: CustomTestStringConvertible, Sendable {
    enum Step: Sendable {
        case send([UInt8])
        case expect(String)
        case handshake
        case closed
    }

    struct Message: Equatable, Sendable {
        var envelope: String
        var content: [UInt8] = []
    }

    let name: String
    var settings: [String: String] = [:]
    var steps: [Step] = []
    var messages: [Message] = []

    var testDescription: String { name }

    init(_ file: URL) throws {
        name = file.lastPathComponent
        for line in try String(contentsOf: file, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            try read(String(line))
        }
    }

    static let all: [Transcript] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Transcripts")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }.compactMap {
            try? Transcript($0)
        }
    }()

    private mutating func read(_ line: String) throws {
        func rest(_ prefix: String) -> String? { line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : nil }
        if line.isEmpty || line.hasPrefix("#") { return }
        if let text = rest("! ") {
            for word in text.split(separator: " ") {
                let pair = word.split(separator: "=", maxSplits: 1)
                settings[String(pair[0])] = pair.count > 1 ? String(pair[1]) : ""
            }
        } else if let text = rest("C: ") {
            send(Array((text + "\r\n").utf8))
        } else if let text = rest("C| ") {
            send(Self.unescaped(text))
        } else if let text = rest("S: ") ?? rest("Sclear: ") {
            steps.append(.expect(text))
        } else if line == "T" {
            steps.append(.handshake)
        } else if line == "X" {
            steps.append(.closed)
        } else if let text = rest("M ") {
            messages.append(Message(envelope: text))
        } else if let text = rest("|\\ ") {
            messages[messages.count - 1].content += Self.unescaped(text)
        } else if let text = rest("| ") {
            messages[messages.count - 1].content += Array((text + "\r\n").utf8)
        } else if rest("Stls: ") == nil {
            throw CocoaError(.fileReadCorruptFile)
        }
    }

    /// Lines that follow each other leave in one piece.
    private mutating func send(_ bytes: [UInt8]) {
        if case .send(let before)? = steps.last {
            steps[steps.count - 1] = .send(before + bytes)
        } else {
            steps.append(.send(bytes))
        }
    }

    static func unescaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let code = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch code {
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "0"): bytes.append(0)
            case UInt8(ascii: "x"):
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            default: bytes.append(code)
            }
        }
        return bytes
    }

    /// The policy that the settings ask for.
    func policy() throws -> Policy {
        let patterns = try (settings["rcpt"] ?? "@example.com").split(separator: ",").map { try AddressPattern($0) }
        func number(_ name: String, _ otherwise: Int) -> Int { settings[name].flatMap { Int($0) } ?? otherwise }
        return Policy(
            hostname: "mx.example.com", recipients: RecipientTable(patterns, delimiters: "+"),
            maxSize: number("max-size", 26_214_400), maxRecipients: number("max-recipients", 100),
            maxErrors: number("max-errors", 10),
            bareNewline: settings["bare-newline"].flatMap { Policy.BareNewline(rawValue: $0) } ?? .normalize,
            tls: settings["tls"].flatMap { Policy.TLSUse(rawValue: $0) } ?? .may)
    }
}

/// A server without sockets and disk: shows bytes to a session and does what it says.
struct Player: ~Copyable {
    var session: Session
    var messages: [Transcript.Message] = []
    var drafts = 0
    private var draft: Transcript.Message?
    private var input: [UInt8] = []
    private(set) var isClosed = false
    private(set) var isSecuring = false

    init(_ policy: Policy, isLMTP: Bool = false, isTrusted: Bool = false) {
        session = Session(
            policy: policy, dialect: isLMTP ? .lmtp : .smtp, client: Client(address: .v4(0xC000_0207)),
            isTrusted: isTrusted, now: 0)
    }

    /// Shows the session these bytes behind what it has not used yet.
    mutating func feed(_ bytes: some Collection<UInt8>, now: Int64 = 0) {
        input += bytes
        var position = 0
        loop: while !isClosed {
            let shown = input
            switch session.step(shown.span, &position, now: now) {
            case .more: break loop
            case .next: continue
            case .judge: session.allowed()
            case .identify: session.identified()
            case .open: open()
            case .content(let range): draft?.content += input[range]
            case .carriageReturn: draft?.content.append(13)
            case .discard: draft = nil
            case .commit: commit(now)
            case .startTLS:
                isSecuring = true
                break loop
            case .close: isClosed = true
            }
        }
        input.removeFirst(position)
    }

    private mutating func open() {
        guard let envelope = session.envelope else { return }
        drafts += 1
        let addresses = [envelope.sender?.bytes ?? []] + envelope.recipients.map(\.bytes)
        let text = addresses.map { "<\(String(decoding: $0, as: UTF8.self))>" }.joined(separator: " ")
        draft = Transcript.Message(envelope: text + " " + envelope.protocolName)
        session.opened()
    }

    private mutating func commit(_ now: Int64) {
        if let message = draft.take() { messages.append(message) }
        session.stored(id: "id-\(messages.count)", now: now)
    }

    mutating func handshake() {
        isSecuring = false
        session.secured(TLSInfo(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384"), now: 0)
    }

    /// Takes the replies out, a line each.
    mutating func replies() -> [String] {
        defer { session.output = [] }
        return String(decoding: session.output, as: UTF8.self).components(separatedBy: "\r\n").dropLast()
    }
}
