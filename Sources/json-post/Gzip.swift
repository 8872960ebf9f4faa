import CZlib

/// Compresses bodies (gzip, RFC 1952): this file alone imports zlib. Its memory, a quarter of a megabyte, is used again.
@safe final class Gzip {
    /// Smaller bodies fit into one packet or two anyway.
    static let worthwhile = 1024

    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let begun = unsafe czlib_begin_gzip(stream)
        precondition(begun == Z_OK, "deflateInit2")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The body compressed; nil when it is too small for that, or would become no smaller.
    func compressed(_ body: RecordBody) -> RecordBody? {
        guard body.count >= Self.worthwhile else { return nil }
        var room = [UInt8](repeating: 0, count: body.count)
        guard let count = compress(body.bytes, into: &room) else { return nil }
        return RecordBody(room.span.extracting(0..<count))
    }

    /// Nil when it does not fit. zlib counts in 32 bits, so both sides are handed over in pieces.
    private func compress(_ bytes: Span<UInt8>, into room: inout [UInt8]) -> Int? {
        let reset = unsafe deflateReset(stream)
        precondition(reset == Z_OK, "deflateReset")
        let piece = 1 << 30
        let (size, capacity) = (bytes.count, room.count)
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe room.withUnsafeMutableBufferPointer { room in
                var (read, written) = (0, 0)
                while true {
                    let (give, take) = (min(piece, size - read), min(piece, capacity - written))
                    unsafe stream.pointee.next_in =
                        UnsafeMutablePointer(mutating: bytes.baseAddress.unsafelyUnwrapped) + read
                    unsafe stream.pointee.next_out = room.baseAddress.unsafelyUnwrapped + written
                    unsafe (stream.pointee.avail_in, stream.pointee.avail_out) = (UInt32(give), UInt32(take))
                    let state = unsafe deflate(stream, read + give == size ? Z_FINISH : Z_NO_FLUSH)
                    read += unsafe give - Int(stream.pointee.avail_in)
                    written += unsafe take - Int(stream.pointee.avail_out)
                    if state == Z_STREAM_END { return written }
                    if written == capacity { return nil }
                }
            }
        }
    }
}
