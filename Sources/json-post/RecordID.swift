import JSON

/// The name of a record: in the queue, in the index, and as `webhook-id`.
enum RecordID {
    /// `[A-Za-z0-9_-]`
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// The longest id that is used as it is.
    static let longest = 128

    /// The id of a record that names itself: a string of 1 to 128 plain characters as it is, any other string or number
    /// as `sha256-` and the digest of its text.
    static func name(_ id: RecordShape.ID, in line: Span<UInt8>) -> String {
        switch id {
        case .number(let range):
            return digest(line.extracting(range))
        case .string(let range):
            let written = line.extracting(range)
            if isUsable(written) { return String(copying: written) }
            let text = decodedString(written)
            return isUsable(text.span) ? String(decoding: text, as: UTF8.self) : digest(text.span)
        }
    }

    private static func isUsable(_ text: Span<UInt8>) -> Bool {
        guard (1...longest).contains(text.count) else { return false }
        for index in 0..<text.count where !isPlain(text[index]) { return false }
        return true
    }

    /// What stands for an id that cannot be a name: `sha256-` and 64 digits.
    static func digest(_ text: Span<UInt8>) -> String {
        "sha256-" + SHA256.hex(text)
    }
}

extension String {
    /// The text of bytes that are ASCII.
    init(copying bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
