import Glibc

/// The exit codes of sysexits.h that the tools use. 75 is the one that means "try again".
package enum Sysexit: CInt, Sendable {
    /// All went well.
    case ok = 0
    /// The command line is wrong.
    case usage = 64
    /// The input is not what it should be.
    case dataErr = 65
    /// An input does not exist or cannot be read.
    case noInput = 66
    /// The other side is gone for good.
    case unavailable = 69
    /// A fault in the program itself.
    case software = 70
    /// The system refuses something basic, such as a thread.
    case osErr = 71
    /// An output cannot be made.
    case cantCreate = 73
    /// Reading or writing failed.
    case ioErr = 74
    /// Not now; the same call may succeed later.
    case tempFail = 75
    /// A permission is missing.
    case noPerm = 77
    /// The configuration is wrong.
    case config = 78
}

/// What a program ends of: an exit code, and a sentence that names the cause and the remedy.
package struct Failure: Error, CustomStringConvertible {
    /// The process's exit status.
    package let code: Sysexit
    /// Printed on stderr after the program's name. Empty: nothing is printed.
    package let message: String

    package init(_ code: Sysexit, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
