/// The name of a file in due/: `<unix due time>.<attempts>.<key>.json`, where the key is a record's id, and for a
/// routed record `<id>@<route>`.
struct QueueName: Equatable, Sendable, CustomStringConvertible {
    /// Seconds since 1970. No attempt before this time.
    var due: Int64
    /// Attempts made, the one under way included.
    var attempts: Int
    /// `<id>` or `<id>@<route>`.
    var key: String

    var description: String { "\(due).\(attempts).\(key).json" }

    /// What stands before the key of a file name; nil when the name is none of ours. The key is the rest up to `.json`.
    ///
    /// Numbers that are too big to be meant are cut to what an index entry holds: such a file is not named as we name it.
    static func prefix(_ name: Span<UInt8>) -> (due: UInt32, attempts: UInt16, key: Range<Int>)? {
        var at = 0
        guard let due = number(name, &at), let attempts = number(name, &at), let end = keyEnd(name), end > at,
            QueueKey.isKey(name.extracting(at..<end))
        else { return nil }
        return (UInt32(min(due, UInt64(UInt32.max))), UInt16(min(attempts, UInt64(UInt16.max))), at..<end)
    }

    /// Reads the name of a file.
    init?(_ name: String) {
        let bytes = Array(name.utf8)
        guard let (due, attempts, key) = Self.prefix(bytes.span) else { return nil }
        self.init(due: Int64(due), attempts: Int(attempts), key: String(decoding: bytes[key], as: UTF8.self))
    }

    init(due: Int64, attempts: Int, key: String) {
        (self.due, self.attempts, self.key) = (due, attempts, key)
    }

    /// Digits and the dot after them.
    private static func number(_ name: Span<UInt8>, _ at: inout Int) -> UInt64? {
        let start = at
        var value: UInt64 = 0
        while at < name.count, 0x30...0x39 ~= name[at] {
            guard at - start < 19 else { return nil }
            value = value * 10 + UInt64(name[at] - 0x30)
            at += 1
        }
        guard at > start, at < name.count, name[at] == UInt8(ascii: ".") else { return nil }
        at += 1
        return value
    }

    /// Where `.json` begins.
    private static func keyEnd(_ name: Span<UInt8>) -> Int? {
        let suffix = [UInt8](".json".utf8)
        guard name.count > suffix.count else { return nil }
        let end = name.count - suffix.count
        for index in suffix.indices where name[end + index] != suffix[index] { return nil }
        return end
    }
}

/// What identifies a queued record: `<id>`, or `<id>@<route>`.
enum QueueKey {
    /// Whether a record that we queued could be called so: letters, digits, `_`, `-`, `~`, and maybe `@` and the name of
    /// a route; 1 to 200 bytes.
    static func isKey(_ key: Span<UInt8>) -> Bool {
        guard (1...200).contains(key.count) else { return false }
        let id = idLength(key)
        for index in 0..<id where key[index] != UInt8(ascii: "~") && !RecordID.isPlain(key[index]) { return false }
        if id == key.count { return true }
        return id > 0 && Route.isName(String(copying: key.extracting((id + 1)...)))
    }

    /// How many bytes stand before the `@`, or in all.
    static func idLength(_ key: Span<UInt8>) -> Int {
        for index in 0..<key.count where key[index] == UInt8(ascii: "@") { return index }
        return key.count
    }

    /// The key of a record for an endpoint; without a name it is the id.
    static func key(_ id: String, _ route: String) -> String {
        route.isEmpty ? id : "\(id)@\(route)"
    }

    /// The name of the route in a key; empty for the operand.
    static func route(_ key: Span<UInt8>) -> String {
        let id = idLength(key)
        return id == key.count ? "" : String(copying: key.extracting((id + 1)...))
    }

    static func route(_ key: String) -> String {
        var key = key
        return key.withUTF8Span { route($0) }
    }

    /// The key of the file `<key>.json` in failed/.
    static func failed(_ name: String) -> String? {
        guard name.hasSuffix(".json") else { return nil }
        let key = String(name.dropLast(5))
        return isKey(Array(key.utf8).span) ? key : nil
    }
}
