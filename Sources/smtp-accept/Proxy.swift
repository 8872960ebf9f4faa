import SMTP
import Spool

/// Why a connection is closed without a word: who is no proxy understands none.
enum ProxyRefusal: String, CaseIterable {
    /// It does not come from `--trust`.
    case notAProxy
    /// The header is missing, malformed or late.
    case proxyHeader
}

/// Reads the header that a proxy sends first, and not one byte more; nil when there is none or the proxy is gone.
func readProxyHeader(_ socket: borrowing Descriptor) -> ProxyHeader? {
    var bytes: [UInt8] = []
    while true {
        switch ProxyHeader.read(bytes) {
        case .done(let header): return header
        case .malformed: return nil
        case .need(let count):
            var room = [UInt8](repeating: 0, count: count)
            var span = room.mutableSpan
            guard let came = try? socket.read(into: &span), came > 0 else { return nil }
            bytes += room.prefix(came)
        }
    }
}
