/// What the scanner tells about one record: where the members are that a deliverer acts on. Ranges count from the first byte of the line.
/// When a name occurs more than once its last value counts, as in most JSON parsers.
package struct RecordShape: Equatable, Sendable {
    /// The text that identifies a record.
    package enum ID: Equatable, Sendable {
        /// A string; the range is what stands between its quotation marks, escapes and all.
        case string(Range<Int>)
        /// A number, as written.
        case number(Range<Int>)
    }

    /// The member `id`, if it is a string or a number.
    package var id: ID?
    /// `discard` is `true` and `id` the only other member.
    package var isDiscard = false
    /// The recipients in `envelope.rcptTo`: ranges between quotation marks.
    package var recipients: [Range<Int>] = []
}

/// Judges lines in one pass: is this exactly one JSON object (RFC 8259, strict UTF-8 included), and what does a deliverer need of it?
package struct RecordScanner: Sendable {
    /// The member that identifies a record.
    private let idField: [UInt8]
    /// Whether `envelope.rcptTo` is wanted.
    private let wantsRecipients: Bool

    /// - Parameters:
    ///   - idField: the name of the member that identifies a record.
    ///   - recipients: whether `RecordShape.recipients` is to be filled.
    package init(idField: String = "id", recipients: Bool = false) {
        self.idField = Array(idField.utf8)
        self.wantsRecipients = recipients
    }

    /// The shape of the record, or nil when `line` is not one JSON object.
    package func scan(_ line: Span<UInt8>) -> RecordShape? {
        var cursor = JSONCursor(line)
        var members = Members()
        cursor.skipSpace()
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        cursor.skipSpace()
        if !cursor.take(UInt8(ascii: "}")) {
            repeat {
                guard member(line, &cursor, &members) else { return nil }
                cursor.skipSpace()
            } while cursor.take(UInt8(ascii: ","))
            guard cursor.take(UInt8(ascii: "}")) else { return nil }
        }
        cursor.skipSpace()
        guard cursor.isAtEnd else { return nil }
        members.shape.isDiscard = members.discard && members.sawID && !members.sawOther
        return members.shape
    }

    /// The identity of a line of which only the beginning is at hand: known if its first member is the id.
    package func leadingID(_ beginning: Span<UInt8>) -> RecordShape.ID? {
        var cursor = JSONCursor(beginning)
        cursor.skipSpace()
        guard cursor.take(UInt8(ascii: "{")), let name = cursor.memberName(), isName(beginning, name, idField) else {
            return nil
        }
        let id = cursor.identity()
        cursor.skipSpace()
        return cursor.isAtEnd ? nil : id
    }

    /// What has been seen of the members so far.
    private struct Members {
        var shape = RecordShape()
        var discard = false
        var sawID = false
        var sawOther = false
    }

    private func member(_ line: Span<UInt8>, _ cursor: inout JSONCursor, _ members: inout Members) -> Bool {
        guard let name = cursor.memberName() else { return false }
        if isName(line, name, idField) {
            members.sawID = true
            let start = cursor.at
            members.shape.id = cursor.identity()
            // What has begun as a string or a number and is none must not be read on from within.
            return members.shape.id != nil || cursor.at == start && cursor.value()
        }
        if isName(line, name, Self.discard) {
            members.discard = cursor.take("true")
            return members.discard || cursor.value()
        }
        members.sawOther = true
        if wantsRecipients, isName(line, name, Self.envelope), cursor.peek == UInt8(ascii: "{") {
            return envelope(line, &cursor, &members)
        }
        return cursor.value()
    }

    /// The object `envelope`.
    private func envelope(_ line: Span<UInt8>, _ cursor: inout JSONCursor, _ members: inout Members) -> Bool {
        members.shape.recipients = []
        guard cursor.take(UInt8(ascii: "{")) else { return false }
        cursor.skipSpace()
        if cursor.take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let name = cursor.memberName() else { return false }
            if isName(line, name, Self.rcptTo), cursor.peek == UInt8(ascii: "[") {
                guard recipients(&cursor, &members) else { return false }
            } else {
                guard cursor.value() else { return false }
            }
            cursor.skipSpace()
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "}"))
    }

    /// The array `rcptTo`; members that are not strings name nobody.
    private func recipients(_ cursor: inout JSONCursor, _ members: inout Members) -> Bool {
        members.shape.recipients = []
        guard cursor.take(UInt8(ascii: "[")) else { return false }
        cursor.skipSpace()
        if cursor.take(UInt8(ascii: "]")) { return true }
        repeat {
            cursor.skipSpace()
            if cursor.peek == quote {
                guard let range = cursor.string() else { return false }
                members.shape.recipients.append(range)
            } else {
                guard cursor.value() else { return false }
            }
            cursor.skipSpace()
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]"))
    }

    private static let discard = Array("discard".utf8)
    private static let envelope = Array("envelope".utf8)
    private static let rcptTo = Array("rcptTo".utf8)
}

extension JSONCursor {
    /// The name of a member, its colon and the white space around them.
    fileprivate mutating func memberName() -> Range<Int>? {
        skipSpace()
        guard let name = string() else { return nil }
        skipSpace()
        guard take(UInt8(ascii: ":")) else { return nil }
        skipSpace()
        return name
    }

    /// A string or a number. Reads nothing of any other value; a broken one is told by what follows.
    fileprivate mutating func identity() -> RecordShape.ID? {
        switch peek {
        case quote: string().map { .string($0) }
        case UInt8(ascii: "-"), 0x30...0x39: number().map { .number($0) }
        default: nil
        }
    }
}

/// Whether the member name at `range` is `name`, also when it is written with escapes.
private func isName(_ line: Span<UInt8>, _ range: Range<Int>, _ name: [UInt8]) -> Bool {
    let written = line.extracting(range)
    if written.count == name.count {
        for index in name.indices where written[index] != name[index] { return false }
        return true
    }
    guard written.count > name.count, written.count <= name.count * 6 else { return false }
    return decodedString(written) == name
}
