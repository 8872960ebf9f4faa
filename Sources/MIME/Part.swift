/// A node of the MIME tree: where it stands, and what its header says it is.
public struct Part: Sendable {
    /// Its place in `Message.parts`.
    public let index: Int
    /// The index of the multipart that it stands in; -1 for the message itself.
    public let parent: Int
    /// Its place among its siblings, from 1.
    public let ordinal: Int
    /// How many multiparts it stands in.
    public let depth: Int
    /// Index of its first child; -1: none.
    public internal(set) var firstChild = -1
    /// Index of its next sibling; -1: none.
    public internal(set) var nextSibling = -1
    /// Its fields in `Message.fields`.
    public internal(set) var fields: Range<Int>
    /// The bytes of its header, the empty line excluded.
    public internal(set) var header: Range<Int>
    /// The bytes of its body, still encoded. For a multipart: preamble and parts.
    public internal(set) var body: Range<Int>
    /// What it is.
    public internal(set) var kind: MediaKind
    /// How its body is encoded.
    public internal(set) var encoding = TransferEncoding.identity
    /// What its Content-Disposition asks for.
    public internal(set) var disposition = Disposition.none
    /// Type and subtype in the message's bytes; nil when the default counts.
    var mediaType: (type: Range<Int>, subtype: Range<Int>)?
    /// Indices in `Message.fields` of the fields that matter here; -1: none.
    var typeField = -1
    var dispositionField = -1
    var idField = -1

    /// Of a text that is not encoded and no file: what a look at it told.
    var traits: TextTraits?

    /// Whether it says that it is a multipart but has no parts.
    public internal(set) var isBrokenMultipart = false

    /// The uuencoded files that stand in its text, as indices in `Message.parts`, where they follow all other parts. They are parts of no
    /// multipart, and `parent` of each is this text.
    public internal(set) var files = 0..<0
    /// Of such a file: where its name stands.
    var fileName: Range<Int>?

    /// Whether it is a uuencoded file that stands in a text.
    public var isFileInText: Bool { fileName != nil }
    /// Whether it has parts instead of a body.
    public var isMultipart: Bool { kind.isMultipart }
    /// Whether its body is text.
    public var isText: Bool { kind == .plain || kind == .html || kind == .text }
    /// Whether its body is a whole message.
    public var isMessage: Bool { kind == .message }
}

/// The media types that make a difference here.
public enum MediaKind: UInt8, Sendable {
    /// text/plain, which is also the default; text/html; other text.
    case plain, html, text
    /// Images, sounds and films, which may be displayed in line (RFC 8621 §4.1.4).
    case image, audio, video
    /// message/rfc822, message/global and message/news: a whole message.
    case message
    /// multipart/alternative, /related, /digest, and all other multiparts.
    case alternative, related, digest, multipart
    /// Everything else.
    case other

    /// Whether this is a kind of multipart.
    public var isMultipart: Bool { self == .alternative || self == .related || self == .digest || self == .multipart }
}

/// Content-Disposition (RFC 2183).
public enum Disposition: UInt8, Sendable {
    case none, inline, attachment, other

    init(_ bytes: Span<UInt8>, _ token: Range<Int>) {
        self =
            if token.isEmpty { .none } else if bytes.equals(token, "inline") {
                .inline
            } else if bytes.equals(
                token, "attachment")
            { .attachment } else { .other }
    }
}

/// Content-Transfer-Encoding (RFC 2045 §6).
public enum TransferEncoding: UInt8, Sendable {
    /// 7bit, 8bit, binary, and everything unknown: the body is its content.
    case identity
    case base64, quotedPrintable, uuencode

    /// Reads the value of the field; nil when it is unknown. Only the first token counts.
    init?(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        let token = ContentType(bytes, value).type
        if bytes.equals(token, "base64") {
            self = .base64
        } else if bytes.equals(token, "quoted-printable") {
            self = .quotedPrintable
        } else if ["x-uuencode", "uuencode", "x-uue", "uue"].contains(where: { bytes.equals(token, $0) }) {
            self = .uuencode
        } else if ["7bit", "8bit", "binary", "7-bit", "8-bit", ""].contains(where: { bytes.equals(token, $0) }) {
            self = .identity
        } else {
            return nil
        }
    }
}
