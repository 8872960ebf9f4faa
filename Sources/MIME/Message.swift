/// A message as a tree: bytes, and where in them its fields and parts stand. Decoding happens when it is asked for.
///
/// Any bytes give a value. What was wrong stands in `defects`; what decoding finds goes to the collector that the caller passes.
public struct Message: Sendable {
    /// The bytes that all ranges refer to.
    public let bytes: [UInt8]
    /// What of them is this message.
    public let range: Range<Int>
    /// The fields of all parts, part after part.
    public let fields: [Field]
    /// In document order; the first is the message itself, and there always is one. A message within (message/rfc822) is a leaf here.
    /// After them all come the uuencoded files that stand in texts.
    public let parts: [Part]
    /// Which fields its own header has.
    private let names: FieldNames
    /// What is wrong with the structure.
    public let defects: [Defect]
    /// What raw 8-bit text in a header is read with if it is not UTF-8.
    private(set) var rawCharset = Charset(decoder: .windows1252)

    /// Reads a whole message, trace block included.
    public static func parse(_ bytes: [UInt8]) -> Message {
        let span = bytes.span
        let everything = 0..<bytes.count
        if span.firstIndex(of: .lf, in: everything) == nil, span.firstIndex(of: .cr, in: everything) != nil {
            // Where no line ends with LF, lines end with CR (old Macintoshes). Places stay what they were.
            return Message(bytes.map { $0 == .cr ? .lf : $0 }, everything)
        }
        return Message(bytes, everything)
    }

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        var parser = MessageParser(bytes.span, range)
        parser.run()
        parser.findFiles()
        fields = parser.fields
        names = parser.rootFields
        parts = parser.parts
        defects = parser.defects.list
        self.bytes = bytes
        self.range = range
        rawCharset = charsetOfRawText() ?? rawCharset
    }

    /// The message itself.
    public var root: Part { parts[0] }

    /// The fields of the message's own header.
    public var header: ArraySlice<Field> { fields[parts[0].fields] }

    /// Whether its own header has a field.
    public func has(_ name: FieldName) -> Bool { names.contains(name) }

    /// The direct children of a multipart, in order.
    public func children(of part: Part) -> [Int] {
        var list: [Int] = []
        var next = part.firstChild
        while next >= 0 {
            list.append(next)
            next = parts[next].nextSibling
        }
        return list
    }

    /// The message that a part holds, decoded if need be; nil when it holds none.
    public func embedded(_ part: Part) -> Message? {
        guard part.isMessage else { return nil }
        if part.encoding == .identity { return Message(bytes, part.body) }
        var decoded: [UInt8] = []
        var ignored = Defects()
        appendBody(of: part, to: &decoded, defects: &ignored)
        return Message.parse(decoded)
    }
}
