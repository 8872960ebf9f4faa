/// What a Content-Type or Content-Disposition says before its parameters (RFC 2045 §5.1, RFC 2183).
struct ContentType {
    let type: Range<Int>
    /// Empty when there is no slash.
    let subtype: Range<Int>
    /// Where the parameters begin.
    let parameters: Int

    /// Reads the value of a field. Comments and white space may stand anywhere between tokens.
    init(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        let end = value.upperBound
        let start = bytes.skipCFWS(value.lowerBound, end)
        type = Self.token(bytes, start, end)
        var i = bytes.skipCFWS(type.upperBound, end)
        if i < end, bytes[i] == UInt8(ascii: "/") {
            subtype = Self.token(bytes, bytes.skipCFWS(i + 1, end), end, slashes: true)
            i = bytes.skipCFWS(subtype.upperBound, end)
        } else {
            subtype = i..<i
        }
        parameters = i
    }

    /// A token, as senders write it: up to white space, a comment, or what begins a parameter.
    private static func token(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, slashes: Bool = false) -> Range<Int> {
        var i = start
        while i < end, !bytes[i].isFWS, bytes[i] != UInt8(ascii: ";"), bytes[i] != UInt8(ascii: "("),
            slashes || bytes[i] != UInt8(ascii: "/"), bytes[i] != UInt8(ascii: ",")
        {
            i += 1
        }
        return start..<i
    }

    /// What this is for the tree; nil when it cannot be read.
    func kind(_ bytes: Span<UInt8>) -> MediaKind? {
        guard !type.isEmpty, !subtype.isEmpty else { return nil }
        switch bytes[type.lowerBound].lowered {
        case UInt8(ascii: "t") where bytes.equals(type, "text"): return textKind(bytes)
        case UInt8(ascii: "m") where bytes.equals(type, "multipart"): return multipartKind(bytes)
        case UInt8(ascii: "m") where bytes.equals(type, "message"): return messageKind(bytes)
        case UInt8(ascii: "i") where bytes.equals(type, "image"): return .image
        case UInt8(ascii: "a") where bytes.equals(type, "audio"): return .audio
        case UInt8(ascii: "v") where bytes.equals(type, "video"): return .video
        default: return .other
        }
    }

    private func textKind(_ bytes: Span<UInt8>) -> MediaKind {
        if bytes.equals(subtype, "plain") { return .plain }
        return bytes.equals(subtype, "html") ? .html : .text
    }

    private func multipartKind(_ bytes: Span<UInt8>) -> MediaKind {
        if bytes.equals(subtype, "alternative") { return .alternative }
        if bytes.equals(subtype, "related") { return .related }
        return bytes.equals(subtype, "digest") ? .digest : .multipart
    }

    private func messageKind(_ bytes: Span<UInt8>) -> MediaKind {
        let whole =
            bytes.equals(subtype, "rfc822") || bytes.equals(subtype, "global") || bytes.equals(subtype, "news")
        return whole ? .message : .other
    }
}
