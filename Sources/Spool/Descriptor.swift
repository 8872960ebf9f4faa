import CLinux
import Glibc

/// The owner of one file descriptor. It is closed once: by `close()`, or at the end of its life.
package struct Descriptor: ~Copyable, Sendable {
    /// The number, for calls that this type does not wrap. It is valid for as long as this value lives.
    package let number: CInt

    /// Takes over an open descriptor.
    package init(owning number: CInt) {
        precondition(number >= 0, "not a descriptor")
        self.number = number
    }

    deinit { _ = Glibc.close(number) }

    /// Closes, and tells of an error that only shows here (EIO, ENOSPC and EDQUOT on network filesystems).
    ///
    /// Linux frees the number whatever close(2) answers, so EINTR is a success and nothing is retried.
    package consuming func close() throws(SystemError) {
        let number = release()
        if Glibc.close(number) < 0, errno != EINTR { throw SystemError("close", errno) }
    }

    /// Gives the number away: the caller closes it.
    package consuming func release() -> CInt {
        let number = self.number
        discard self
        return number
    }

    /// open(2), close-on-exec.
    package static func open(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(SystemError) -> Descriptor {
        try Descriptor(owning: systemCall("open") { unsafe Glibc.open(path, flags | O_CLOEXEC, mode) })
    }

    /// openat(2), close-on-exec.
    package borrowing func open(_ name: String, _ flags: CInt, mode: mode_t = 0) throws(SystemError) -> Descriptor {
        let directory = number
        return try Descriptor(
            owning: systemCall("openat") { unsafe Glibc.openat(directory, name, flags | O_CLOEXEC, mode) })
    }

    /// dup(2), close-on-exec.
    package borrowing func duplicate() throws(SystemError) -> Descriptor {
        let number = self.number
        return try Descriptor(owning: systemCall("fcntl") { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    /// read(2): how many bytes came, 0 at the end of the file.
    package borrowing func read(into buffer: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
        let number = self.number
        return try unsafe buffer.withUnsafeMutableBufferPointer { bytes throws(SystemError) in
            try systemCall("read") { unsafe Glibc.read(number, bytes.baseAddress, bytes.count) }
        }
    }

    /// write(2): how many bytes were taken, which may be fewer than given.
    package borrowing func write(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        let number = self.number
        return try unsafe bytes.withUnsafeBufferPointer { bytes throws(SystemError) in
            try systemCall("write") { unsafe Glibc.write(number, bytes.baseAddress, bytes.count) }
        }
    }

    /// Writes every byte, however many calls that takes.
    package borrowing func writeAll(_ bytes: Span<UInt8>) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            do throws(SystemError) {
                done += try write(bytes.extracting(done...))
            } catch  where error.number == EAGAIN {
                try wait(for: POLLOUT)
            }
        }
    }

    /// For what was to block and fails with EAGAIN: another program has made the pipe non-blocking, for all who share it.
    package borrowing func wait(for events: CInt) throws(SystemError) {
        var entry = pollfd(fd: number, events: Int16(events), revents: 0)
        _ = try systemCall("poll") { unsafe poll(&entry, 1, -1) }
    }

    /// pwrite(2), every byte, at an offset from the start of the file.
    package borrowing func writeAll(_ bytes: Span<UInt8>, at offset: Int) throws(SystemError) {
        let number = self.number
        var done = 0
        while done < bytes.count {
            let position = off_t(offset + done)
            done += try unsafe bytes.extracting(done...).withUnsafeBufferPointer { bytes throws(SystemError) in
                try systemCall("pwrite") { unsafe Glibc.pwrite(number, bytes.baseAddress, bytes.count, position) }
            }
        }
    }

    /// fsync(2). After an error the file is lost: the kernel may have dropped its pages, so it is never tried again.
    package borrowing func sync() throws(SystemError) {
        let number = self.number
        _ = try systemCall("fsync") { fsync(number) }
    }

    /// fstat(2).
    package borrowing func status() throws(SystemError) -> stat {
        let number = self.number
        var status = stat()
        _ = try systemCall("fstat") { unsafe fstat(number, &status) }
        return status
    }

    /// Writes an extended attribute of the file (xattr(7)), which renaming keeps.
    /// - Throws: ENOTSUP where the filesystem has none.
    package borrowing func setAttribute(_ name: String, _ value: Span<UInt8>) throws(SystemError) {
        let number = self.number
        _ = try unsafe value.withUnsafeBufferPointer { value throws(SystemError) in
            try systemCall("fsetxattr") { unsafe fsetxattr(number, name, value.baseAddress, value.count, 0) }
        }
    }

    /// Every byte from here to the end of the file, of which at most `limit` are expected.
    /// - Throws: EFBIG when there are more.
    package borrowing func readAll(limit: Int = .max) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(limit, max(4096, Int(try status().st_size) + 1)))
        var filled = 0
        while true {
            if filled == bytes.count {
                if filled >= limit { throw SystemError("read", EFBIG) }
                bytes.append(contentsOf: repeatElement(0, count: min(bytes.count, limit - filled)))
            }
            var all = bytes.mutableSpan
            var rest = all._mutatingExtracting(filled...)
            let count = try read(into: &rest)
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }
}

/// The two ends of a pipe.
package struct Pipe: ~Copyable, Sendable {
    /// Where what was written comes out.
    package let read: Descriptor
    /// Where bytes go in.
    package let write: Descriptor

    private init(read: consuming Descriptor, write: consuming Descriptor) {
        self.read = read
        self.write = write
    }

    /// pipe2(2), both ends close-on-exec.
    package static func make() throws(SystemError) -> Pipe {
        var ends: [CInt] = [-1, -1]
        _ = try systemCall("pipe2") { unsafe pipe2(&ends, O_CLOEXEC) }
        return Pipe(read: Descriptor(owning: ends[0]), write: Descriptor(owning: ends[1]))
    }
}
