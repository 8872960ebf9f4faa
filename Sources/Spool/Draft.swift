import CLinux
import Glibc

/// A file that is being written and that nobody shall find before it is whole and durable.
///
/// It is an unnamed file (O_TMPFILE), of which a crash leaves nothing, or, on filesystems without those, a named and
/// flocked one, which the next start sweeps. Either is gone when the draft is dropped instead of published.
package struct Draft: ~Copyable {
    private let file: Descriptor
    private let directory: DurableDirectory
    /// The name in `directory`, for filesystems without unnamed files.
    private var name: String?
    /// Bytes written so far.
    package private(set) var size = 0

    /// Begins a draft in a directory of its own kind of files (`tmp/`).
    /// - Parameters:
    ///   - name: used only where a draft needs one.
    ///   - mode: kept whatever the umask is.
    fileprivate static func begin(in directory: DurableDirectory, name: () -> String, mode: mode_t) throws(SystemError)
        -> Draft
    {
        var draft: Draft
        if let file = try unnamed(in: directory, mode: mode) {
            draft = Draft(file: file, directory: directory, name: nil)
        } else {
            let name = name()
            draft = Draft(file: try named(name, in: directory, mode: mode), directory: directory, name: name)
        }
        // The umask may have taken what others were to have; the owner's bits it leaves alone.
        if mode & 0o077 != 0 { try draft.setMode(mode) }
        return draft
    }

    private mutating func setMode(_ mode: mode_t) throws(SystemError) {
        let number = file.number
        _ = try systemCall("fchmod") { fchmod(number, mode) }
    }

    private init(file: consuming Descriptor, directory: DurableDirectory, name: String?) {
        self.file = file
        self.directory = directory
        self.name = name
    }

    /// Opens a file without a name; nil where the filesystem, the kernel or a bare chroot has none.
    private static func unnamed(in directory: DurableDirectory, mode: mode_t) throws(SystemError) -> Descriptor? {
        guard canNameUnnamed else { return nil }
        do throws(SystemError) {
            return try directory.descriptor.open(".", CInt(clinux_O_TMPFILE) | O_RDWR, mode: mode)
        } catch  where [EOPNOTSUPP, EISDIR, EINVAL].contains(error.number) {
            return nil
        }
    }

    /// An unnamed file gets its name through /proc; without it (a bare chroot) drafts have names from the start.
    private static let canNameUnnamed = unsafe access("/proc/self/fd", X_OK) == 0

    /// Opens a new file and locks it. A sweeper that came in between has removed it: then once more.
    private static func named(_ name: String, in directory: DurableDirectory, mode: mode_t) throws(SystemError)
        -> Descriptor
    {
        while true {
            let file = try directory.openFile(name, O_CREAT | O_EXCL | O_RDWR, mode: mode)
            do throws(SystemError) {
                if try file.lock(), try file.status().st_nlink > 0 { return file }
            } catch {
                _ = try? directory.remove(name)
                throw error
            }
        }
    }

    deinit {
        if let name { _ = try? directory.remove(name) }
    }

    /// Writes these bytes at the end, straight through: the caller collects small pieces.
    package mutating func append(_ bytes: Span<UInt8>) throws(SystemError) {
        try file.writeAll(bytes)
        size += bytes.count
    }

    /// Replaces bytes that were written before, for header fields that are known only after the data.
    package mutating func rewrite(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        precondition(offset >= 0 && offset + bytes.count <= size, "rewrite beyond the end")
        try file.writeAll(bytes, at: offset)
    }

    /// Sets the file's time of modification, in seconds since 1970, which renames keep. Call it after the last write.
    package mutating func setModificationTime(_ seconds: Int64) throws(SystemError) {
        let number = file.number
        let times = [timespec(tv_sec: 0, tv_nsec: clinux_UTIME_OMIT), timespec(tv_sec: Int(seconds), tv_nsec: 0)]
        _ = try systemCall("futimens") { unsafe futimens(number, times) }
    }

    /// Writes an extended attribute, where the filesystem has such.
    package mutating func setAttribute(_ name: String, _ value: Span<UInt8>) {
        try? file.setAttribute(name, value)
    }

    /// Gives the file a group, where the process may.
    mutating func setGroup(_ group: gid_t) {
        _ = fchown(file.number, uid_t.max, group)
    }

    /// The commit point: fsync the file, give it its name without overwriting, fsync the directory and, where that does not
    /// bring it, the link.
    ///
    /// When this returns, the file outlives a power cut. When it throws, no name is left anywhere: EEXIST when the
    /// name was taken, otherwise the error of the call that failed.
    package consuming func publish(in target: DurableDirectory, as newName: String) throws(SystemError) {
        let linkSync = try place(in: target, as: newName)
        do throws(SystemError) {
            if linkSync == .beforeDirectory { try file.sync() }
            try target.sync()
            if linkSync == .afterDirectory { try file.sync() }
        } catch {
            _ = try? target.remove(newName)
            throw error
        }
    }

    /// As `publish`, but without the directory sync: for several files that share one. The caller calls
    /// `target.sync()`, and removes the names if that fails.
    package consuming func publishUnsynced(in target: DurableDirectory, as newName: String) throws(SystemError) {
        guard try place(in: target, as: newName) != .never else { return }
        do throws(SystemError) {
            try file.sync()
        } catch {
            _ = try? target.remove(newName)
            throw error
        }
    }

    /// Syncs what is in the file, and names it.
    /// - Returns: when its link has to be synced.
    private mutating func place(in target: DurableDirectory, as newName: String) throws(SystemError) -> LinkSync {
        try file.sync()
        if let name {
            try directory.rename(name, to: target, as: newName)
            self.name = nil
            return .never
        }
        let (source, to) = ("/proc/self/fd/\(file.number)", target.descriptor.number)
        _ = try systemCall("linkat") {
            unsafe linkat(AT_FDCWD, source, to, newName, AT_SYMLINK_FOLLOW)
        }
        return target.linkSync
    }
}

extension DurableDirectory {
    /// Begins a draft here. Publish it in a directory of the same filesystem.
    package func draft(_ name: @autoclosure () -> String, mode: mode_t = 0o600) throws(SystemError) -> Draft {
        try .begin(in: self, name: name, mode: mode)
    }
}
