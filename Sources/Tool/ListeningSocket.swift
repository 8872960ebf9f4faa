import CLinux
import Glibc
import Spool

/// One listening socket. It is a class because its accepting thread and the one that closes it share it.
package final class ListeningSocket: Sendable {
    private let descriptor: Descriptor
    /// The address bound, as `ListenAddress` would take it.
    package let address: String
    /// The path of a Unix socket, removed when the listener is closed.
    private let path: String?
    /// For a socket that others hold too, and that must listen on when we stop: what ends `accept` when it is written to.
    private let stopping: Pipe?

    private init(
        _ descriptor: consuming Descriptor, address: String, path: String? = nil, stopping: consuming Pipe? = nil
    ) {
        self.descriptor = descriptor
        self.address = address
        self.path = path
        self.stopping = stopping
    }

    /// Connections that wait to be accepted; the kernel cuts it to net.core.somaxconn.
    private static let backlog: CInt = 4096

    /// Binds every address that `wanted` stands for.
    package static func open(_ wanted: ListenAddress) throws(SystemError) -> [ListeningSocket] {
        switch wanted.place {
        case .unix(let path): return [try unix(path)]
        case .everywhere(let port): return [try everywhere(port)]
        case .host(let host, let port): return try named(host, port)
        }
    }

    /// One dual-stack socket, or an IPv4 one where the kernel has no IPv6.
    private static func everywhere(_ port: UInt16) throws(SystemError) -> ListeningSocket {
        do throws(SystemError) {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            return try bound(copied(&address), AF_INET6, isDualStack: true)
        } catch  where lacksIPv6(error) {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            return try bound(copied(&address), AF_INET, isDualStack: true)
        }
    }

    private static func lacksIPv6(_ error: SystemError) -> Bool {
        error.number == EAFNOSUPPORT || error.number == EADDRNOTAVAIL
    }

    /// All addresses of a host; only the first when the system is to choose the port. In a container without IPv6 hosts(5) may
    /// name `::1` all the same: it is left out if there is another.
    private static func named(_ host: String, _ port: UInt16) throws(SystemError) -> [ListeningSocket] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let answer = unsafe getaddrinfo(host, String(port), &hints, &list)
        if answer != 0 {
            throw answer == EAI_SYSTEM ? SystemError("getaddrinfo", errno) : SystemError("getaddrinfo", answer)
        }
        defer { unsafe freeaddrinfo(list) }
        var listeners: [ListeningSocket] = []
        var failure: SystemError?
        var next = unsafe list
        while let entry = unsafe next?.pointee {
            unsafe next = entry.ai_next
            if port == 0, !listeners.isEmpty { break }
            var storage = sockaddr_storage()
            unsafe memcpy(&storage, entry.ai_addr, Int(entry.ai_addrlen))
            do throws(SystemError) {
                listeners.append(try bound((storage, unsafe entry.ai_addrlen), unsafe entry.ai_family))
            } catch  where unsafe entry.ai_family == AF_INET6 && lacksIPv6(error) {
                failure = error
            }
        }
        if listeners.isEmpty, let failure { throw failure }
        return listeners
    }

    private static func copied<Address>(_ address: inout Address) -> (sockaddr_storage, socklen_t) {
        var storage = sockaddr_storage()
        let length = MemoryLayout<Address>.size
        unsafe withUnsafeBytes(of: &address) { source in
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.copyMemory(from: source) }
        }
        return (storage, socklen_t(length))
    }

    private static func bound(
        _ address: (storage: sockaddr_storage, length: socklen_t), _ family: CInt,
        isDualStack: Bool = false
    ) throws(SystemError) -> ListeningSocket {
        let descriptor = try makeSocket(family)
        try set(descriptor.number, SOL_SOCKET, SO_REUSEADDR, 1)
        try set(descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if family == AF_INET6 { try set(descriptor.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, isDualStack ? 0 : 1) }
        try bind(descriptor, address.storage, address.length)
        try listen(descriptor)
        let address = try localAddress(descriptor.number, isDualStack: isDualStack)
        return ListeningSocket(descriptor, address: address)
    }

    /// A socket file that nobody listens on any more is replaced.
    private static func unix(_ path: String) throws(SystemError) -> ListeningSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let (storage, length) = copied(&address)
        let descriptor = try makeSocket(AF_UNIX)
        do throws(SystemError) {
            try bind(descriptor, storage, length)
        } catch  where error.number == EADDRINUSE {
            guard isSocket(path) else { throw SystemError("bind", EEXIST) }
            guard try isAbandoned(storage, length), unsafe unlink(path) == 0 else { throw error }
            try bind(descriptor, storage, length)
        }
        // Who may connect is decided by the directory it is in.
        _ = unsafe chmod(path, 0o666)
        try listen(descriptor)
        return ListeningSocket(descriptor, address: "unix:" + path, path: path)
    }

    /// Anything else that has the name is somebody's file, and stays.
    private static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Takes over a socket that already listens: one that systemd passes. It listens on when it is stopped, and who connects
    /// then waits for the next process that it is passed to.
    /// - Throws: EINVAL when it is no stream socket, or does not listen.
    package static func inherited(_ number: CInt) throws(SystemError) -> ListeningSocket {
        guard try option(number, SO_TYPE) == Int32(SOCK_STREAM.rawValue), try option(number, SO_ACCEPTCONN) == 1 else {
            throw SystemError("accept", EINVAL)
        }
        let flags = fcntl(number, F_GETFL)
        if flags < 0 || fcntl(number, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(number, F_SETFD, FD_CLOEXEC) < 0 {
            throw SystemError("fcntl", errno)
        }
        let address = try localAddress(number, isDualStack: false)
        return ListeningSocket(Descriptor(owning: number), address: address, stopping: try Pipe.make())
    }

    private static func localAddress(_ number: CInt, isDualStack: Bool) throws(SystemError) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 256)
        // Or the path of a Unix socket, of 107 bytes at most.
        var port = [CChar](repeating: 0, count: 108)
        let (hostSize, portSize) = (socklen_t(host.count), socklen_t(port.count))
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                if unsafe getsockname(number, address, &length) < 0 { return errno }
                let flags = NI_NUMERICHOST | NI_NUMERICSERV
                return unsafe getnameinfo(address, length, &host, hostSize, &port, portSize, flags) == 0
                    ? 0 : EAFNOSUPPORT
            }
        }
        if result != 0 { throw SystemError("getsockname", result) }
        if Int32(storage.ss_family) == AF_UNIX { return "unix:" + text(port) }
        if isDualStack { return "*:" + text(port) }
        return (Int32(storage.ss_family) == AF_INET6 ? "[\(text(host))]:" : "\(text(host)):") + text(port)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether nobody listens there. Who has a full queue does, so this does not wait for a place in it.
    private static func isAbandoned(_ storage: sockaddr_storage, _ length: socklen_t) throws(SystemError) -> Bool {
        let probe = try makeSocket(AF_UNIX, SOCK_NONBLOCK.rawValue)
        let number = probe.number
        let result = unsafe withSockaddr(storage) { unsafe connect(number, $0, length) }
        return result < 0 && errno == ECONNREFUSED
    }

    private static func makeSocket(_ family: CInt, _ flags: UInt32 = 0) throws(SystemError) -> Descriptor {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | flags)
        return Descriptor(owning: try systemCall("socket") { socket(family, type, 0) })
    }

    private static func option(_ number: CInt, _ option: CInt) throws(SystemError) -> CInt {
        var (value, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        if unsafe getsockopt(number, SOL_SOCKET, option, &value, &size) < 0 { throw SystemError("getsockopt", errno) }
        return value
    }

    private static func set(_ number: CInt, _ level: CInt, _ option: CInt, _ value: CInt) throws(SystemError) {
        var value = value
        if unsafe setsockopt(number, level, option, &value, socklen_t(MemoryLayout<CInt>.size)) < 0 {
            throw SystemError("setsockopt", errno)
        }
    }

    private static func bind(
        _ descriptor: borrowing Descriptor, _ storage: sockaddr_storage, _ length: socklen_t
    ) throws(SystemError) {
        let number = descriptor.number
        if unsafe withSockaddr(storage, { unsafe Glibc.bind(number, $0, length) }) < 0 {
            throw SystemError("bind", errno)
        }
    }

    private static func listen(_ descriptor: borrowing Descriptor) throws(SystemError) {
        if Glibc.listen(descriptor.number, backlog) < 0 { throw SystemError("listen", errno) }
    }

    private static func withSockaddr(_ storage: sockaddr_storage, _ body: (UnsafePointer<sockaddr>) -> CInt) -> CInt {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }

    /// Waits for a connection: its socket, and the address it came from.
    /// - Throws: EINVAL once the socket is stopped.
    package func accept() throws(SystemError) -> Accepted {
        try waitIfShared()
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = descriptor.number
        let socket = try unsafe withUnsafeMutablePointer(to: &storage) { pointer throws(SystemError) in
            try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address throws(SystemError) in
                try systemCall("accept4") { unsafe accept4(number, address, &length, CInt(SOCK_CLOEXEC.rawValue)) }
            }
        }
        return Accepted(socket: Descriptor(owning: socket), peer: storage)
    }

    /// Who stops must not shut down a socket that others hold too: it would end for all of them.
    private func waitIfShared() throws(SystemError) {
        switch stopping {
        case nil: return
        case let pipe?:
            var entries = [descriptor.number, pipe.read.number].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = try poll(&entries, timeoutMilliseconds: -1)
            if entries[1].revents != 0 { throw SystemError("accept4", EINVAL) }
        }
    }

    /// Takes no more connections: `accept` throws EINVAL. Who connects, or has not been accepted yet, is refused at once, but
    /// for a socket that others hold too: there he waits for them. A Unix socket's file goes.
    package func stop() {
        // While it still listens, so that the file cannot be that of the next process, which replaces one that nobody listens on.
        if let path { _ = unsafe unlink(path) }
        switch stopping {
        case nil: shutdown(descriptor.number, CInt(SHUT_RDWR))
        case let pipe?: _ = unsafe write(pipe.write.number, "x", 1)
        }
    }
}

/// A connection that was accepted, and whose it is.
package struct Accepted: ~Copyable {
    /// The connected socket.
    package let socket: Descriptor
    /// The address of the other end, as accept(2) gives it.
    package let peer: sockaddr_storage

    /// Gives the descriptor's number away; the caller owns it.
    package consuming func release() -> CInt { socket.release() }
}
