import Glibc
import JSON
import Spool
import Tool

/// Why no more can be printed.
struct OutputError: Error {
    /// What could not be written.
    let place: String
    /// Why.
    let cause: SystemError

    /// Tells it on standard error, unless nobody reads standard output any more, which is nobody's fault.
    func complain() {
        if cause.number != EPIPE { Mime2json.complain(message) }
    }

    /// What the program ends of. It does not return when nobody reads any more.
    var failure: Failure {
        if cause.number == EPIPE { Output.endByBrokenPipe() }
        return Failure(.ioErr, message)
    }

    private var message: String { "\(place): \(cause.reason)" }
}

/// Standard output, and the ways in which it ends.
enum Output {
    /// Writes every byte.
    static func write(_ bytes: Span<UInt8>) throws(OutputError) {
        do throws(SystemError) {
            try StandardOutput.write(bytes)
        } catch {
            throw OutputError(place: "standard output", cause: error)
        }
    }

    /// Writes a whole text.
    static func write(_ text: JSONText) throws(OutputError) {
        try text.write { bytes throws(OutputError) in try write(bytes) }
    }

    /// Ends the program as SIGPIPE does, quietly, also where that signal was ignored (systemd does so).
    static func endByBrokenPipe() -> Never {
        Progress.erase()
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        // Still here: the signal is blocked.
        exit(Sysexit.ioErr.rawValue)
    }
}

/// Descriptors 0, 1 and 2, which this program expects to be open.
enum StandardStreams {
    /// Makes sure that no file that is opened later becomes one of them.
    static func check() throws(Failure) {
        if fcntl(0, F_GETFD) < 0 { _ = unsafe open("/dev/null", O_RDONLY) }
        if fcntl(1, F_GETFD) < 0 { throw Failure(.ioErr, "standard output is closed") }
        if fcntl(2, F_GETFD) < 0 { _ = unsafe open("/dev/null", O_WRONLY) }
    }
}
