import Glibc

/// Tells which names appear in a directory, by inotify(7): made there, linked there (linkat raises IN_CREATE alone)
/// or moved there.
package struct DirectoryWatch: ~Copyable, Sendable {
    private let inotify: Descriptor

    /// What came since the last look.
    package struct Changes: Sendable, Equatable {
        /// Names that appeared, in order; one may stand there twice, or be gone again.
        package var names: [String] = []
        /// Whether names were lost, or the directory itself was moved: list it anew. (That it was removed is not told
        /// while it is open.)
        package var overflow = false

        package init() {}
    }

    /// Watches from now on. Set it before the first listing, so that no name falls between the two.
    package init(_ directory: DurableDirectory) throws(SystemError) {
        let inotify = try Descriptor(
            owning: systemCall("inotify_init1") { inotify_init1(CInt(IN_NONBLOCK | IN_CLOEXEC)) })
        let number = inotify.number
        // By descriptor, so that it is the directory that was opened, whatever its path leads to now.
        let path = "/proc/self/fd/\(directory.descriptor.number)"
        let mask = UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVE_SELF)
        do throws(SystemError) {
            _ = try systemCall("inotify_add_watch") { unsafe inotify_add_watch(number, path, mask) }
        } catch  where error.number == ENOENT {
            let path = directory.path
            _ = try systemCall("inotify_add_watch") { unsafe inotify_add_watch(number, path, mask) }
        }
        self.inotify = inotify
    }

    /// The descriptor to poll for POLLIN.
    package var number: CInt { inotify.number }

    /// Takes every event that waits. It does not block.
    package func drain() throws(SystemError) -> Changes {
        var changes = Changes()
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            var count = 0
            do throws(SystemError) {
                var span = buffer.mutableSpan
                count = try inotify.read(into: &span)
            } catch  where error.number == EAGAIN {
                return changes
            }
            if count == 0 { return changes }
            Self.parse(buffer.span.extracting(..<count), into: &changes)
        }
    }

    /// struct inotify_event: wd, mask, cookie and len, four bytes each, then len bytes of name padded by NUL.
    private static func parse(_ events: Span<UInt8>, into changes: inout Changes) {
        var offset = 0
        while offset + 16 <= events.count {
            let mask = word(events, at: offset + 4)
            let length = Int(word(events, at: offset + 12))
            guard offset + 16 + length <= events.count else { return }
            if mask & ~(UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_ISDIR)) != 0 { changes.overflow = true }
            var name: [UInt8] = []
            for index in offset + 16..<offset + 16 + length where events[index] != 0 { name.append(events[index]) }
            if !name.isEmpty { changes.names.append(String(decoding: name, as: UTF8.self)) }
            offset += 16 + length
        }
    }

    private static func word(_ bytes: Span<UInt8>, at offset: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(bytes[offset + index]) << UInt32(index * 8) }
        return UInt32(littleEndian: value)
    }
}
