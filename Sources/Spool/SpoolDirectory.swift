import Glibc

/// A spool: `DIR/tmp/` for messages being received, `DIR/new/` for accepted ones, named `<id>.eml` (mailspool(5)).
package final class SpoolDirectory: Sendable {
    /// The accepted messages.
    package let new: DurableDirectory
    /// Where drafts grow. A reader has none.
    private let tmp: DurableDirectory?
    private let draftMode: mode_t
    private let draftGroup: gid_t?

    /// Opens a spool to receive into: makes what is missing, and sweeps what a crash left in `tmp/`.
    /// - Throws: EXDEV when `tmp/` and `new/` are on different devices: no rename could join them.
    package init(creating path: String) throws(SystemError) {
        let root = try DurableDirectory.create(path)
        let tmp = try root.subdirectory("tmp", create: true)
        new = try root.subdirectory("new", create: true)
        let (tmpStatus, newStatus) = (try tmp.descriptor.status(), try new.descriptor.status())
        if tmpStatus.st_dev != newStatus.st_dev { throw SystemError("rename", EXDEV) }
        try tmp.sweep()
        self.tmp = tmp
        let groupMayRead = newStatus.st_mode & S_IRGRP != 0
        draftMode = groupMayRead ? 0o640 : 0o600
        draftGroup = groupMayRead && newStatus.st_gid != getegid() ? newStatus.st_gid : nil
    }

    /// Opens a spool that exists, to read or acknowledge what is in it. It may be read-only.
    package init(opening path: String) throws(SystemError) {
        new = try DurableDirectory.open(path + "/new")
        tmp = nil
        draftMode = 0o600
        draftGroup = nil
    }

    /// Begins the file of a message. Only for a spool opened to receive into.
    package func draft(_ id: MessageID) throws(SystemError) -> Draft {
        guard let tmp else { throw SystemError("open", EROFS) }
        var draft = try tmp.draft(Self.fileName(id), mode: draftMode)
        if let draftGroup { draft.setGroup(draftGroup) }
        return draft
    }

    /// Accepts a message: when this returns it is in `new/`, durably; when it throws it is nowhere.
    package func publish(_ draft: consuming Draft, _ id: MessageID) throws(SystemError) {
        try draft.publish(in: new, as: Self.fileName(id))
    }

    /// Does all that accepting a message does, in `tmp/`, and leaves nothing: whether a message could be accepted now.
    package func rehearse(_ id: MessageID) throws(SystemError) {
        guard let tmp else { throw SystemError("open", EROFS) }
        let name = "rehearsal-" + Self.fileName(id)
        var draft = try tmp.draft("draft-" + name, mode: draftMode)
        try draft.append([0x0D, 0x0A].span)
        try draft.publish(in: tmp, as: name)
        try tmp.remove(name)
        // A directory that was removed takes no names any more.
        if try new.descriptor.status().st_nlink == 0 { throw SystemError("linkat", ENOENT) }
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
    package static func messageID(fileName name: some StringProtocol) -> MessageID? {
        guard name.hasSuffix(".eml") else { return nil }
        return MessageID(name.dropLast(4))
    }
}
