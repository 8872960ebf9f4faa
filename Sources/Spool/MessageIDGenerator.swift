import Glibc

/// Makes message ids that rise within this process, even when the clock stands or goes back (RFC 9562 §6.2, method 1).
///
/// The 12 bits after the version count within a millisecond and start at random in their lower half; when they run
/// over, the millisecond is moved ahead. The 62 bits at the end are random, so that two processes never meet.
package final class MessageIDGenerator: Sendable {
    private struct Last {
        var milliseconds: UInt64 = 0
        var counter: UInt16 = 0
    }

    private let last = Monitor(Last())

    package init() {}

    /// The next id, by the wall clock.
    package func next() -> MessageID {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return next(milliseconds: UInt64(max(0, time.tv_sec)) * 1000 + UInt64(time.tv_nsec / 1_000_000))
    }

    /// The next id, when the clock shows this.
    package func next(milliseconds now: UInt64) -> MessageID {
        var source = SystemRandomNumberGenerator()
        let random = source.next()
        let (milliseconds, counter) = last.withLock { last in
            if now > last.milliseconds {
                last = Last(milliseconds: now, counter: UInt16(truncatingIfNeeded: source.next()) & 0x7FF)
            } else if last.counter < 0xFFF {
                last.counter += 1
            } else {
                last = Last(milliseconds: last.milliseconds + 1, counter: 0)
            }
            return (last.milliseconds, last.counter)
        }
        return MessageID(milliseconds: milliseconds, counter: counter, random: random)
    }
}
