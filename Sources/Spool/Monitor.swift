import Glibc

/// A value that several threads share, with the means to wait until it changes: a mutex and a condition variable.
///
/// The standard library's Mutex has no condition variable; a thread a connection needs one.
@safe package final class Monitor<State: ~Copyable & Sendable>: @unchecked Sendable {
    // Unchecked: `state` is only touched with `mutex` held, and the two C objects never move.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    /// Starts with this value.
    package init(_ state: consuming State) {
        self.state = state
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Reads or changes the value; nobody else does meanwhile. It wakes nobody who waits.
    package func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Waits until `body` gives a value, asking it once at first and again whenever it is woken.
    package func wait<R>(until body: (inout State) -> R?) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }

    /// As `wait(until:)`, but nil once this many nanoseconds have passed on the monotonic clock.
    package func wait<R>(nanoseconds: Int64, until body: (inout State) -> R?) -> R? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let end = Int64(deadline.tv_nsec) + max(0, nanoseconds)
        deadline.tv_sec += Int(end / 1_000_000_000)
        deadline.tv_nsec = Int(end % 1_000_000_000)
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if unsafe pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { return body(&state) }
        }
    }

    /// Wakes one thread that waits, if all ask the same question.
    package func notifyOne() {
        unsafe pthread_cond_signal(condition)
    }

    /// Wakes every thread that waits, to ask its question again.
    package func notifyAll() {
        unsafe pthread_cond_broadcast(condition)
    }
}
