import Glibc

/// A network address, for the question whether it is anybody's or only ours.
enum Address: Equatable {
    /// Four bytes, most significant first.
    case v4([UInt8])
    /// Sixteen bytes.
    case v6([UInt8])
    case other

    /// Reads the bytes of a sockaddr_in or, as far as libcurl shows it, sockaddr_in6.
    init(family: CInt, sockaddr bytes: [UInt8]) {
        switch family {
        case AF_INET where bytes.count >= 8: self = .v4(Array(bytes[4..<8]))
        case AF_INET6 where bytes.count >= 24: self = .v6(Array(bytes[8..<24]))
        default: self = .other
        }
    }

    /// Neither loopback, nor link-local, nor private, nor anything else that is not on the public network
    /// (the registries of RFC 6890).
    var isPublic: Bool {
        switch self {
        case .v4(let bytes): Self.isPublic(bytes)
        case .v6(let bytes): Self.isPublic6(bytes)
        case .other: false
        }
    }

    private static func isPublic(_ a: [UInt8]) -> Bool {
        switch (a[0], a[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168), (224..., _): false
        case (172, 16...31), (100, 64...127), (198, 18...19): false
        case (192, 0): a[2] != 0 && a[2] != 2
        case (198, 51): a[2] != 100
        case (203, 0): a[2] != 113
        default: true
        }
    }

    private static func isPublic6(_ a: [UInt8]) -> Bool {
        let zeros = a.prefix { $0 == 0 }.count
        // ::ffff:a.b.c.d, and ::a.b.c.d with :: and ::1 among them
        if zeros == 10, a[10] == 0xFF, a[11] == 0xFF { return isPublic(Array(a[12...])) }
        if zeros >= 12 { return false }
        // 64:ff9b::/96, translated to IPv4
        if a.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return isPublic(Array(a[12...])) }
        // 2002::/16, 6to4
        if a.starts(with: [0x20, 0x02]) { return isPublic(Array(a[2..<6])) }
        // Only 2000::/3 is given to anybody; 2001:db8::/32 is for books.
        return a[0] & 0xE0 == 0x20 && !a.starts(with: [0x20, 0x01, 0x0D, 0xB8])
    }
}
