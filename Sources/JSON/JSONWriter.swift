import Bytes

/// Writes JSON (RFC 8259) at the end of one buffer of bytes. Whatever it is given, the bytes are valid UTF-8.
///
/// It puts commas, colons and indentation in place; that names and ends are called in a sensible order is the
/// caller's part. Members are written in the order of the calls, and nothing is looked up or kept.
package struct JSONWriter: ~Copyable {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    private var inserts: [JSONText.Insert] = []
    private let pretty: Bool
    private var depth = 0
    /// A value has ended on this level: the next one needs a comma.
    private var followsValue = false
    /// A member's name was written: the next value stands on its line.
    private var followsName = false

    /// Starts with nothing.
    /// - Parameter pretty: a line for each value, indented by two spaces a level, instead of no white space at all.
    package init(pretty: Bool = false) {
        self.pretty = pretty
    }

    // MARK: The buffer

    /// All that has been written, what is deferred included.
    package var text: JSONText { JSONText(bytes, inserts) }

    /// Ends a text by a line feed.
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        followsValue = false
    }

    /// Forgets what was written and keeps the memory for the next text, unless it is more than `limit` bytes.
    package mutating func clear(keeping limit: Int) {
        if bytes.capacity > limit { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
        inserts.removeAll()
        depth = 0
        followsValue = false
        followsName = false
    }

    // MARK: Objects and arrays

    /// Writes an object, whose members `body` writes.
    package mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        beginObject()
        try body(&self)
        endObject()
    }

    /// Writes an array, whose elements `body` writes.
    package mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
        beginArray()
        try body(&self)
        endArray()
    }

    /// Opens an object.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Closes the object that was opened last.
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Opens an array.
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Closes the array that was opened last.
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        depth += 1
        followsValue = false
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        if followsValue { indent() }
        bytes.append(bracket)
        followsValue = true
    }

    // MARK: Members

    /// Writes a member's name, which is one of ours: ASCII without quotes, backslashes and controls.
    package mutating func name(_ name: StaticString) {
        let needsComma = followsValue && !pretty
        if pretty { separate() }
        name.withUTF8Buffer { name in
            let name = unsafe name.span
            bytes.appendInRegisters(name.count + 4) { room in
                if needsComma { room.append(UInt8(ascii: ",")) }
                room.append(UInt8(ascii: "\""))
                room.append(copying: name)
                room.append(UInt8(ascii: "\""))
                room.append(UInt8(ascii: ":"))
            }
        }
        endName()
    }

    /// Writes a member's name, which may be anything.
    package mutating func name(_ name: Span<UInt8>) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        endName()
    }

    private mutating func endName() {
        if pretty { bytes.append(UInt8(ascii: " ")) }
        followsName = true
        followsValue = false
    }

    // MARK: Values

    /// Writes a string of UTF-8. Bytes that are not UTF-8 become U+FFFD, and so does U+0000, which many a reader of
    /// JSON cannot hold.
    package mutating func string(_ text: Span<UInt8>) {
        separate()
        quote(text)
        followsValue = true
    }

    /// As `string` of a span. A long text is not copied, but escaped when the whole is written.
    package mutating func string(_ text: [UInt8]) {
        if text.count >= Self.longText, let escaped = EscapedText(text) { return string(deferred: escaped) }
        string(text.span)
    }

    /// Writes a run of lines as a string, whose ends become LF, CRLF as well as LF. It must be UTF-8, without control characters besides line
    /// ends and tabs, and without CR but before LF. A run of `longText` and more is escaped when the whole is written.
    package mutating func string(lines text: [UInt8], _ run: Range<Int>) {
        if run.count >= Self.longText { return string(deferred: EscapedLines(text, run)) }
        separate()
        bytes.append(UInt8(ascii: "\""))
        Escape.append(lines: text.span.extracting(run), to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        followsValue = true
    }

    /// Writes a string whose UTF-8 `append` adds to the buffer, without an array of its own.
    package mutating func string(_ append: (inout [UInt8]) -> Void) {
        stringOrNull { bytes in
            append(&bytes)
            return true
        }
    }

    /// As `string`, or null where `append` returns false.
    package mutating func stringOrNull(_ append: (inout [UInt8]) -> Bool) {
        separate()
        if !appendString(append) { bytes.append(contentsOf: "null".utf8) }
        followsValue = true
    }

    /// Writes a member that is a string, or nothing at all where `append` returns false.
    package mutating func memberIfPresent(_ name: StaticString, _ append: (inout [UInt8]) -> Bool) {
        let (start, followed) = (bytes.count, followsValue)
        self.name(name)
        separate()
        if appendString(append) {
            followsValue = true
        } else {
            bytes.removeLast(bytes.count - start)
            followsValue = followed
        }
    }

    private mutating func appendString(_ append: (inout [UInt8]) -> Bool) -> Bool {
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        guard append(&bytes) else {
            bytes.removeLast(bytes.count - start + 1)
            return false
        }
        Escape.escapeTail(of: &bytes, from: start)
        bytes.append(UInt8(ascii: "\""))
        return true
    }

    /// Writes a number that is not known yet, to be set by `fill`.
    /// - Parameter estimate: a number that probably has as many digits.
    /// - Returns: where it stands.
    package mutating func place(_ estimate: Int) -> Range<Int> {
        separate()
        let start = bytes.count
        Self.append(estimate, to: &bytes)
        followsValue = true
        return start..<bytes.count
    }

    /// Sets a number that was placed. If it has as many digits as the estimate, nothing moves.
    package mutating func fill(_ place: Range<Int>, _ value: Int) {
        var digits: [UInt8] = []
        Self.append(value, to: &digits)
        bytes.replaceSubrange(place, with: digits)
        for index in inserts.indices.reversed() where inserts[index].position >= place.upperBound {
            inserts[index].position += digits.count - place.count
        }
    }

    /// Writes a string.
    package mutating func string(_ text: String) {
        string(text.utf8Span.span)
    }

    /// Writes a string whose bytes `body` appends. They must be printable ASCII without quotes and backslashes.
    package mutating func plainString(_ body: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        body(&bytes)
        bytes.append(UInt8(ascii: "\""))
        followsValue = true
    }

    /// Writes a string whose content is made when the text is written.
    package mutating func string(deferred text: some DeferredText) {
        plainString { _ in }
        inserts.append(JSONText.Insert(position: bytes.count - 1, text: text))
    }

    /// Writes a run of bytes as a string of base64 (RFC 4648 §4), padded. A long run is encoded when the text is written.
    package mutating func base64(_ data: [UInt8], _ run: Range<Int>) {
        if run.count >= Self.deferredSize { return string(deferred: EncodedText(source: data, rest: run)) }
        plainString { bytes in Base64.encode(data.span.extracting(run), into: &bytes) }
    }

    /// Shorter texts are escaped at once.
    package static var longText: Int { 1 << 20 }

    /// Shorter content is not worth to be deferred.
    package static var deferredSize: Int { 64 * 1024 }

    /// Writes a whole number.
    package mutating func number(_ value: Int) {
        separate()
        Self.append(value, to: &bytes)
        followsValue = true
    }

    private static func append(_ value: Int, to bytes: inout [UInt8]) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var divisor: UInt = 1
        let magnitude = value.magnitude
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude / divisor % 10))
            divisor /= 10
        }
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes `null`.
    package mutating func null() {
        literal("null")
    }

    private mutating func literal(_ word: StaticString) {
        separate()
        word.withUTF8Buffer { word in unsafe bytes.append(contentsOf: word) }
        followsValue = true
    }

    // MARK: Between values

    /// What stands before a value or a name: nothing, or a comma and, when indenting, a new line.
    private mutating func separate() {
        if followsName {
            followsName = false
            followsValue = false
            return
        }
        if followsValue { bytes.append(UInt8(ascii: ",")) }
        followsValue = false
        if depth > 0 { indent() }
    }

    private mutating func indent() {
        guard pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func quote(_ text: Span<UInt8>) {
        if Escape.isPlainASCII(text) {
            return bytes.appendInRegisters(text.count + 2) { room in
                room.append(UInt8(ascii: "\""))
                room.append(copying: text)
                room.append(UInt8(ascii: "\""))
            }
        }
        bytes.append(UInt8(ascii: "\""))
        Escape.append(text, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}

// MARK: Members in one call

extension JSONWriter {
    /// Writes a member that is a string, or null.
    package mutating func member(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member that is a whole number.
    package mutating func member(_ name: StaticString, _ value: Int) {
        self.name(name)
        number(value)
    }

    /// Writes a member that is `true` or `false`.
    package mutating func member(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// Writes a member that is an array of strings, or null.
    package mutating func member(_ name: StaticString, _ values: [String]?) {
        self.name(name)
        guard let values else { return null() }
        array { json in
            for value in values { json.string(value) }
        }
    }
}
