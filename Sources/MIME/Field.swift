/// One header field: where it stands in the message.
public struct Field: Sendable, Equatable {
    /// The name, as written.
    public let name: Range<Int>
    /// What follows the colon, folding included, without the line end that closes the field.
    public let value: Range<Int>
    /// Which field it is.
    public let known: FieldName
    /// Index of the part whose header it stands in.
    public let part: Int
}

/// The fields that this module knows by name.
public enum FieldName: UInt8, Sendable {
    case from, sender, replyTo, to, cc, bcc, subject, date
    case messageID, inReplyTo, references
    case returnPath, deliveredTo, xOriginalTo, received, receivedSPF, authenticationResults
    case contentType, contentTransferEncoding, contentDisposition, contentID, mimeVersion
    case autoSubmitted, listID, precedence
    case other

    /// The name in lower case; nil for `other`.
    var text: String? {
        switch self {
        case .from: "from"
        case .sender: "sender"
        case .replyTo: "reply-to"
        case .to: "to"
        case .cc: "cc"
        case .bcc: "bcc"
        case .subject: "subject"
        case .date: "date"
        case .messageID: "message-id"
        case .inReplyTo: "in-reply-to"
        case .references: "references"
        case .returnPath: "return-path"
        case .deliveredTo: "delivered-to"
        case .xOriginalTo: "x-original-to"
        case .received: "received"
        case .receivedSPF: "received-spf"
        case .authenticationResults: "authentication-results"
        case .contentType: "content-type"
        case .contentTransferEncoding: "content-transfer-encoding"
        case .contentDisposition: "content-disposition"
        case .contentID: "content-id"
        case .mimeVersion: "mime-version"
        case .autoSubmitted: "auto-submitted"
        case .listID: "list-id"
        case .precedence: "precedence"
        case .other: nil
        }
    }

    /// Recognises a name by its length and first letter, then compares once.
    init(_ bytes: Span<UInt8>, _ name: Range<Int>) {
        let candidate = Self.candidate(name.count, name.isEmpty ? 0 : bytes[name.lowerBound].lowered)
        if let text = candidate.text, bytes.equals(name, text) {
            self = candidate
        } else {
            // The only two of one length and first letter.
            self = candidate == .received && bytes.equals(name, "reply-to") ? .replyTo : .other
        }
    }

    private static func candidate(_ count: Int, _ first: UInt8) -> FieldName {
        switch (count, first) {
        case (2, UInt8(ascii: "t")): .to
        case (2, UInt8(ascii: "c")): .cc
        case (3, _): .bcc
        case (4, UInt8(ascii: "f")): .from
        case (4, UInt8(ascii: "d")): .date
        case (6, _): .sender
        case (7, UInt8(ascii: "s")): .subject
        case (7, UInt8(ascii: "l")): .listID
        case (8, _): .received
        default: longCandidate(count, first)
        }
    }

    private static func longCandidate(_ count: Int, _ first: UInt8) -> FieldName {
        switch (count, first) {
        case (10, UInt8(ascii: "m")): .messageID
        case (10, UInt8(ascii: "r")): .references
        case (10, UInt8(ascii: "p")): .precedence
        case (10, _): .contentID
        case (11, UInt8(ascii: "i")): .inReplyTo
        case (11, _): .returnPath
        case (12, UInt8(ascii: "c")): .contentType
        case (12, UInt8(ascii: "m")): .mimeVersion
        case (12, UInt8(ascii: "r")): .receivedSPF
        case (12, _): .deliveredTo
        case (13, _): .xOriginalTo
        case (14, _): .autoSubmitted
        case (19, _): .contentDisposition
        case (22, _): .authenticationResults
        case (25, _): .contentTransferEncoding
        default: .other
        }
    }
}

/// A set of field names.
struct FieldNames: Sendable {
    private var bits: UInt32 = 0

    mutating func insert(_ name: FieldName) { bits |= 1 << UInt32(name.rawValue) }
    func contains(_ name: FieldName) -> Bool { bits >> UInt32(name.rawValue) & 1 != 0 }
}
