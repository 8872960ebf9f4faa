import Glibc
import Spool
import Tool

/// Removes messages from a spool once their records are safe. One at a time: it holds the spool's lock for its whole life.
struct Acknowledger: ~Copyable {
    private let new: DurableDirectory
    private let lock: DirectoryLock

    private init(_ new: DurableDirectory, _ lock: consuming DirectoryLock) {
        self.new = new
        self.lock = lock
    }

    /// - Throws: 66 when there is no spool, 77 when it cannot be written, 75 when another acknowledger is at work.
    static func open(spool path: String) throws(Failure) -> Acknowledger {
        do throws(SystemError) {
            let root = try DurableDirectory.open(path)
            let new = try root.subdirectory("new", create: false)
            guard new.isWritable else { throw SystemError("open", EACCES) }
            guard let lock = try DirectoryLock(root, ".ack.lock") else { throw SystemError("flock", EWOULDBLOCK) }
            return Acknowledger(new, lock)
        } catch {
            throw failure(path, error)
        }
    }

    private static func failure(_ path: String, _ error: SystemError) -> Failure {
        switch error.number {
        case ENOENT, ENOTDIR: Failure(.noInput, "--ack \(path): no spool is there (\(error)); smtp-accept makes one")
        case EWOULDBLOCK: Failure(.tempFail, "--ack \(path): another json-post acknowledges this spool")
        default: Failure(.noPerm, "--ack \(path): its new/ must be writable, to remove what is delivered (\(error))")
        }
    }

    /// The message of this id is safe elsewhere.
    func acknowledge(_ id: MessageID) throws(SystemError) {
        try new.remove(SpoolDirectory.fileName(id))
    }
}
