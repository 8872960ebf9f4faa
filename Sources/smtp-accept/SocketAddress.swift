import Glibc
import Spool

/// The address of one end of a socket, as numbers.
enum SocketAddress: Equatable, Sendable {
    case v4([UInt8], port: UInt16)
    case v6([UInt8], port: UInt16)
    case unix

    /// Reads what accept(2) or getsockname(2) filled in. An IPv4 address that came by an IPv6 socket is an IPv4 one.
    init(_ storage: sockaddr_storage) {
        let bytes = unsafe withUnsafeBytes(of: storage) { unsafe Array($0) }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        switch Int32(storage.ss_family) {
        case AF_INET: self = .v4(Array(bytes[4..<8]), port: port)
        case AF_INET6:
            let address = Array(bytes[8..<24])
            let isMapped = address.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            self = isMapped ? .v4(Array(address[12...]), port: port) : .v6(address, port: port)
        default: self = .unix
        }
    }

    /// The address a socket is bound to.
    static func bound(_ socket: CInt) throws(SystemError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(socket, $0, &length)
            }
        }
        if result < 0 { throw SystemError("getsockname", errno) }
        return SocketAddress(storage)
    }

    /// The address alone: `192.0.2.7`, `2001:db8::1`, `unix`.
    var text: String {
        switch self {
        case .v4(let bytes, _): bytes.map(String.init).joined(separator: ".")
        case .v6(let bytes, _): Self.text(v6: bytes)
        case .unix: "unix"
        }
    }

    /// Address and port as `--listen` takes them.
    var textWithPort: String {
        switch self {
        case .v4(_, let port): "\(text):\(port)"
        case .v6(_, let port): "[\(text)]:\(port)"
        case .unix: text
        }
    }

    var port: UInt16? {
        switch self {
        case .v4(_, let port), .v6(_, let port): port
        case .unix: nil
        }
    }

    /// As a trace line names it (RFC 5321 §4.1.3); nil for a Unix socket.
    var literal: String? {
        switch self {
        case .v4: text
        case .v6: "IPv6:" + text
        case .unix: nil
        }
    }

    /// What limits per address count by: an IPv4 address, or the /64 that an IPv6 site has to itself.
    var site: [UInt8]? {
        switch self {
        case .v4(let bytes, _): bytes
        case .v6(let bytes, _): Array(bytes.prefix(8))
        case .unix: nil
        }
    }

    private static func text(v6 bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
