import Glibc
import SMTP
import Spool
import Tool

/// The bytes of a connection, in the clear or inside TLS.
struct Channel: ~Copyable {
    let socket: Descriptor
    private var tls: TLSStream?

    init(_ socket: consuming Descriptor) {
        self.socket = socket
        tls = nil
    }

    /// Whether something comes from the client within this time, if only its end.
    mutating func hasInput(withinMilliseconds milliseconds: Int) -> Bool {
        if tls?.hasPending == true { return true }
        return ((try? poll(socket.number, CInt(POLLIN), timeoutMilliseconds: CInt(clamping: milliseconds))) ?? 0) != 0
    }

    /// How many bytes came; 0 when the client is gone or the wait was ended.
    mutating func read(into buffer: inout MutableSpan<UInt8>) -> Int {
        guard tls != nil else { return (try? socket.read(into: &buffer)) ?? 0 }
        return tls?.read(into: &buffer) ?? 0
    }

    /// Sends everything; false when the client is gone.
    mutating func write(_ bytes: Span<UInt8>) -> Bool {
        if tls != nil { return tls?.write(bytes) ?? false }
        do throws(SystemError) {
            try socket.writeAll(bytes)
            return true
        } catch {
            return false
        }
    }

    /// Does the server's side of a handshake.
    mutating func startTLS(_ context: TLSContext) throws(TLSFailure) -> TLSInfo {
        let stream = try TLSStream.accept(socket.number, context)
        let info = stream.info
        tls = consume stream
        return info
    }

    /// Says goodbye in TLS, if there is one; the socket is closed with this value.
    mutating func close() {
        tls?.close()
    }
}
