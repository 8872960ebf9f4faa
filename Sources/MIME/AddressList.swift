/// The mailboxes of a field (RFC 5322 §3.4, §4.4; RFC 6532; RFC 6854), groups flattened.
public struct AddressList: Sendable {
    /// All names and addresses, one after another, in UTF-8.
    public internal(set) var text: [UInt8] = []
    /// In order.
    public internal(set) var mailboxes: [Mailbox] = []
    /// A group may be empty.
    public internal(set) var groups: [Group] = []

    /// A group of mailboxes.
    public struct Group: Sendable, Equatable {
        /// Where its name stands in the list's `text`.
        public let name: Range<Int>
        /// The index of the first mailbox behind the name, in the group or not.
        public let start: Int
    }

    /// The list in order as RFC 8621 §4.1.2.4 has it: groups, and between them the mailboxes that are in none, without a name.
    public var grouped: [(name: Range<Int>?, mailboxes: Range<Int>)] {
        var grouped: [(name: Range<Int>?, mailboxes: Range<Int>)] = []
        var position = 0
        for (index, group) in groups.enumerated() {
            if position < group.start { grouped.append((nil, position..<group.start)) }
            position = mailboxes[group.start...].firstIndex { $0.group != index } ?? mailboxes.count
            grouped.append((group.name, group.start..<position))
        }
        if position < mailboxes.count { grouped.append((nil, position..<mailboxes.count)) }
        return grouped
    }

    init() {}

    /// Adds the mailboxes of a value.
    mutating func read(
        _ bytes: Span<UInt8>, _ value: Range<Int>, _ fallback: Charset, part: Int?, _ defects: inout Defects
    ) {
        var reader = AddressReader(bytes, value, fallback)
        // Held by both, the list would be copied.
        swap(&reader.list, &self)
        reader.run()
        swap(&reader.list, &self)
        if reader.damaged { defects.add(.address, part: part, "a list of addresses that cannot be read as one") }
        reader.decoder.report(part: part, to: &defects)
    }
}

/// One mailbox of an `AddressList`.
public struct Mailbox: Sendable, Equatable {
    /// The display name, else the comment that stands for it, in the list's `text`; nil when there is neither.
    public let name: Range<Int>?
    /// The address in the list's `text`. Empty when there is a name alone.
    public let email: Range<Int>
    /// Index in the list's `groups`; nil outside of groups.
    public let group: Int?
}
