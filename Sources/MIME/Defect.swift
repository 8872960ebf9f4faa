/// What was wrong with a message. The raw value is the code of the JSON document, listed in mailjson(5).
public enum DefectCode: String, Sendable, CaseIterable {
    /// A header line that is neither a field nor a folded continuation.
    case headerLine
    /// More fields than `Limits` allows; the rest is left out.
    case fieldLimit
    /// A header that ends without an empty line before text that is no field.
    case headerEnd
    /// The message begins with the "From " line of an mbox.
    case mboxLine
    /// A multipart without a boundary parameter.
    case boundaryMissing
    /// A multipart whose boundary never occurs.
    case boundaryNotFound
    /// A multipart without its closing delimiter.
    case boundaryNotClosed
    /// Multiparts nested deeper than `Limits.depth`.
    case depthLimit
    /// More parts than `Limits.parts`.
    case partLimit
    /// A Content-Type that cannot be read.
    case contentType
    /// A Content-Transfer-Encoding that is unknown, or not allowed where it stands.
    case transferEncoding
    /// Damaged base64.
    case base64
    /// Damaged quoted-printable.
    case quotedPrintable
    /// Damaged uuencode.
    case uuencode
    /// A charset that nobody knows.
    case charset
    /// Bytes that are not text in their charset; U+FFFD stands for them.
    case undecodable
    /// 8-bit text without a charset.
    case unlabelled
    /// U+0000 in text; U+FFFD stands for it.
    case nul
    /// An encoded word (RFC 2047) or parameter (RFC 2231) that cannot be decoded.
    case encodedWord
    /// A list of addresses that cannot be read as one.
    case address
    /// A date that cannot be read.
    case date
    /// HTML of more blocks and open elements than are laid out together; its text is whole.
    case htmlLimit
    /// Members of `Limits.defects` and more.
    case defectLimit
}

/// One thing that was wrong.
public struct Defect: Sendable, Equatable {
    /// What.
    public let code: DefectCode
    /// Index of the part in `Message.parts`; nil when it is about the message as a whole.
    public let part: Int?
    /// In words, for a person.
    public let detail: String

    /// A defect of a part.
    public init(_ code: DefectCode, part: Int?, _ detail: String) {
        self.code = code
        self.part = part
        self.detail = detail
    }
}

/// Collects defects: one of a code and part, at most `Limits.defects`, so that decoding the same field twice tells nothing new.
public struct Defects: Sendable {
    /// In the order in which they were met.
    public private(set) var list: [Defect]

    /// Begins with those already known.
    public init(_ known: [Defect] = []) { list = known }

    /// Adds one, unless the part has this code already.
    public mutating func add(_ code: DefectCode, part: Int?, _ detail: @autoclosure () -> String) {
        guard list.count <= Limits.defects else { return }
        guard !list.contains(where: { $0.code == code && $0.part == part }) else { return }
        if list.count == Limits.defects {
            list.append(Defect(.defectLimit, part: nil, "only the first \(Limits.defects) are listed"))
        } else {
            list.append(Defect(code, part: part, detail()))
        }
    }
}
