import Glibc
import Spool

/// poll(2): waits until a descriptor is ready, or the time is over (-1: never).
/// - Returns: how many entries have `revents`.
package func poll(_ entries: inout [pollfd], timeoutMilliseconds: CInt) throws(SystemError) -> Int {
    let deadline = timeoutMilliseconds < 0 ? nil : Clock.monotonic() + Int64(timeoutMilliseconds) * 1_000_000
    while true {
        let left = deadline.map { CInt(max(0, ($0 - Clock.monotonic() + 999_999) / 1_000_000)) } ?? -1
        let count = unsafe Glibc.poll(&entries, nfds_t(entries.count), left)
        if count >= 0 { return Int(count) }
        if errno != EINTR { throw SystemError("poll", errno) }
    }
}

/// Waits for one descriptor.
/// - Returns: its `revents`; 0 when the time is over.
package func poll(_ number: CInt, _ events: CInt, timeoutMilliseconds: CInt) throws(SystemError) -> CInt {
    var entries = [pollfd(fd: number, events: Int16(events), revents: 0)]
    _ = try poll(&entries, timeoutMilliseconds: timeoutMilliseconds)
    return CInt(entries[0].revents)
}
