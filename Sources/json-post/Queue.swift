import Glibc
import Spool

/// The queue on disk: `DIR/tmp/`, `DIR/due/<due>.<attempts>.<key>.json`, `DIR/failed/<key>.json` with `<key>.reason`.
/// A change of state is one rename, never over an existing file.
final class Queue: Sendable {
    let root: DurableDirectory
    let due: DurableDirectory
    let failed: DurableDirectory
    private let tmp: DurableDirectory
    private let lock: DirectoryLock?

    /// Opens a queue to deliver from, makes what is missing, and sweeps the drafts that a crash left. It is locked for as
    /// long as this object lives.
    /// - Throws: EWOULDBLOCK when another deliverer has it.
    init(creating path: String) throws(SystemError) {
        root = try DurableDirectory.create(path)
        guard let lock = try DirectoryLock(root, ".lock") else { throw SystemError("flock", EWOULDBLOCK) }
        self.lock = consume lock
        tmp = try root.subdirectory("tmp", create: true)
        due = try root.subdirectory("due", create: true)
        failed = try root.subdirectory("failed", create: true)
        try tmp.sweep()
    }

    /// Opens a queue that exists, to look at it or to move records in it.
    init(opening path: String) throws(SystemError) {
        root = try DurableDirectory.open(path)
        lock = nil
        tmp = try root.subdirectory("tmp", create: false)
        due = try root.subdirectory("due", create: false)
        failed = try root.subdirectory("failed", create: false)
    }

    // MARK: Taking records in

    /// Puts a record into due/. It lasts once `syncDue` has returned.
    /// - Parameter trouble: why it waits.
    func add(_ body: Span<UInt8>, as name: QueueName, readAt: Int64, trouble: String? = nil) throws(SystemError) {
        var draft = try draft(body, name.description, readAt)
        if let trouble { draft.setAttribute(Self.troubleAttribute, Self.troubleText(trouble).span) }
        try draft.publishUnsynced(in: due, as: name.description)
    }

    func syncDue() throws(SystemError) {
        try due.sync()
    }

    private func draft(_ body: Span<UInt8>, _ name: String, _ readAt: Int64) throws(SystemError) -> Draft {
        var draft = try tmp.draft(name)
        try draft.append(body)
        try draft.setModificationTime(readAt)
        return draft
    }

    /// Begins a file of which the bytes come in pieces.
    func draft(_ name: String) throws(SystemError) -> Draft {
        try tmp.draft(name)
    }

    /// The meaning of a name in due/; nil when it is none of ours. A file that is not named as we name it, by a due time
    /// that no clock shows or by leading zeros, is renamed and due now.
    func canonical(_ text: String, now: Int64) throws(SystemError) -> QueueName? {
        guard let name = QueueName(text) else { return nil }
        if name.description == text { return name }
        let renamed = QueueName(due: now, attempts: name.attempts, key: name.key)
        try due.rename(text, to: due, as: renamed.description)
        return renamed
    }

    // MARK: Moving them

    /// Gives a waiting record its next due time, or writes down an attempt.
    /// - Throws: ENOENT when another command took it away.
    func rename(_ old: QueueName, to new: QueueName) throws(SystemError) {
        if old != new { try due.rename(old.description, to: due, as: new.description) }
    }

    /// Why a waiting record was not delivered last time is an attribute of its file. It is for people alone, who do without
    /// it where a filesystem has none.
    private static let troubleAttribute = "user.json-post.trouble"
    private static let mostTrouble = 200

    private static func troubleText(_ trouble: String) -> [UInt8] { Array(trouble.utf8.prefix(mostTrouble)) }

    /// Notes why a waiting record was not delivered.
    func note(_ trouble: String, on name: QueueName) {
        let file = try? due.openRegular(name.description)
        try? file?.setAttribute(Self.troubleAttribute, Self.troubleText(trouble).span)
    }

