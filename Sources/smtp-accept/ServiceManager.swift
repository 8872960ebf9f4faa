import Glibc
import Tool

/// systemd, if it started us: sockets that it passes (sd_listen_fds(3)) and what it wants to be told (sd_notify(3)).
struct ServiceManager: Sendable {
    private let notifyPath: String?
    /// How often to tell it that we live, in nanoseconds: twice within its limit; nil: not at all.
    let watchdog: Int64?

    init(_ environment: (String) -> String? = environmentVariable) {
        notifyPath = environment("NOTIFY_SOCKET")
        let isOurs = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let limit = environment("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        watchdog = isOurs && (1...Int64.max / 500).contains(limit) ? limit * 500 : nil
    }

    /// The descriptors passed, with the service that each one's name asks for: `smtps`, `lmtp` and `status`, or else SMTP.
    static func passedSockets(_ environment: (String) -> String? = environmentVariable) -> [(CInt, name: String)] {
        guard environment("LISTEN_PID") == String(getpid()),
            let count = environment("LISTEN_FDS").flatMap({ CInt($0) }),
            (1...1000).contains(count)
        else { return [] }
        let names = (environment("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { (3 + $0, name: Int($0) < names.count ? String(names[Int($0)]) : "") }
    }

    /// Sends assignments such as `READY=1`; without systemd nothing.
    func notify(_ text: String) {
        guard let notifyPath, let first = notifyPath.utf8.first, notifyPath.utf8.count < 108 else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: notifyPath.utf8) }
        // An abstract address begins with NUL where the variable has @.
        if first == UInt8(ascii: "@") { address.sun_path.0 = 0 }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + notifyPath.utf8.count)
        let number = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return }
        defer { close(number) }
        let bytes = Array(text.utf8)
        _ = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(number, bytes, bytes.count, CInt(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
