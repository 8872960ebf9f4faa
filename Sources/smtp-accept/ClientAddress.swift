import Glibc
import SMTP

extension IPAddress {
    /// The address that accept(2) filled in; nil for a Unix socket.
    init?(_ storage: sockaddr_storage) {
        let bytes = unsafe withUnsafeBytes(of: storage) { unsafe Array($0) }
        switch Int32(storage.ss_family) {
        case AF_INET: self.init(bytes: bytes[4..<8])
        case AF_INET6: self.init(bytes: bytes[8..<24])
        default: return nil
        }
    }
}

extension Client {
    /// For the log.
    var text: String { address?.description ?? "unix" }
}
