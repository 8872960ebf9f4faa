import Glibc
import Spool

/// Standard error, as the log of a daemon writes it: who ceases to read it must not stop the daemon.
///
/// A pipe or socket that is full is waited for, once. From then on lines are dropped, and counted, until there is room.
/// A file or terminal is written to as it is. Another process that writes to the same pipe may take the room that was
/// seen, and then that one line waits.
enum LogOutput {
    /// Lines since the last one that was written.
    private static let dropped = Monitor(0)
    /// Milliseconds: more than it takes to start a reader anew.
    private static let patience: CInt = 5000

    /// Somebody else empties it, or does not.
    private static let hasReader: Bool = {
        var status = stat()
        return unsafe fstat(2, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
    }()

    /// Writes a line by one write(2).
    /// - Parameter notice: the line that tells how many were dropped, which goes before it.
    static func write(_ line: [UInt8], notice: (_ dropped: Int) -> [UInt8]) {
        guard hasReader else { return writeToStandardError(line) }
        dropped.withLock { dropped in
            guard hasRoom(timeout: dropped > 0 ? 0 : patience) else { return dropped += 1 }
            writeToStandardError(cut(dropped > 0 ? notice(dropped) + line : line))
            dropped = 0
        }
    }

    /// What a pipe surely takes at once if it has room at all: more would wait for a reader after all.
    private static let room = 4096

    private static func cut(_ line: [UInt8]) -> [UInt8] {
        line.count > room ? line.prefix(room - 1) + [0x0A] : line
    }

    private static func hasRoom(timeout: CInt) -> Bool {
        (try? poll(2, POLLOUT, timeoutMilliseconds: timeout)) != 0
    }
}
