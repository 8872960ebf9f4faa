import Spool

/// A record that is held in memory: being sent, about to be stored, or, without a queue, waiting.
final class Record {
    let body: RecordBody
    /// Its name in queue and index.
    let key: String
    /// Its place in the index.
    let slot: RecordIndex.Slot
    /// When it was first read, in seconds since 1970: its age counts from here.
    let readAt: Int64
    /// The endpoint that it is for.
    let endpoint: Endpoint
    /// What it shares with the records for other endpoints, until it is safe; nil: nothing depends on it.
    var line: Line?
    /// Its signature, if one was made when it came in.
    var seal: Seal?
    /// Attempts made, the one under way included.
    var attempts = 0
    /// When the next attempt is due, in seconds since 1970 and in milliseconds on the monotonic clock.
    var due: Int64 = 0
    var wake: Int64 = 0
    /// Without a queue: when it is too old to be kept, in milliseconds on the monotonic clock.
    var deadline = Int64.max
    /// What another command has renamed its file to while it was being sent.
    var newName: QueueName?
    /// It has a file in due/, called `name`.
    var isStored = false
    /// What its last attempt came to.
    var trouble: String?
    /// Why it is not to be sent again; it belongs in failed/.
    var verdict: String?

    init(
        _ body: RecordBody, key: String, slot: RecordIndex.Slot, readAt: Int64, endpoint: Endpoint, line: Line? = nil
    ) {
        self.body = body
        self.key = key
        self.slot = slot
        self.readAt = readAt
        self.endpoint = endpoint
        self.line = line
    }

    /// The name of its file in due/.
    var name: QueueName { QueueName(due: due, attempts: attempts, key: key) }

    /// The id that the endpoint sees: the key without its route.
    var id: String {
        endpoint.name.isEmpty ? key : String(key.utf8.dropLast(endpoint.name.utf8.count + 1)) ?? key
    }
}

extension Record {
    /// The signature that was made ahead, while it is fresh: receivers allow some minutes, and this some seconds.
    func takeSeal(_ id: String, now: Int64) -> Seal? {
        defer { seal = nil }
        guard let seal, seal.id == id, (0...5).contains(now - seal.seconds) else { return nil }
        return seal
    }
}

/// What one request carries.
struct Job {
    let endpoint: Endpoint
    /// Of the endpoint's settings.
    let generation: Int
    /// One record, or those of a batch.
    let records: [Record]
    /// It is a batch, be it of one record.
    let isBatch: Bool
    /// It is the probe of an open breaker.
    let isProbe: Bool
    /// In milliseconds on the monotonic clock.
    let began: Int64
}
