import CLinux
import Glibc
import Synchronization

/// An open directory whose changes can be made to last. Every call goes by its descriptor, so it stays the same
/// directory when a path above it is renamed.
package final class DurableDirectory: Sendable {
    /// As it was named when it was opened: for messages to people, and for paths handed to other programs.
    package let path: String
    /// For calls that this type does not wrap.
    package let descriptor: Descriptor
    private let synchronize = DirectorySync()
    /// The number of a `LinkSync`, once the filesystem was asked.
    private let knownLinkSync = Atomic<UInt8>(.max)

    /// What tells it from every other directory; nil when the kernel would not say.
    private let identity: (device: dev_t, number: ino_t)?

    private init(path: String, descriptor: consuming Descriptor) {
        self.path = path
        identity = (try? descriptor.status()).map { ($0.st_dev, $0.st_ino) }
        self.descriptor = descriptor
    }

    /// Whether this status is that of this directory.
    func `is`(_ status: stat) -> Bool {
        identity.map { $0 == (status.st_dev, status.st_ino) } ?? true
    }

    // MARK: Opening and making

    /// Opens a directory that must exist.
    package static func open(_ path: String) throws(SystemError) -> DurableDirectory {
        try DurableDirectory(path: path, descriptor: .open(path, O_RDONLY | O_DIRECTORY))
    }

    /// Opens a directory, and makes it first if it is missing, with those above it, each made durable in its parent.
    ///
    /// What exists keeps its mode.
    package static func create(_ path: String, mode: mode_t = 0o700) throws(SystemError) -> DurableDirectory {
        do throws(SystemError) {
            return try open(path)
        } catch  where error.number == ENOENT {
            let (parent, name) = split(path)
            return try create(parent, mode: mode).subdirectory(name, create: true, mode: mode, path: path)
        }
    }

    /// Opens a directory in this one, made first if it is missing and `create` says so.
    package func subdirectory(_ name: String, create: Bool, mode: mode_t = 0o700) throws(SystemError)
        -> DurableDirectory
    {
        try subdirectory(name, create: create, mode: mode, path: path + "/" + name)
    }

    private func subdirectory(_ name: String, create: Bool, mode: mode_t, path: String) throws(SystemError)
        -> DurableDirectory
    {
        if create {
            let parent = descriptor.number
            do throws(SystemError) {
                _ = try systemCall("mkdir") { unsafe mkdirat(parent, name, mode) }
                try sync()
            } catch  where error.number == EEXIST {
                // Another program made it meanwhile, or it was there: both are fine.
            }
        }
        return try DurableDirectory(path: path, descriptor: descriptor.open(name, O_RDONLY | O_DIRECTORY))
    }

    /// The parent's path and the last name, after dirname(3) and basename(3).
    private static func split(_ path: String) -> (parent: String, name: String) {
        var path = Substring(path)
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
        let parent = path[..<slash]
        return (parent.isEmpty ? "/" : String(parent), String(path[path.index(after: slash)...]))
    }

    // MARK: Looking

    /// Every name in it but `.` and `..`, in no order. Bytes that are not UTF-8 are shown as U+FFFD.
    package func names() throws(SystemError) -> [String] {
        var names: [String] = []
        try unsafe forEachName { name in unsafe names.append(String(cString: name)) }
        return names
    }

    /// Calls `body` with every name but `.` and `..`, as the kernel gives it, in no order.
    package func forEachName(_ body: (UnsafePointer<CChar>) -> Void) throws(SystemError) {
        let number = try descriptor.open(".", O_RDONLY | O_DIRECTORY).release()
        guard let stream = unsafe fdopendir(number) else {
            let error = SystemError("fdopendir", errno)
            Glibc.close(number)
            throw error
        }
        defer { unsafe closedir(stream) }
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw SystemError("readdir", errno) }
                return
            }
            unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    if unsafe strcmp(name, ".") != 0, unsafe strcmp(name, "..") != 0 { unsafe body(name) }
                }
            }
        }
    }

    /// Opens a file in it, close-on-exec and never through a symbolic link.
    package func openFile(_ name: String, _ flags: CInt, mode: mode_t = 0) throws(SystemError) -> Descriptor {
        try descriptor.open(name, flags | O_NOFOLLOW, mode: mode)
    }

    /// Opens a file in it to read, without waiting for anybody.
    /// - Throws: EINVAL when it is no regular file: a FIFO, say, or a directory.
    package func openRegular(_ name: String) throws(SystemError) -> Descriptor {
        let file = try openFile(name, O_RDONLY | O_NONBLOCK)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw SystemError("open", EINVAL) }
        return file
    }

    /// lstat(2) of a file in it.
    package func status(_ name: String) throws(SystemError) -> stat {
        let number = descriptor.number
        var status = stat()
        _ = try systemCall("fstatat") { unsafe fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
        return status
    }

    /// Makes it the working directory of this process.
    package func enter() throws(SystemError) {
        let number = descriptor.number
        _ = try systemCall("fchdir") { fchdir(number) }
    }

    /// An extended attribute of a file in it. It must be the working directory: no call takes another, and the way through
    /// /proc takes as long as all else that is asked of a file.
    /// - Throws: ENODATA when it has none of that name; ERANGE when there are more than `limit` bytes.
    package func attribute(_ attribute: String, of name: String, limit: Int) throws(SystemError) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: limit)
        let count = try systemCall("lgetxattr") { unsafe lgetxattr("./" + name, attribute, &value, limit) }
        value.removeLast(limit - count)
        return value
    }

    /// When a file in it was last changed, in seconds since 1970.
    package func modificationTime(_ name: String) throws(SystemError) -> Int64 {
        Int64(try status(name).st_mtim.tv_sec)
    }

    /// Whether this process may make and remove names here.
    package var isWritable: Bool { (try? requireWritable()) != nil }

    /// - Throws: EACCES, or EROFS, when this process may not make and remove names here.
    func requireWritable() throws(SystemError) {
        let number = descriptor.number
        _ = try systemCall("faccessat") { unsafe faccessat(number, ".", W_OK | X_OK, AT_EACCESS) }
    }

    // MARK: Changing

    /// Gives a file another name, here or in another directory of the same filesystem. It never overwrites: EEXIST.
    ///
    /// The change lasts once the directories that it touched have been synced.
    package func rename(_ name: String, to directory: DurableDirectory, as newName: String) throws(SystemError) {
        let (from, to) = (descriptor.number, directory.descriptor.number)
        do throws(SystemError) {
            _ = try systemCall("renameat2") {
                unsafe renameat2(from, name, to, newName, UInt32(clinux_RENAME_NOREPLACE))
            }
        } catch  where error.number == EINVAL || error.number == ENOSYS {
            // A filesystem without RENAME_NOREPLACE (NFS, some FUSE): two names for a moment, never an overwrite.
            _ = try systemCall("linkat") { unsafe linkat(from, name, to, newName, 0) }
            _ = try systemCall("unlinkat") { unsafe unlinkat(from, name, 0) }
        }
    }

    /// Removes a file; false when it was not there. The removal lasts once the directory has been synced.
    @discardableResult
    package func remove(_ name: String) throws(SystemError) -> Bool {
        let number = descriptor.number
        do throws(SystemError) {
            _ = try systemCall("unlinkat") { unsafe unlinkat(number, name, 0) }
            return true
        } catch  where error.number == ENOENT {
            return false
        }
    }

    /// Makes names durable: returns after an fsync of the directory that began after this call. Callers on several
    /// threads share one.
    package func sync() throws(SystemError) {
        try synchronize(descriptor)
    }

    /// What files need that get a name here and had none before. The filesystem is asked once.
    var linkSync: LinkSync {
        if let known = LinkSync(rawValue: knownLinkSync.load(ordering: .relaxed)) { return known }
        let found = LinkSync.suiting(descriptor)
        knownLinkSync.store(found.rawValue, ordering: .relaxed)
        return found
    }

    /// Removes the files that no living process holds a lock on: drafts that a crash left. Directories stay.
    /// - Returns: how many went.
    @discardableResult
    package func sweep() throws(SystemError) -> Int {
        var swept = 0
        for name in try names() where try sweep(name) { swept += 1 }
        return swept
    }

    private func sweep(_ name: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            guard try status(name).st_mode & S_IFMT == S_IFREG else { return false }
            let file = try openFile(name, O_RDONLY | O_NONBLOCK)
            guard try file.lock() else { return false }
            return try remove(name)
        } catch  where error.number == ENOENT {
            return false
        }
    }
}

extension Descriptor {
    /// flock(2), exclusive, without waiting; false when another open file holds it.
    borrowing func lock() throws(SystemError) -> Bool {
        let number = self.number
        do throws(SystemError) {
            _ = try systemCall("flock") { flock(number, LOCK_EX | LOCK_NB) }
            return true
        } catch  where error.number == EWOULDBLOCK {
            return false
        }
    }
}
