import Glibc

/// A spool: `DIR/tmp/` for messages being received, `DIR/new/` for accepted ones, named `<id>.eml` (mailspool(5)).
package final class SpoolDirectory: Sendable {
    /// What the spool's path leads to.
    private struct Places: Sendable {
        let new: DurableDirectory
        /// Where drafts grow. A reader has none.
        var tmp: DurableDirectory?
        var draftMode: mode_t = 0o600
        var draftGroup: gid_t?

        init(new: DurableDirectory) {
            self.new = new
        }

        /// To receive into.
        /// - Throws: EXDEV when `tmp/` and `new/` are on different devices: no rename could join them.
        init(in root: DurableDirectory, create: Bool) throws(SystemError) {
            let tmp = try root.subdirectory("tmp", create: create)
            new = try root.subdirectory("new", create: create)
            self.tmp = tmp
            let (tmpStatus, newStatus) = (try tmp.descriptor.status(), try new.descriptor.status())
            if tmpStatus.st_dev != newStatus.st_dev || Self.areMountedApart(tmp, new) {
                throw SystemError("rename", EXDEV)
            }
            let groupMayRead = newStatus.st_mode & S_IRGRP != 0
            draftMode = groupMayRead ? 0o640 : 0o600
            draftGroup = groupMayRead && newStatus.st_gid != getegid() ? newStatus.st_gid : nil
        }

        /// Whether a mount point separates them, as a bind mount of the same device does. The kernel looks at that before
        /// it sees that nobody can rename `.`.
        private static func areMountedApart(_ tmp: DurableDirectory, _ new: DurableDirectory) -> Bool {
            do throws(SystemError) {
                try tmp.rename(".", to: new, as: ".")
                return false
            } catch {
                return error.number == EXDEV
            }
        }
    }

    private let path: String
    private let places: Monitor<Places>
    /// The accepted messages.
    package var new: DurableDirectory { places.withLock { $0.new } }

    /// Opens a spool to receive into: makes what is missing, and sweeps what a crash left in `tmp/`.
    /// - Throws: EXDEV when `tmp/` and `new/` are on different devices, EACCES or EROFS when one cannot be written.
    package init(creating path: String) throws(SystemError) {
        self.path = path
        let found = try Places(in: .create(path), create: true)
        try found.tmp?.requireWritable()
        try found.new.requireWritable()
        try found.tmp?.sweep()
        places = Monitor(found)
    }

    /// Opens a spool that exists, to read or acknowledge what is in it. It may be read-only.
    package init(opening path: String) throws(SystemError) {
        self.path = path
        places = Monitor(Places(new: try DurableDirectory.open(path + "/new")))
    }

    /// Begins the file of a message. Only for a spool opened to receive into.
    package func draft(_ id: MessageID) throws(SystemError) -> Draft {
        do throws(SystemError) {
            // A directory that was removed still takes unnamed files, and one that was moved, or that a filesystem was mounted
            // over, takes names that nobody looks for.
            if isReplaced { throw SystemError("openat", ENOENT) }
            return try begin(id)
        } catch  where error == SystemError("openat", ENOENT) {
            try findAgain()
            return try begin(id)
        }
    }

    private func begin(_ id: MessageID) throws(SystemError) -> Draft {
        let places = places.withLock { $0 }
        guard let tmp = places.tmp else { throw SystemError("open", EROFS) }
        var draft = try tmp.draft(Self.fileName(id), mode: places.draftMode)
        if let group = places.draftGroup { draft.setGroup(group) }
        return draft
    }

    /// Takes the directories that are there now: those that were open were removed or replaced. What is missing is not made:
    /// a filesystem may have to be mounted first.
    private func findAgain() throws(SystemError) {
        let found = try Places(in: .open(path), create: false)
        places.withLock { $0 = found }
    }

    /// Accepts a message: when this returns it is in `new/`, durably; when it throws it is nowhere.
    package func publish(_ draft: consuming Draft, _ id: MessageID) throws(SystemError) {
        try draft.publish(in: new, as: Self.fileName(id))
    }

    /// Does all that accepting a message does, in `tmp/`, and leaves nothing: whether a message could be accepted now.
    package func rehearse(_ id: MessageID) throws(SystemError) {
        var draft = try draft(id)
        guard let tmp = places.withLock({ $0.tmp }) else { throw SystemError("open", EROFS) }
        let name = "rehearsal-" + Self.fileName(id)
        try draft.append([0x0D, 0x0A].span)
        try draft.publish(in: tmp, as: name)
        try tmp.remove(name)
    }

    /// The messages in name order, which is the order of their arrival, and the names that are no message's.
    package func messages() throws(SystemError) -> (ids: [MessageID], others: [String]) {
        var ids: [MessageID] = []
        var others: [String] = []
        for name in try new.names() {
            if let id = Self.messageID(fileName: name) { ids.append(id) } else { others.append(name) }
        }
        ids.sort()
        others.sort()
        return (ids, others)
    }

    /// Whether `new/` was removed or moved, or its path leads to another directory now.
    package var isReplaced: Bool {
        let new = new
        var present = stat()
        do throws(SystemError) {
            _ = try systemCall("stat") { unsafe stat(new.path, &present) }
            // An open directory keeps its number, so that one with the same number is the same, and has not been removed.
            return !new.is(present)
        } catch {
            // Who may not look is content with a directory that exists.
            return error.number == ENOENT || (try? new.descriptor.status())?.st_nlink == 0
        }
    }

    /// Opens a message to read it.
    package func open(_ id: MessageID) throws(SystemError) -> Descriptor {
        try new.openFile(Self.fileName(id), O_RDONLY)
    }

    /// The path of a message, from the path that the spool was opened by.
    package func path(of id: MessageID) -> String {
        new.path + "/" + Self.fileName(id)
    }

    /// Removes a message that is safe elsewhere; false when it was not there.
    ///
    /// The directory is not synced: a message that a crash brings back is sent again under the same id.
    @discardableResult
    package func remove(_ id: MessageID) throws(SystemError) -> Bool {
        try new.remove(Self.fileName(id))
    }

    /// `<id>.eml`.
    package static func fileName(_ id: MessageID) -> String {
        "\(id).eml"
    }

    /// The id that a file name stands for, without its directory; nil for names that are no message's.
    package static func messageID(fileName name: String) -> MessageID? { messageID(fileName: name.utf8.span) }

    /// As `messageID(fileName:)` of a string, from bytes.
    package static func messageID(fileName name: Span<UInt8>) -> MessageID? {
        let end = ".eml".utf8.span
        guard name.count > end.count else { return nil }
        let id = name.count - end.count
        for index in end.indices where name[id + index] != end[index] { return nil }
        return MessageID(utf8: name.extracting(..<id))
    }
}
