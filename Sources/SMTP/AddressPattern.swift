/// An address taken apart for comparing: lower case, quoting removed, the domain after the last `@`, in Unicode.
package struct ComparableAddress: Hashable, Sendable {
    /// In lower case, without quoting.
    package let localPart: String
    /// Empty for a bare local part.
    package let domain: String

    /// Takes any bytes apart; what is no address simply matches no pattern but `@*`.
    package init(_ address: some BidirectionalCollection<UInt8>) {
        let at = address.lastIndex(of: UInt8(ascii: "@"))
        localPart = Self.unquoted(address[..<(at ?? address.endIndex)])
        domain = at.map { comparableDomain(address[address.index(after: $0)...]) } ?? ""
    }

    init(localPart: String, domain: String) {
        (self.localPart, self.domain) = (localPart, domain)
    }

    private static func folded(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self).lowercased()
    }

    /// `"a b"` and `a\ b` name the mailbox `a b` (RFC 5321 §4.1.2).
    private static func unquoted(_ bytes: some BidirectionalCollection<UInt8>) -> String {
        guard bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") else {
            return folded(bytes)
        }
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in bytes.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                plain.append(byte)
                isEscaped = false
            }
        }
        return folded(plain)
    }

    /// The local part before the first of the delimiter's characters; nil when none is in it, or nothing before it.
    func localPart(before delimiters: String) -> String? {
        guard let end = localPart.firstIndex(where: { delimiters.contains($0) }), end > localPart.startIndex else {
            return nil
        }
        return String(localPart[..<end])
    }
}

/// Which recipients are meant: `user@domain`, `@domain`, `@.domain` (any subdomain, not the domain itself), `@*`
/// (any recipient), or `postmaster` alone. Letters compare without case.
package struct AddressPattern: Hashable, Sendable, CustomStringConvertible {
    /// The forms of a pattern.
    package enum Kind: Hashable, Sendable {
        case mailbox(ComparableAddress)
        case domain(String)
        /// Holds the parent domain, without the dot.
        case subdomains(of: String)
        case any
    }

    /// What a text that is no pattern says about itself.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// What it means.
    package let kind: Kind
    /// The pattern as it was written.
    package let description: String

    package init(_ text: some StringProtocol) throws(Malformed) {
        description = String(text)
        kind = try Self.kind(of: description)
    }

    private static func kind(of text: String) throws(Malformed) -> Kind {
        let address = ComparableAddress(Array(text.utf8))
        if text == "@*" { return .any }
        if address.domain.isEmpty {
            guard address.localPart == "postmaster" else { throw malformed(text) }
            return .mailbox(address)
        }
        let parent = address.domain.hasPrefix(".") ? String(address.domain.dropFirst()) : address.domain
        guard isDomain(parent) else { throw malformed(text) }
        if address.localPart.isEmpty { return parent == address.domain ? .domain(parent) : .subdomains(of: parent) }
        guard parent == address.domain, !text.utf8.contains(where: \.isControl),
            text.hasPrefix("\"") || !address.localPart.contains("@")
        else { throw malformed(text) }
        guard text.hasPrefix("\"") || !address.localPart.contains("*") else {
            throw Malformed(
                description: "'\(text)': * stands for no part of a name; for every mailbox say @\(address.domain)")
        }
        return .mailbox(address)
    }

    private static func malformed(_ text: String) -> Malformed {
        Malformed(description: "'\(text)' is no recipient pattern (user@domain, @domain, @.domain, @* or postmaster)")
    }

    private static func isDomain(_ text: String) -> Bool {
        if text.hasPrefix("[") { return text.hasSuffix("]") && text.count > 2 }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty
                && label.utf8.allSatisfy {
                    $0.isLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0.isNonASCII
                }
        }
    }

    /// Whether the pattern means this address; `user@domain` means `user+tag@domain` too when `+` is one of the
    /// delimiters.
    package func matches(_ address: ComparableAddress, delimiters: String) -> Bool {
        switch kind {
        case .any: return true
        case .domain(let domain): return address.domain == domain
        case .subdomains(let parent): return address.domain.hasSuffix("." + parent)
        case .mailbox(let mailbox):
            guard address.domain == mailbox.domain else { return false }
            return address.localPart == mailbox.localPart
                || address.localPart(before: delimiters) == mailbox.localPart
        }
    }
}
