import Glibc
import JSON
import Spool
import Tool

/// A list of what lies in a queue: a table for people, or one JSON object a line. Made for a million records.
struct QueueList {
    private struct Item {
        var state = "waiting"
        let key: String
        var due: String?
        var attempts: Int?
        let file: stat
        let reason: String?
        var failedAt: String?
    }

    /// Of the columns; that of the ids is as wide as they are.
    private static let (stateWidth, widths, leastIDs) = (8, [21, 6, 9, 21], 36)
    private let queue: Queue
    private let isJSON: Bool

    init(_ queue: Queue, json: Bool) {
        (self.queue, isJSON) = (queue, json)
    }

    /// Writes it to standard output: what waits, by due time, and what has failed.
    func print() throws(Failure) {
        try Failure.wrap(.ioErr) { () throws(SystemError) in
            let names = try Names(queue.due)
            let failed = try queue.failed.names().compactMap(QueueKey.failed).sorted()
            let longest = max(names.longest, failed.map(\.utf8.count).max() ?? 0, Self.leastIDs)
            var output = Output(widths: [Self.stateWidth, longest + 1] + Self.widths)
            if !isJSON { output.row("STATE", "ID", "DUE", "TRIES", "SIZE", "SINCE", "REASON") }
            try printWaiting(names, to: &output)
            try printFailed(failed, to: &output)
            try output.flush()
        }
    }

    private func printWaiting(_ names: Names, to output: inout Output) throws(SystemError) {
        try queue.due.enter()
        for index in 0..<names.count {
            let name = names[index]
            guard let (file, trouble) = try? queue.status(name) else { continue }
            let item = Item(
                key: name.key, due: output.due(name.due), attempts: name.attempts, file: file,
                reason: name.attempts == 0 ? "not tried yet" : trouble)
            try print(item, to: &output)
        }
    }

    private func printFailed(_ keys: [String], to output: inout Output) throws(SystemError) {
        for key in keys {
            guard let file = try? queue.failed.status(key + ".json") else { continue }
            let reason = FailureReason(reasonText(key))
            let item = Item(
                state: "failed", key: key, attempts: reason.attempts, file: file, reason: reason.words,
                failedAt: reason.failedAt)
            try print(item, to: &output)
        }
    }

    private func reasonText(_ key: String) -> String {
        guard let file = try? queue.failed.openRegular(key + ".reason"),
            let text = try? file.readAll(limit: 1 << 16)
        else { return "" }
        return String(decoding: text, as: UTF8.self).filter { $0 != "\n" }
    }

    private func print(_ item: Item, to output: inout Output) throws(SystemError) {
        let since = output.since(Int64(item.file.st_mtim.tv_sec))
        if isJSON {
            output.object {
                $0.member("id", item.key)
                $0.member("state", item.state)
                if let due = item.due { $0.member("due", due) }
                if let attempts = item.attempts { $0.member("attempts", attempts) }
                $0.member("size", Int(item.file.st_size))
                $0.member("since", since)
                if let failedAt = item.failedAt { $0.member("failedAt", failedAt) }
                if let status = item.reason.flatMap(FailureReason.status) { $0.member("status", status) }
                if let reason = item.reason { $0.member("reason", reason) }
            }
        } else {
            let reason = item.reason.map { String(Log.printable($0).prefix(200)) } ?? ""
            output.row(
                item.state, item.key, item.due ?? "-", item.attempts.map { "\($0)" } ?? "-", "\(item.file.st_size)",
                since, reason)
        }
        try output.flush(from: 1 << 16)
    }

    /// The names in due/, without a string for each.
    private struct Names {
        private struct Place {
            let due: UInt32
            let attempts: UInt16
            let length: UInt16
            let key: Int
        }

        private var text: [UInt8] = []
        private var places: [Place] = []
        /// Bytes of the longest key.
        private(set) var longest = 0

        init(_ directory: DurableDirectory) throws(SystemError) {
            try QueueLoader.forEachName(directory) { name in
                guard let (due, attempts, key) = QueueName.prefix(name) else { return }
                places.append(Place(due: due, attempts: attempts, length: UInt16(key.count), key: text.count))
                longest = max(longest, key.count)
                for index in key { text.append(name[index]) }
            }
            sort()
        }

        /// By due time, and by key where that is the same.
        private mutating func sort() {
            unsafe text.withUnsafeBufferPointer { text in
                places.sort {
                    if $0.due != $1.due { return $0.due < $1.due }
                    guard let base = text.baseAddress else { return false }
                    let order = unsafe memcmp(base + $0.key, base + $1.key, Int(min($0.length, $1.length)))
                    return order == 0 ? $0.length < $1.length : order < 0
                }
            }
        }

        var count: Int { places.count }

        subscript(index: Int) -> QueueName {
            let place = places[index]
            let key = String(copying: text.span.extracting(place.key..<place.key + Int(place.length)))
            return QueueName(due: Int64(place.due), attempts: Int(place.attempts), key: key)
        }
    }

    /// A date as text. Records come together, and theirs is often that of the one before.
    private struct Date {
        private var last = (seconds: Int64(0), text: "1970-01-01T00:00:00Z")

        mutating func text(_ seconds: Int64) -> String {
            if last.seconds != seconds { last = (seconds, Clock.Time(seconds: seconds).rfc3339.prefix(19) + "Z") }
            return last.text
        }
    }

    /// What is to be written, by large blocks.
    private struct Output: ~Copyable {
        private let widths: [Int]
        private var rows: [UInt8] = []
        private var writer = JSONWriter()
        private var lastDue = Date()
        private var lastSince = Date()

        init(widths: [Int]) {
            self.widths = widths
        }

        mutating func row(_ columns: String...) {
            for (index, column) in columns.enumerated() {
                rows.append(contentsOf: column.utf8)
                guard index < widths.count else { continue }
                let space = max(1, widths[index] - column.utf8.count)
                rows.append(contentsOf: repeatElement(UInt8(ascii: " "), count: space))
            }
            rows.append(0x0A)
        }

        mutating func object(_ body: (inout JSONWriter) -> Void) {
            writer.object(body)
            writer.endLine()
        }

        mutating func due(_ seconds: Int64) -> String { lastDue.text(seconds) }
        mutating func since(_ seconds: Int64) -> String { lastSince.text(seconds) }

        /// Writes what is there, if it is so much.
        mutating func flush(from size: Int = 0) throws(SystemError) {
            guard rows.count + writer.bytes.count >= size else { return }
            try StandardOutput.write(rows.span, newline: false)
            try StandardOutput.write(writer.bytes.span, newline: false)
            rows.removeAll(keepingCapacity: true)
            writer.clear(keeping: 1 << 20)
        }
    }
}
