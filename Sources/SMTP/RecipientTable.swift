/// The recipients of a server: many patterns compiled into a few look-ups, so that a file of a hundred thousand
/// addresses costs a recipient no more than one pattern does.
package struct RecipientTable: Sendable {
    /// What the table says about a recipient.
    package enum Verdict: Equatable, Sendable {
        case accepted
        /// Its domain is served here, but not this mailbox.
        case unknown
        /// Its domain is not served here.
        case foreign
    }

    private let mailboxes: Set<ComparableAddress>
    private let domains: Set<String>
    private let parents: Set<String>
    /// Domains that a pattern names: postmaster is accepted at each (RFC 5321 §4.5.1).
    private let named: Set<String>
    /// Whether `@*` is among the patterns.
    package let acceptsAny: Bool
    private let delimiters: String

    /// - Parameter delimiters: characters that end the user in `user+tag@domain`; empty: none does.
    package init(_ patterns: some Sequence<AddressPattern>, delimiters: String) {
        var mailboxes: Set<ComparableAddress> = []
        var domains: Set<String> = []
        var parents: Set<String> = []
        var acceptsAny = false
        for pattern in patterns {
            switch pattern.kind {
            case .mailbox(let mailbox): mailboxes.insert(mailbox)
            case .domain(let domain): domains.insert(domain)
            case .subdomains(let parent): parents.insert(parent)
            case .any: acceptsAny = true
            }
        }
        named = domains.union(mailboxes.map(\.domain)).subtracting([""])
        (self.mailboxes, self.domains, self.parents) = (mailboxes, domains, parents)
        (self.acceptsAny, self.delimiters) = (acceptsAny, delimiters)
    }

    /// Whether no pattern is there: nobody but a bare postmaster is accepted.
    package var isEmpty: Bool { !acceptsAny && mailboxes.isEmpty && domains.isEmpty && parents.isEmpty }

    /// What becomes of a RCPT for `mailbox`. A bare local part means it at any of the domains named.
    package func verdict(on mailbox: Mailbox) -> Verdict {
        let address = ComparableAddress(mailbox.bytes)
        if acceptsAny { return .accepted }
        if mailbox.at == nil { return acceptsBare(address.localPart) ? .accepted : .unknown }
        if domains.contains(address.domain) || isSubdomain(address.domain) || holds(address) { return .accepted }
        guard named.contains(address.domain) else { return .foreign }
        return address.localPart == "postmaster" ? .accepted : .unknown
    }

    private func holds(_ address: ComparableAddress) -> Bool {
        if mailboxes.contains(address) { return true }
        guard let user = address.localPart(before: delimiters) else { return false }
        return mailboxes.contains(ComparableAddress(localPart: user, domain: address.domain))
    }

    private func isSubdomain(_ domain: String) -> Bool {
        guard !parents.isEmpty else { return false }
        var rest = domain[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if parents.contains(String(rest)) { return true }
        }
        return false
    }

    private func acceptsBare(_ localPart: String) -> Bool {
        if localPart == "postmaster" || !domains.isEmpty { return true }
        return named.contains { holds(ComparableAddress(localPart: localPart, domain: $0)) }
    }
}
