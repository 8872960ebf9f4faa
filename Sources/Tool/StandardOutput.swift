import Spool

/// Standard output, which stays open whatever happens.
package enum StandardOutput {
    /// Writes every byte.
    package static func write(_ bytes: Span<UInt8>, newline: Bool = false) throws(SystemError) {
        let output = Descriptor(owning: 1)
        var failure: SystemError?
        do throws(SystemError) {
            try output.writeAll(bytes)
            if newline { try output.writeAll([0x0A].span) }
        } catch {
            failure = error
        }
        _ = output.release()
        if let failure { throw failure }
    }
}
