import Spool
import Tool

// Making records safe: in due/ and failed/, or, without a queue, in memory and on standard output.
extension Deliverer {
    /// How long to wait before a disk that was full is tried again, in milliseconds.
    private static let holdTime: Int64 = 1000

    func delay(_ record: Record) -> TimeSpan {
        settings.schedule.delay(afterAttempts: record.attempts, chance: .random(in: 0...1))
    }

    /// Sets when the next attempt of a record is due.
    func schedule(_ record: Record, after delay: TimeSpan) {
        record.due = Clock.now().seconds + delay.secondsUp
        record.wake = Self.milliseconds() + delay.milliseconds
    }

    /// Stores what has failed or is to wait.
    func storePending() {
        guard let queue, !toStore.isEmpty else { return }
        let records = toStore
        toStore = []
        store(records, in: queue)
        for record in records where record.isStored && record.verdict == nil { rest(record) }
    }

    /// Makes records durable, with one directory sync for all that go to due/, and acknowledges them. Those that cannot be
    /// stored are held.
    func store(_ records: [Record], in queue: Queue) {
        var added: [Record] = []
        for record in records {
            let body = record.body
            do throws(SystemError) {
                if record.verdict == nil {
                    try queue.add(
                        body.bytes, as: record.name, readAt: record.readAt, trouble: record.trouble)
                    added.append(record)
                } else {
                    try setAside(record, in: queue)
                }
            } catch {
                hold(record, error)
            }
        }
        guard !added.isEmpty else { return }
        do throws(SystemError) {
            try queue.syncDue()
        } catch {
            for record in added {
                _ = try? queue.remove(record.name)
                hold(record, error)
            }
            return
        }
        for record in added {
            record.isStored = true
            acknowledge(record)
        }
    }

    private func hold(_ record: Record, _ error: SystemError) {
        tellQueueFailed(record.key, error, reason: "the record is kept in memory, and nothing more is read")
        held.append(record)
        heldUntil = Self.milliseconds() + Self.holdTime
    }

    /// What ails a disk ails all records alike: it is said once a minute.
    func tellQueueFailed(_ key: String, _ error: SystemError, reason: String? = nil) {
        guard complaint.isDue(error.description, now: Self.milliseconds()) else { return }
        log.error("queue-failed", ("id", key), ("error", error.description), ("reason", reason))
    }

    /// Tries to store again what could not be stored.
    func retryHeld() {
        guard let queue, !held.isEmpty, Self.milliseconds() >= heldUntil else { return }
        let records = held
        held = []
        store(records, in: queue)
        for record in records where record.isStored && record.verdict == nil { rest(record) }
        if held.isEmpty {
            complaint = Complaint()
            log.info("queue-recovered", ("records", "\(records.count)"))
        }
        resendHeld()
    }

    /// With --ack the spool still has the message, so a record that cannot be stored may be sent all the same.
    private func resendHeld() {
        guard acknowledges, !isStopping else { return }
        let now = Self.milliseconds()
        while let next = held.firstIndex(where: {
            $0.verdict == nil && $0.wake <= now && $0.endpoint.isKnown && $0.endpoint.governor.room(now: now) > 0
        }) {
            let record = held.remove(at: next)
            record.attempts += 1
            send([record], asBatch: false)
        }
    }

    /// A stored record waits for its time.
    func rest(_ record: Record) {
        index.wait(
            record.slot, wake: record.wake, due: UInt32(clamping: record.due),
            attempts: UInt16(clamping: record.attempts))
        if !record.endpoint.isKnown { tellUnknown() }
    }

    /// Moves a record to failed/, or puts it there.
    func setAside(_ record: Record, in queue: Queue) throws(SystemError) {
        let (verdict, body) = (record.verdict ?? "", record.body)
        let reason = FailureReason(at: Clock.now().rfc3339, attempts: record.attempts, verdict).text
        let key =
            record.isStored
            ? try queue.fail(record.name, reason: reason)
            : try queue.fail(body.bytes, key: record.key, readAt: record.readAt, reason: reason)
        tally.setAside += 1
        log.error("failed", ("id", record.key), ("attempts", "\(record.attempts)"), ("reason", verdict))
        if key == record.key {
            index.set(record.slot, .failed)
        } else {
            index.remove(record.slot)
            if index.find(key) == nil { _ = index.insert(key, RecordIndex.Entry(state: .failed)) }
        }
        record.isStored = true
        acknowledge(record)
    }

    // MARK: Without a queue

    /// Keeps a record in memory until its time. At the last moment of its age it is tried once more.
    func keepWaiting(_ record: Record) {
        record.wake = min(record.wake, record.deadline)
        waiting[record.slot] = record
        waitingBytes += record.body.count
        index.wait(record.slot, wake: record.wake, due: UInt32(clamping: record.due), attempts: 0)
    }

    /// Gives a record back to whoever called: on standard output.
    func giveBack(_ record: Record, _ reason: String) {
        log.error("undelivered", ("id", record.key), ("attempts", "\(record.attempts)"), ("reason", reason))
        tally.undelivered += 1
        index.remove(record.slot)
        if record.line?.isGivenBack == true { return }
        record.line?.isGivenBack = true
        let body = record.body
        writeBack(body.bytes)
    }

    /// Writes a line to standard output, unchanged.
    func writeBack(_ line: Span<UInt8>, newline: Bool = true) {
        guard !tally.outputFailed else { return }
        Progress.erase()
        do throws(SystemError) {
            try StandardOutput.write(line, newline: newline)
        } catch {
            tally.outputFailed = true
            log.error("output-failed", ("error", error.description))
        }
    }
}

/// What is wrong for long is said once a minute, and when it changes.
struct Complaint {
    private static let pause: Int64 = 60_000
    private var last: (words: String, at: Int64)?

    /// Whether to say it, which then counts as said.
    mutating func isDue(_ words: String, now: Int64) -> Bool {
        if let last, last.words == words, now - last.at < Self.pause { return false }
        last = (words, now)
        return true
    }
}
