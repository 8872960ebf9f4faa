import Glibc

/// A system call that failed: which one, and with what error number.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The call's name as its man page has it, e.g. `fsync`.
    package let call: String
    /// The value of errno(3), or, below zero, an error of getaddrinfo(3).
    package let number: CInt

    package init(_ call: String, _ number: CInt) {
        self.call = call
        self.number = number
    }

    /// `fsync: No space left on device`, as perror(3) would print it.
    package var description: String { "\(call): \(reason)" }

    /// The words for the error number alone, e.g. `No space left on device`.
    package var reason: String {
        if number < 0 { return unsafe String(cString: gai_strerror(number)) }
        // strerror(3) is thread-safe in glibc 2.32 and later: its buffer is per thread.
        guard let words = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: words)
    }
}

/// Runs a system call until it is not interrupted.
///
/// This is the one place that knows EINTR. EBADF and EFAULT are errors of this program, never of its
/// surroundings, and going on after one could write to somebody else's file: they trap.
@inline(__always)
package func systemCall<R: SignedInteger>(_ name: String, _ call: () -> R) throws(SystemError) -> R {
    while true {
        let result = call()
        if result >= 0 { return result }
        let number = errno
        if number == EINTR { continue }
        precondition(number != EBADF && number != EFAULT, "bad descriptor or address")
        throw SystemError(name, number)
    }
}