    /// A waiting record's file, and why it was not delivered last time, as far as that is known. `due` must have been entered.
    func status(_ name: QueueName) throws(SystemError) -> (status: stat, trouble: String?) {
        let text = name.description
        let status = try due.status(text)
        let trouble =
            name.attempts > 0 ? try? due.attribute(Self.troubleAttribute, of: text, limit: Self.mostTrouble) : nil
        return (status, trouble.map { String(decoding: $0, as: UTF8.self) })
    }

    /// A waiting record's bytes, and when it was first read; nil when there are more than `limit`.
    func read(_ name: QueueName, limit: Int) throws(SystemError) -> (body: RecordBody, readAt: Int64)? {
        let file = try due.openRegular(name.description)
        let status = try file.status()
        guard status.st_size <= limit else { return nil }
        guard let body = try RecordBody(count: Int(status.st_size), from: file) else {
            throw SystemError("read", EIO)
        }
        return (body, Int64(status.st_mtim.tv_sec))
    }

    /// A waiting record has been delivered. A crash may bring it back: then it is sent again.
    func remove(_ name: QueueName) throws(SystemError) {
        try due.remove(name.description)
    }

    /// Sets a waiting record aside: first the reason, then the record.
    /// - Returns: the key that it has in failed/.
    func fail(_ name: QueueName, reason: String) throws(SystemError) -> String {
        try settingAside(name.key, reason) { key throws(SystemError) in
            try due.rename(name.description, to: failed, as: key + ".json")
            try failed.sync()
            try due.sync()
        }
    }

    /// Sets a record aside that was not in the queue.
    func fail(_ body: Span<UInt8>, key: String, readAt: Int64, reason: String) throws(SystemError) -> String {
        try settingAside(key, reason) { key throws(SystemError) in
            try draft(body, key, readAt).publish(in: failed, as: key + ".json")
        }
    }

    /// Sets aside what came in pieces.
    func fail(_ draft: consuming Draft, key: String, readAt: Int64, reason: String) throws(SystemError) -> String {
        try draft.setModificationTime(readAt)
        var draft = Optional(draft)
        return try settingAside(key, reason) { key throws(SystemError) in
            try draft.take()?.publish(in: failed, as: key + ".json")
        }
    }

    /// Writes the reason, then places the record. A key that is taken there gets `~2`, `~3` …: nothing is overwritten.
    private func settingAside(
        _ key: String, _ reason: String, _ place: (String) throws(SystemError) -> Void
    ) throws(SystemError) -> String {
        var free = key
        var number = 2
        while (try? failed.status(free + ".json")) != nil {
            free = QueueKey.numbered(key, number)
            number += 1
        }
        // A reason without its record is what a crash left.
        try failed.remove(free + ".reason")
        var draft = try tmp.draft(free + ".reason")
        try draft.append(Array((reason + "\n").utf8).span)
        try draft.publish(in: failed, as: free + ".reason")
        do throws(SystemError) {
            try place(free)
        } catch {
            _ = try? failed.remove(free + ".reason")
            throw error
        }
        return free
    }

    /// Whether a waiting or failed record has exactly these bytes.
    func holds(_ body: Span<UInt8>, in directory: DurableDirectory, name: String) -> Bool {
        guard let file = try? directory.openRegular(name), let status = try? file.status(),
            status.st_size == body.count, let held = try? RecordBody(count: body.count, from: file)
        else { return false }
        return held.bytes.isEqual(to: body)
    }
}

extension QueueKey {
    /// The key with `~<number>` after its id.
    static func numbered(_ key: String, _ number: Int) -> String {
        guard let at = key.firstIndex(of: "@") else { return "\(key)~\(number)" }
        return "\(key[..<at])~\(number)\(key[at...])"
    }
}

extension Span<UInt8> {
    func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBufferPointer { left in
            unsafe other.withUnsafeBufferPointer { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return unsafe memcmp(left, right, count) == 0
            }
        }
    }
}
