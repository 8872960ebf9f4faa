import CLinux

/// Where threads wait for a count to go on (futex(2)), each in a group that can be woken without the other.
///
/// Unlike those at a condition variable they take no mutex when they wake, for which they would queue up at once, and who
/// is not meant sleeps on.
@safe final class Turnstile: @unchecked Sendable {
    // Unchecked: the count never moves, and is only touched atomically.
    private let value = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

    init() { unsafe value.initialize(to: 0) }

    deinit { unsafe value.deallocate() }

    /// How often it went on.
    var count: UInt32 { unsafe clinux_load(value) }

    /// Counts on: who comes to wait for the count as it was passes through.
    func turn() { unsafe clinux_increment(value) }

    /// Returns when woken, at once if the count is another by now, and maybe for no reason.
    /// - Parameter group: 0 or 1.
    func wait(at count: UInt32, group: UInt64) { unsafe clinux_futex_wait(value, count, 1 << UInt32(group)) }

    /// Wakes those of a group, or as many of them.
    func wake(group: UInt64, atMost most: CInt = .max) { unsafe clinux_futex_wake(value, most, 1 << UInt32(group)) }
}
