/// An IPv4 or IPv6 address. An IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is the IPv4 one.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// From 4 or 16 bytes in network order; nil for any other number of them.
    package init?(bytes: some Collection<UInt8>) {
        func number(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self = .v4(UInt32(number(bytes)))
        case 16: self.init(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
        default: return nil
        }
    }

    private init(high: UInt64, low: UInt64) {
        self = high == 0 && low >> 32 == 0xFFFF ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(high: high, low: low)
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets, prefix or zone.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        if bytes.contains(UInt8(ascii: ":")) {
            guard let groups = Self.groups(bytes) else { return nil }
            func number(_ groups: ArraySlice<UInt16>) -> UInt64 { groups.reduce(0) { $0 << 16 | UInt64($1) } }
            self.init(high: number(groups[..<4]), low: number(groups[4...]))
        } else {
            guard let number = Self.dotted(bytes[...]) else { return nil }
            self = .v4(number)
        }
    }

    private static func dotted(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(\.isDigit), part.count == 1 || part.first != 0x30 else {
                return nil
            }
            let value = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
            guard value <= 255 else { return nil }
            number = number << 8 | value
        }
        return number
    }

    /// The eight groups of an IPv6 address (RFC 4291 §2.2).
    private static func groups(_ bytes: [UInt8]) -> [UInt16]? {
        let text = String(decoding: bytes, as: UTF8.self)
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = half(halves[0], isEnd: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return head.count == 8 ? head : nil }
        guard let tail = half(halves[1], isEnd: true), head.count + tail.count < 8 else { return nil }
        return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func half(_ text: Substring, isEnd: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if isEnd, index == parts.count - 1, part.contains(".") {
                guard let number = dotted(Array(part.utf8)[...]) else { return nil }
                groups += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    /// `192.0.2.7`, or `2001:db8::1` (RFC 5952).
    package var description: String {
        switch self {
        case .v4(let number):
            var text: [UInt8] = []
            text.reserveCapacity(15)
            for shift in [24, 16, 8, 0] as [UInt32] {
                if shift < 24 { text.append(UInt8(ascii: ".")) }
                text.append(decimal: Int(number >> shift & 0xFF))
            }
            return String(decoding: text, as: UTF8.self)
        case .v6(let high, let low):
            let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { half >> UInt64($0) & 0xFFFF } }
            return Self.compressed(groups)
        }
    }

    /// The longest run of two or more zero groups, the first of the longest, becomes `::`.
    private static func compressed(_ groups: [UInt64]) -> String {
        var longest = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(1, longest.count) { longest = start..<index }
            start = index + 1
        }
        func text(_ groups: ArraySlice<UInt64>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }

    /// As a trace line has it between brackets (RFC 5321 §4.1.3): `192.0.2.7`, `IPv6:2001:db8::1`.
    package var literal: String {
        switch self {
        case .v4: description
        case .v6: "IPv6:" + description
        }
    }

    /// What limits per address count by: an IPv4 address, or the /64 that an IPv6 site has to itself.
    package var site: IPAddress {
        switch self {
        case .v4: self
        case .v6(let high, _): .v6(high: high, low: 0)
        }
    }
}

/// Addresses that share their first bits, written in CIDR form, or all Unix sockets.
package enum AddressRange: Equatable, Sendable {
    case network(IPAddress, bits: Int)
    case unix

    /// Reads `192.0.2.0/24`, `2001:db8::/32`, a single address, or `unix`.
    package init?(_ text: some StringProtocol) {
        if text == "unix" {
            self = .unix
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        let width = if case .v4 = address { 32 } else { 128 }
        guard parts.count == 2 else {
            self = .network(address, bits: width)
            return
        }
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(\.isDigit), let bits = Int(parts[1]),
            bits <= width
        else { return nil }
        self = .network(address, bits: bits)
    }

    /// Whether this address, nil for a Unix socket, is meant.
    package func contains(_ address: IPAddress?) -> Bool {
        switch (self, address) {
        case (.unix, nil): return true
        case (.network(.v4(let network), let bits), .v4(let number)?):
            return UInt64(network ^ number) >> UInt64(32 - bits) == 0
        case (.network(.v6(let high, let low), let bits), .v6(let otherHigh, let otherLow)?):
            let difference = UInt128(high ^ otherHigh) << 64 | UInt128(low ^ otherLow)
            return bits == 0 || difference >> UInt128(128 - bits) == 0
        case (.unix, _?), (.network, _): return false
        }
    }
}
