import Glibc

/// An exclusive lock on a directory for as long as this value lives, by flock(2) on a file in it that stays there.
package struct DirectoryLock: ~Copyable, Sendable {
    private let file: Descriptor

    /// Takes the lock, or is nil when another process, or another lock in this one, holds it.
    /// - Parameter name: the lock file's, made when missing.
    package init?(_ directory: DurableDirectory, _ name: String) throws(SystemError) {
        let file = try directory.openFile(name, O_CREAT | O_RDWR, mode: 0o600)
        guard try file.lock() else { return nil }
        self.file = file
    }
}
