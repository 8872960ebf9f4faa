import CLinux
import Glibc
import Synchronization
import Tool

/// What others know of a connection, and how they wake its thread.
///
/// The thread of a connection does nothing but blocking calls. Another one looks at the deadlines and shuts the
/// socket's reading side down: the blocked read returns as at the end of input, and the thread sees why.
final class Seat: Sendable {
    /// Why a connection was woken.
    enum Wake: UInt8, AtomicRepresentable {
        case none, deadline, drain
    }

    let socket: CInt
    /// When waiting is over, in monotonic nanoseconds; `Int64.max` while nobody is waited for.
    let deadline = Atomic<Int64>(Int64.max)
    let wake = Atomic<Wake>(.none)
    /// Whether nothing would be lost by closing.
    let isIdle = Atomic<Bool>(true)

    init(socket: CInt) {
        self.socket = socket
    }

    /// The client is waited for, until then; `Int64.max`: it is not any more.
    func wait(until nanoseconds: Int64) {
        deadline.store(nanoseconds, ordering: .sequentiallyConsistent)
    }

    /// A handshake has a minute at most.
    func wait(forHandshake timeout: Int) {
        wait(until: Clock.monotonic() + Int64(min(timeout, 60)) * 1_000_000_000)
    }

    /// Ends the wait for input, but lets a reply out. Only while the seat is taken: the number is valid then.
    func wakeUp(_ reason: Wake) {
        if wake.compareExchange(expected: .none, desired: reason, ordering: .sequentiallyConsistent).exchanged {
            shutdown(socket, CInt(SHUT_RD))
        }
    }

    /// Ends everything on the connection.
    func cut() {
        shutdown(socket, CInt(SHUT_RDWR))
    }
}
