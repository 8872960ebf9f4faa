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

    /// The records that are meant: what waits, by due time, and what has failed. Files may be named as we do not name them.
    private func places(where isMeant: (String) -> Bool) throws(Failure) -> [Place] {
        try Failure.wrap(.ioErr, "--queue") { () throws(SystemError) in
            let waiting = try queue.due.names().compactMap { text in QueueName(text).map { (text: text, name: $0) } }
                .filter { isMeant($0.name.key) }.sorted { ($0.name.due, $0.name.key) < ($1.name.due, $1.name.key) }
            let failed = try queue.failed.names().compactMap { QueueKey.failed($0) }.filter(isMeant).sorted()
            return waiting.map { Place(directory: queue.due, name: $0.text, key: $0.name.key) }
                + failed.map { Place(directory: queue.failed, name: $0 + ".json", key: $0) }
        }
    }

    private func show(_ id: String) throws(Failure) {
        try act(on: id) { place throws(SystemError) in
            let bytes = try place.directory.openRegular(place.name).readAll()
            try StandardOutput.write(bytes.span, newline: true)
        }
    }

    // MARK: Changing

    /// A record's file.
    private struct Place {
        let directory: DurableDirectory
        let name: String
        let key: String
        /// It never was a record.
        var isLine: Bool { key.hasPrefix("line-") }
    }

    private func requeue(_ id: String) throws(Failure) {
        try act(on: id) { place throws(SystemError) in
            try moveToNow(place)
            try forgetReasons([place])
        }
    }

    /// Everything but the lines that never were records.
    private func requeueAll() throws(Failure) {
        var moved: [Place] = []
        for place in try places(where: { _ in true }) where place.directory === queue.due || !place.isLine {
            do throws(SystemError) {
                try moveToNow(place)
                moved.append(place)
            } catch  where error.number == ENOENT {
                // A deliverer has just taken it.
            } catch {
                throw Failure(.ioErr, "\(place.name): \(error)")
            }
        }
        try Failure.wrap(.ioErr, "--queue") { () throws(SystemError) in try forgetReasons(moved) }
    }

    /// One rename: due now, no attempts.
    private func moveToNow(_ place: Place) throws(SystemError) {
        let name = QueueName(due: Clock.now().seconds, attempts: 0, key: place.key)
        // Before the record is there, so that the deliverer which takes it knows of no pause.
        queue.forgetPause(route: QueueKey.route(place.key))
        if place.name == name.description { return }
        try place.directory.rename(place.name, to: queue.due, as: name.description)
    }

    /// Makes renames last, and then removes the reasons of what had failed.
    private func forgetReasons(_ places: [Place]) throws(SystemError) {
        try queue.due.sync()
        for place in places where place.directory === queue.failed { try queue.failed.remove(place.key + ".reason") }
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
        func digest(_ text: some StringProtocol) -> String { RecordID.digest(Array(text.utf8).span) }
        var names = [id, digest(id)]
        if let at = id.lastIndex(of: "@") { names.append(digest(id[..<at]) + id[at...]) }
        return try places { key in names.contains { key == $0 || key.hasPrefix($0 + "@") } }
    }
}
