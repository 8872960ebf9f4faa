import SMTP
import Tool

/// Records for some recipients go to an endpoint of their own, which has a name: `NAME:PATTERN=URL`.
struct Route {
    /// `[a-z0-9-]{1,32}`: it becomes part of file names.
    let name: String
    let pattern: AddressPattern
    /// It may be a secret: no message repeats it.
    let url: String

    /// Reads the value of --route. The URL begins at the first `=http`: an address may hold `=` and `:` too.
    init(_ text: String) throws(Failure) {
        guard let colon = text.firstIndex(of: ":"), Self.isName(text[..<colon]) else {
            throw Failure(.usage, "--route must be NAME:PATTERN=URL, with a NAME of 1 to 32 of a-z, 0-9 and -")
        }
        let rest = text[text.index(after: colon)...]
        guard let equals = rest.indices.first(where: { Self.isURL(after: $0, in: rest) }) else {
            throw Failure(.usage, "--route \(text[..<colon]): =http:// or =https:// must follow the pattern")
        }
        name = String(text[..<colon])
        pattern = try Self.pattern(rest[..<equals], "--route \(name)")
        url = String(rest[rest.index(after: equals)...])
    }

    private static func isURL(after index: Substring.Index, in text: Substring) -> Bool {
        guard text[index] == "=" else { return false }
        let url = text[text.index(after: index)...].prefix(8).lowercased()
        return url.hasPrefix("http://") || url == "https://"
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
    }

    /// A pattern as smtp-accept's --rcpt has it.
    static func pattern(_ text: some StringProtocol, _ place: String) throws(Failure) -> AddressPattern {
        do throws(AddressPattern.Malformed) {
            return try AddressPattern(text)
        } catch {
            throw Failure(.usage, "\(place): \(error)")
        }
    }
}

/// Which endpoints a record goes to, by the recipients of its envelope.
struct RouteTable: Sendable {
    private var rules: [(pattern: AddressPattern, name: String)] = []

    /// `user@domain` means `user+tag@domain` too, as smtp-accept has it by default.
    private static let delimiters = "+"

    var isEmpty: Bool { rules.isEmpty }

    mutating func add(_ pattern: AddressPattern, to name: String) {
        rules.append((pattern, name))
    }

    /// The names of the routes that match any of the recipients, each once, in the order in which they were given.
    func names(for recipients: [[UInt8]]) -> [String] {
        guard !rules.isEmpty else { return [] }
        let addresses = recipients.map { ComparableAddress($0) }
        var names: [String] = []
        for (pattern, name) in rules where !names.contains(name) {
            if addresses.contains(where: { pattern.matches($0, delimiters: Self.delimiters) }) { names.append(name) }
        }
        return names
    }
}
