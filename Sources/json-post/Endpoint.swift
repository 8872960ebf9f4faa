import Spool

/// One endpoint of this run: where it is, how much it bears, and the records that are about to be sent to it.
final class Endpoint {
    /// The route's name; empty for the operand.
    let name: String
    /// Its number in the index of records.
    let number: Int
    /// Nil: nothing says where it is (any more), and its records wait.
    private(set) var settings: EndpointSettings?
    var governor: Governor
    var signer = Signer(keys: [])
    /// New records, which have their turn before more lines are read.
    private(set) var fresh: [Record] = []
    /// Their bytes.
    private(set) var freshSize = 0
    /// When the first of them came, in milliseconds.
    private(set) var freshSince: Int64 = 0
    /// Records of a batch that was refused: each is sent by itself.
    var alone: [Record] = []
    /// Whether the backlog has the next turn.
    var isBacklogsTurn = false
    /// It was said that its records wait because nothing says where it is.
    var hasSaidUnknown = false
    /// When a request got no answer last, in milliseconds: connections from before may be dead too, as after a change of the
    /// network, and each would cost a record an attempt.
    var silentAt: Int64?
    /// When it was last let try at once.
    private var retriedAt: Int64?
    private var idle: [HTTPTransfer] = []
    /// Counts up with each reading of the settings.
    private var generation = 0

    init(_ name: String, number: Int, most: Int) {
        (self.name, self.number) = (name, number)
        governor = Governor(most: most)
    }

    var isKnown: Bool { settings != nil }

    /// Takes up new settings, and the transfer that was made with them to see whether libcurl takes them.
    func update(_ settings: EndpointSettings?, _ transfer: HTTPTransfer?) {
        self.settings = settings
        generation += 1
        idle = []
        if let transfer { takeBack(transfer, from: generation) }
        signer = Signer(keys: settings?.secrets ?? [])
        if isKnown { hasSaidUnknown = false }
    }

    /// The operator wants its records tried now, also while it is shut. Once a second: whoever requeues all says so for each.
    func retrySoon(now: Int64) {
        if let retriedAt, now - retriedAt < 1000 { return }
        retriedAt = now
        governor.retrySoon(now: now)
    }

    // MARK: New records

    func add(_ record: Record, now: Int64) {
        if fresh.isEmpty { freshSince = now }
        fresh.append(record)
        freshSize += record.body.count
    }

    /// Takes the first so many of the new records.
    func takeFresh(_ count: Int) -> [Record] {
        let records = Array(fresh.prefix(count))
        fresh.removeFirst(records.count)
        freshSize -= records.reduce(0) { $0 + $1.body.count }
        return records
    }

    /// Forgets the new records that could not be made durable.
    func dropUnstored() {
        let records = takeFresh(fresh.count).filter(\.isStored)
        (fresh, freshSize) = (records, records.reduce(0) { $0 + $1.body.count })
    }

    /// Takes all that was about to be sent.
    func takeUnsent() -> [Record] {
        defer { alone = [] }
        return takeFresh(fresh.count) + alone
    }

    // MARK: Transfers

    /// A transfer that is free.
    func lend() -> (transfer: HTTPTransfer, generation: Int) {
        if let transfer = idle.popLast() { return (transfer, generation) }
        // libcurl has taken these settings before.
        guard let settings, let transfer = try? HTTPTransfer(settings.http) else { preconditionFailure("no transfer") }
        return (transfer, generation)
    }

    /// Takes back a transfer that has ended; one with old settings is of no more use.
    func takeBack(_ transfer: HTTPTransfer, from generation: Int) {
        if generation == self.generation { idle.append(transfer) }
    }

    /// For the log: scheme and host.
    var url: String { settings?.http.url.name ?? "unknown" }
    /// For the log; nil for the operand.
    var route: String? { name.isEmpty ? nil : name }
}

/// What became of one line of input: a record for each of its endpoints.
final class Line {
    /// The file in the spool that may go once all of them are safe.
    let message: MessageID?
    private var unsafe: Int
    /// It was written to standard output once; that is enough, however many endpoints did not take it.
    var isGivenBack = false

    init(message: MessageID?, records: Int) {
        (self.message, unsafe) = (message, records)
    }

    /// One of the records is safe.
    /// - Returns: the message that may go by that.
    func settle() -> MessageID? {
        unsafe -= 1
        return unsafe == 0 ? message : nil
    }
}
