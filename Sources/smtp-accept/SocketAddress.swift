import Glibc
import SMTP
import Spool

/// The address of one end of a socket.
enum SocketAddress: Equatable, Sendable {
    case ip(IPAddress, port: UInt16)
    case unix

    /// Reads what accept(2) or getsockname(2) filled in.
    init(_ storage: sockaddr_storage) {
        let bytes = unsafe withUnsafeBytes(of: storage) { unsafe Array($0) }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        let range: Range<Int>? =
            switch Int32(storage.ss_family) {
            case AF_INET: 4..<8
            case AF_INET6: 8..<24
            default: nil
            }
        if let range, let address = IPAddress(bytes: bytes[range]) {
            self = .ip(address, port: port)
        } else {
            self = .unix
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

    /// nil for a Unix socket.
    var ip: IPAddress? {
        if case .ip(let address, _) = self { address } else { nil }
    }

    /// Address and port as `--listen` takes them.
    var textWithPort: String {
        switch self {
        case .ip(.v4(let number), let port): "\(IPAddress.v4(number)):\(port)"
        case .ip(let address, let port): "[\(address)]:\(port)"
        case .unix: "unix"
        }
    }

    var port: UInt16? {
        if case .ip(_, let port) = self { port } else { nil }
    }
}

extension Client {
    /// For the log.
    var text: String { address?.description ?? "unix" }
}
