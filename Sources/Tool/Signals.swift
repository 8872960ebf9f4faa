import CLinux
import Glibc
import Spool

/// Signals that arrive as input to poll for, by signalfd(2), instead of interrupting whatever runs.
package struct Signals: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Blocks these signals in this thread and in all that it makes later, and collects them here. Call it before
    /// the first thread is made.
    package init(_ signals: CInt...) throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = try Descriptor(
            owning: systemCall("signalfd") { unsafe signalfd(-1, &set, CInt(O_CLOEXEC | O_NONBLOCK)) })
    }

    /// The descriptor to poll for POLLIN.
    package var number: CInt { descriptor.number }

    /// The next signal that came, or nil when none waits.
    package func next() -> CInt? {
        // struct signalfd_siginfo: 128 bytes, the first four of which are the signal's number.
        var info = [UInt8](repeating: 0, count: 128)
        var span = info.mutableSpan
        guard let count = try? descriptor.read(into: &span), count == info.count else { return nil }
        return CInt(info[0])
    }

    /// Makes write(2) to a closed pipe or socket an error (EPIPE) instead of the end of the process.
    package static func ignoreBrokenPipe() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
