import Glibc
import Spool
import Tool

/// `--spool`: the messages in new/, in the order of their names; with `--watch`, then those that arrive.
///
/// What was handed out is kept as a set, never as a "last name": ids of several writers do not arrive in order. A
/// message is handed out once in a run, unless it could not be read: then each full look tries it again.
struct SpoolFeed: Feed, ~Copyable {
    private let spool: SpoolDirectory
    private let isWatching: Bool
    private let watch: DirectoryWatch?
    private var queue = Queue<MessageID>()
    private var handedOut = 0
    private var seen: Set<MessageID> = []
    private var complained: Set<String> = []
    private var lastListing: Int64 = 0
    private(set) var isLost = false

    /// How long names may go unseen that no event told of, in milliseconds.
    private static let interval: Int64 = 10_000

    /// Lists the spool. The watch is set before, so that no message falls between the two.
    static func open(_ spool: SpoolDirectory, watch: Bool) throws(Failure) -> SpoolFeed {
        var feed = SpoolFeed(spool, watch ? try Self.watch(spool) : nil)
        try feed.list()
        return feed
    }

    private init(_ spool: SpoolDirectory, _ watch: consuming DirectoryWatch?) {
        self.spool = spool
        isWatching = watch != nil
        self.watch = watch
    }

    private static func watch(_ spool: SpoolDirectory) throws(Failure) -> DirectoryWatch {
        do throws(SystemError) {
            return try DirectoryWatch(spool.new)
        } catch {
            throw Failure(.osErr, "cannot watch \(spool.new.path): \(error)")
        }
    }

    mutating func next() -> Request? {
        guard let id = queue.first else { return nil }
        queue.removeFirst()
        handedOut += 1
        return Request(.convert, Array(SpoolDirectory.fileName(id).utf8))
    }

    var isFinished: Bool { (!isWatching || isLost) && queue.isEmpty }

    var total: Int? { handedOut + queue.count }

    var number: CInt? {
        switch watch {
        case .some(let watch): watch.number
        case nil: nil
        }
    }

    var timeout: CInt? {
        guard isWatching else { return nil }
        return CInt(clamping: max(0, Self.interval - (Clock.monotonic() - lastListing) / 1_000_000))
    }

    mutating func look() throws(Failure) {
        var overflow = timeout == 0
        do throws(SystemError) {
            if let changes = try watch?.drain() {
                overflow = overflow || changes.overflow
                for name in changes.names { add(name) }
            }
        } catch {
            throw Failure(.osErr, "cannot watch \(spool.new.path): \(error)")
        }
        if overflow { try list() }
    }

    private mutating func add(_ name: String) {
        if let id = SpoolDirectory.messageID(fileName: name) { add(id) } else { complain(about: name) }
    }

    private mutating func add(_ id: MessageID) {
        if seen.insert(id).inserted { queue.append(id) }
    }

    /// Reads the whole directory, and forgets what has gone from it.
    private mutating func list() throws(Failure) {
        let (ids, others) = try names()
        seen.formIntersection(ids)
        complained.formIntersection(others.union(ids.lazy.map(\.description)))
        for id in ids { add(id) }
        for name in others.sorted() { complain(about: name) }
        lastListing = Clock.monotonic()
        lookForLoss()
    }

    /// Messages arrive where the path leads to. Who watches another directory would wait for ever.
    private mutating func lookForLoss() {
        guard isWatching, !isLost, spool.isReplaced else { return }
        isLost = true
        Mime2json.complain("\(spool.new.path): it was removed or replaced")
    }

    private func names() throws(Failure) -> (ids: [MessageID], others: Set<String>) {
        do throws(SystemError) {
            let (ids, others) = try spool.messages()
            return (ids, Set(others))
        } catch {
            throw Failure(.noInput, "\(spool.new.path): \(error.reason)")
        }
    }

    private mutating func complain(about name: String) {
        if complained.insert(name).inserted {
            Mime2json.complain("\(spool.new.path)/\(displayed(Array(name.utf8))): no message's name, left alone")
        }
    }

    /// A message that is gone was acknowledged meanwhile. What else cannot be read is told once.
    mutating func isError(unreadable name: [UInt8], _ number: CInt) -> Bool {
        guard let id = SpoolDirectory.messageID(fileName: name.span) else { return true }
        if number == ENOENT { return false }
        seen.remove(id)
        return complained.insert(id.description).inserted
    }
}
