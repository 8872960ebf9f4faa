import SMTP
import Spool

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
