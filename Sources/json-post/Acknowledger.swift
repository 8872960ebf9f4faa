import Glibc
import Spool
import Tool

/// Removes messages from a spool, or moves them away, once their records are safe. One at a time: it holds the spool's lock for its whole life.
struct Acknowledger: ~Copyable {
    private let new: DurableDirectory
    private let done: DurableDirectory?
    private let lock: DirectoryLock

    private init(_ new: DurableDirectory, _ done: DurableDirectory?, _ lock: consuming DirectoryLock) {
        self.new = new
        self.done = done
        self.lock = lock
    }

    /// - Parameter other: the directory for messages that are done, on the same filesystem; nil: they are removed.
    /// - Throws: 66 when there is no spool, 77 when it cannot be written, 75 when another acknowledger is at work.
    static func open(spool path: String, moveTo other: String?, log: Log) throws(Failure) -> Acknowledger {
        let new: DurableDirectory
        let lock: DirectoryLock
        do throws(SystemError) {
            let root = try DurableDirectory.open(path)
            new = try root.subdirectory("new", create: false)
            guard new.isWritable else { throw SystemError("open", EACCES) }
            guard let taken = try DirectoryLock(root, ".ack.lock") else { throw SystemError("flock", EWOULDBLOCK) }
            lock = taken
        } catch {
            throw failure(path, error, log)
        }
        return Acknowledger(new, try other.map { path throws(Failure) in try openDone(path, new) }, lock)
    }

    private static func openDone(_ path: String, _ new: DurableDirectory) throws(Failure) -> DurableDirectory {
        let (done, place, own) = try Failure.wrap(.noInput, "--ack-move \(path)") { () throws(SystemError) in
            let done = try DurableDirectory.open(path)
            return (done, try done.descriptor.status(), try new.descriptor.status())
        }
        guard place.st_dev == own.st_dev else {
            throw Failure(.config, "--ack-move \(path): it must be on the same filesystem as the spool")
        }
        // What is in the way there counts as moved before, and is removed here.
        guard place.st_ino != own.st_ino else {
            throw Failure(.config, "--ack-move \(path): it must be another directory than the spool's new/")
        }
        guard done.isWritable else { throw Failure(.noPerm, "--ack-move \(path): it cannot be written") }
        return done
    }

    private static func failure(_ path: String, _ error: SystemError, _ log: Log) -> Failure {
        switch error.number {
        case ENOENT, ENOTDIR: Failure(.noInput, "--ack \(path): no spool is there (\(error)); smtp-accept makes one")
        case EWOULDBLOCK: .busy("--ack \(path): another json-post acknowledges this spool", log)
        default: Failure(.noPerm, "--ack \(path): its new/ must be writable, to remove what is delivered (\(error))")
        }
    }

    /// The message of this id is safe elsewhere.
    /// - Returns: whether it was there.
    func acknowledge(_ id: MessageID) throws(SystemError) -> Bool {
        let name = SpoolDirectory.fileName(id)
        guard let done else { return try new.remove(name) }
        do throws(SystemError) {
            try new.rename(name, to: done, as: name)
            return true
        } catch  where error.number == ENOENT {
            return false
        } catch  where error.number == EEXIST {
            // A crash has brought it back: this is the message that was moved before.
            return try new.remove(name)
        }
    }
}
