/// A property `header:{name}[:as{form}][:all]` of JMAP (RFC 8621 §4.1.3): a header field in one of its forms.
struct HeaderProperty: Equatable, Sendable {
    /// The forms of §4.1.2.
    enum Form: String {
        case raw = "asRaw"
        case text = "asText"
        case addresses = "asAddresses"
        case groupedAddresses = "asGroupedAddresses"
        case messageIDs = "asMessageIds"
        case date = "asDate"
        case urls = "asURLs"
    }

    /// As it was asked for, which is the name of the member.
    let property: String
    /// The name of the field.
    let name: String
    let form: Form
    /// Whether every field of the name is meant, and not the last one.
    let isAll: Bool

    /// Whether a value of `--header-prefix` is meant as a property: no field's name has a colon.
    static func isMeant(_ value: String) -> Bool { value.hasPrefix("header:") }

    /// nil when that is no such property.
    init?(_ property: String) {
        var pieces = property.split(separator: ":", omittingEmptySubsequences: false)[...]
        guard pieces.popFirst() == "header", let name = pieces.popFirst(), !name.isEmpty,
            name.utf8.allSatisfy({ 33...126 ~= $0 })
        else { return nil }
        let form = pieces.first.flatMap { Form(rawValue: String($0)) }
        if form != nil { pieces.removeFirst() }
        isAll = pieces.first == "all"
        guard pieces.count == (isAll ? 1 : 0) else { return nil }
        self.property = property
        self.name = String(name)
        self.form = form ?? .raw
    }
}
