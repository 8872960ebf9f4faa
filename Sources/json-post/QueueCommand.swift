import ArgumentParser
import Glibc
import Spool
import Tool

/// The commands that look at the queue and act on it. They take no lock: each change is one rename or one removal, and a
/// deliverer that works beside them sees it.
struct QueueCommandOptions: ParsableArguments {
    @Flag(help: "List what waits and what has failed.")
    var list = false

    @Flag(help: "With --list: one JSON object a line.")
    var json = false

    @Option(parsing: .singleValue, help: ArgumentHelp("Print the record ID; may be repeated.", valueName: "ID"))
    var show: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Let the record ID, or all, be tried now, as if for the first time; may be repeated.", valueName: "ID|all"))
    var requeue: [String] = []

    @Option(
        parsing: .singleValue, help: ArgumentHelp("Remove the record ID for good; may be repeated.", valueName: "ID"))
    var drop: [String] = []

    /// With the ids that it is for.
    enum Command {
        case list
        case show([String])
        case requeue([String])
        case drop([String])
    }

    var commands: [Command] {
        var commands: [Command] = list ? [.list] : []
        if !show.isEmpty { commands.append(.show(show)) }
        if !requeue.isEmpty { commands.append(.requeue(requeue)) }
        if !drop.isEmpty { commands.append(.drop(drop)) }
        return commands
    }

    var command: Command? { commands.first }
    var count: Int { commands.count }
    var isAny: Bool { count > 0 }
}

/// One look at, or change of, a queue that exists.
struct QueueCommand {
    private let queue: Queue

    init(queue path: String) throws(Failure) {
        queue = try Failure.wrap(.noInput, "--queue \(path)") { () throws(SystemError) in try Queue(opening: path) }
    }

    func run(_ command: QueueCommandOptions.Command, json: Bool) throws(Failure) {
        switch command {
        case .list: try QueueList(queue, json: json).print()
        case .show(let ids): for id in ids { try show(id) }
        case .requeue(let ids): for id in ids { id == "all" ? try requeueAll() : try requeue(id) }
        case .drop(let ids): for id in ids { try drop(id) }
        }
    }

    // MARK: Looking

    /// What waits, by due time, and the keys of what has failed.
    private func names() throws(Failure) -> (waiting: [QueueName], failed: [String]) {
        try Failure.wrap(.ioErr, "--queue") { () throws(SystemError) in
            let waiting = try queue.due.names().compactMap { QueueName($0) }
            let failed = try queue.failed.names().compactMap { QueueKey.failed($0) }
            return (waiting.sorted { ($0.due, $0.key) < ($1.due, $1.key) }, failed.sorted())
        }
    }

    private func show(_ id: String) throws(Failure) {
        try act(on: id) { place throws(SystemError) in
            let bytes = try place.directory.openFile(place.name, O_RDONLY).readAll()
            try StandardOutput.write(bytes.span, newline: true)
        }
    }

    // MARK: Changing

    /// A record's file.
    private struct Place {
        let directory: DurableDirectory
        let name: String
        let key: String
    }

    private func requeue(_ id: String) throws(Failure) {
        try act(on: id) { place throws(SystemError) in try requeue(place) }
    }

    /// Everything but the lines that never were records.
    private func requeueAll() throws(Failure) {
        let (waiting, failed) = try names()
        let places =
            waiting.map { Place(directory: queue.due, name: $0.description, key: $0.key) }
            + failed.filter { !$0.hasPrefix("line-") }
            .map { Place(directory: queue.failed, name: $0 + ".json", key: $0) }
        for place in places {
            do throws(SystemError) {
                try requeue(place)
            } catch  where error.number == ENOENT {
                // A deliverer has just taken it.
            } catch {
                throw Failure(.ioErr, "\(place.name): \(error)")
            }
        }
    }

    /// One rename: due now, no attempts. Then its reason, if it had failed.
    private func requeue(_ place: Place) throws(SystemError) {
        let name = QueueName(due: Clock.now().seconds, attempts: 0, key: place.key)
        // Before the record is there, so that the deliverer which takes it knows of no pause.
        queue.forgetPause(route: QueueKey.route(place.key))
        if place.name == name.description { return }
        try place.directory.rename(place.name, to: queue.due, as: name.description)
        try queue.due.sync()
        if place.directory === queue.failed { try queue.failed.remove(place.key + ".reason") }
    }

    private func drop(_ id: String) throws(Failure) {
        let hint = id == "all" ? "; records are dropped one by one, by the ids of --list --json" : ""
        try act(on: id, hint: hint) { place throws(SystemError) in
            guard try place.directory.remove(place.name) else { throw SystemError("unlink", ENOENT) }
            if place.directory === queue.failed { try queue.failed.remove(place.key + ".reason") }
            try place.directory.sync()
        }
    }

    /// Does something to every record of this id. A deliverer may rename one between the look and the act: then it is looked for again.
    private func act(on id: String, hint: String = "", _ action: (Place) throws(SystemError) -> Void) throws(Failure) {
        for _ in 0..<100 {
            let places = try places(id)
            guard !places.isEmpty else { throw Failure(.noInput, "\(id): no such record in the queue\(hint)") }
            do throws(SystemError) {
                for place in places { try action(place) }
                return
            } catch  where error.number == ENOENT {
                continue
            } catch {
                throw Failure(.ioErr, "\(id): \(error)")
            }
        }
        throw Failure(.tempFail, "\(id): a deliverer is busy with it")
    }

    /// By key; by the id alone for records of several routes; or by the id that the record itself has, where that is one of
    /// which only the digest is a name.
    private func places(_ id: String) throws(Failure) -> [Place] {
        let (waiting, failed) = try names()
        func digest(_ text: some StringProtocol) -> String { RecordID.digest(Array(text.utf8).span) }
        var names = [id, digest(id)]
        if let at = id.lastIndex(of: "@") { names.append(digest(id[..<at]) + id[at...]) }
        func isMeant(_ key: String) -> Bool { names.contains { key == $0 || key.hasPrefix($0 + "@") } }
        return waiting.filter { isMeant($0.key) }.map { Place(directory: queue.due, name: $0.description, key: $0.key) }
            + failed.filter(isMeant).map { Place(directory: queue.failed, name: $0 + ".json", key: $0) }
    }
}
