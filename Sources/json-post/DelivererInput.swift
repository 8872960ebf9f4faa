import Spool
import Tool

// From standard input to the first request, or to the queue.
extension Deliverer {
    /// Without a queue, this much may wait in memory before standard input is not read on.
    static let (mostWaiting, mostWaitingBytes) = (1000, 256 << 20)

    /// Whether a line would be of use now.
    func wantsInput(now: Int64) -> Bool {
        if isStopping { return !hasInputEnded && !acknowledges }
        guard mayRead else { return false }
        return governor.room(now: now) > 0 || governor.isShut(now: now)
    }

    private var mayRead: Bool {
        guard !isStopping, !hasInputEnded, held.isEmpty, active.count + toStore.count <= settings.concurrency else {
            return false
        }
        return queue != nil || (waiting.count < Self.mostWaiting && waitingBytes < Self.mostWaitingBytes)
    }

    /// Begins as many requests as the endpoint bears, from input and backlog by turns; while it is shut, new records go to the queue.
    func beginWork() {
        if queue == nil { giveUpOld(now: Self.milliseconds()) }
        begin()
        storePending()
    }

    private func begin() {
        while !isStopping {
            let now = Self.milliseconds()
            let room = min(governor.room(now: now), idle.count)
            if room > 0 {
                let hasBacklog = nextBacklog.map { $0 <= now } ?? false
                if let record = alone.popLast() {
                    send([record], asBatch: false)
                    continue
                }
                isBacklogsTurn.toggle()
                if hasBacklog, isBacklogsTurn {
                    beginBacklog(now: now)
                } else if takeNew(most: hasBacklog ? max(1, room / 2) : room, now: now) == 0, !hasBacklog {
                    return
                }
            } else {
                guard governor.isShut(now: now), takeFreshToWait() > 0 else { return }
            }
        }
    }

    /// When the next waiting record is due; nil when none is waited for. With a queue the backlog is not waited for once
    /// input has ended, and `--flush` tries only what was due when it began.
    var nextBacklog: Int64? {
        guard settings.isFlush || queue == nil || !hasInputEnded, let wake = index.nextWake(endpoint: 0) else {
            return nil
        }
        return settings.isFlush && wake > flushStart ? nil : wake
    }

    private func takeNew(most: Int, now: Int64) -> Int {
        settings.batch == nil ? takeFresh(most: most) : takeBatch(now: now)
    }

    /// Takes up to `most` new records and sends them. With a queue and no spool they are durable before that.
    private func takeFresh(most: Int) -> Int {
        while fresh.count < most, let record = nextRecord() {
            record.attempts = 1
            fresh.append(record)
            if queue == nil || acknowledges { break }
            schedule(record, after: max(delay(record), settings.attemptTime))
        }
        if let queue, !acknowledges {
            store(fresh, in: queue)
            fresh.removeAll { !$0.isStored }
        }
        let count = fresh.count
        for record in fresh { send([record], asBatch: false) }
        fresh.removeAll(keepingCapacity: true)
        return count
    }

    /// Collects a batch, and sends it once it is whole, or has waited, or nothing more comes.
    private func takeBatch(now: Int64) -> Int {
        guard let batch = settings.batch else { return 0 }
        var size = fresh.reduce(0) { $0 + $1.body.count }
        while fresh.count < batch.count, size < BatchFormat.enough, let record = nextRecord() {
            if fresh.isEmpty { freshSince = now }
            record.attempts = 1
            schedule(record, after: max(delay(record), settings.attemptTime))
            fresh.append(record)
            size += record.body.count
        }
        let isWhole = fresh.count >= batch.count || size >= BatchFormat.enough
        guard !fresh.isEmpty, isWhole || hasInputEnded || now >= freshSince + BatchFormat.patience else { return 0 }
        if let queue, !acknowledges {
            store(fresh, in: queue)
            fresh.removeAll { !$0.isStored }
        }
        let records = fresh
        fresh = []
        if !records.isEmpty { send(records, asBatch: true) }
        return 1
    }

    /// Puts away what was about to be sent.
    func putAwayUnsent() {
        let unsent = fresh + alone
        (fresh, alone) = ([], [])
        for record in unsent { record.isStored ? rest(record) : postpone(record) }
    }

    /// Puts a new record away without sending it.
    func postpone(_ record: Record) {
        record.attempts = 0
        schedule(record, after: TimeSpan(milliseconds: 0))
        if queue != nil { toStore.append(record) } else { keepWaiting(record) }
    }

    /// The endpoint is shut: new records wait, durably where there is a queue, so that input never stalls.
    private func takeFreshToWait() -> Int {
        var count = fresh.count + alone.count
        putAwayUnsent()
        while count <= settings.concurrency, let record = nextRecord() {
            postpone(record)
            count += 1
        }
        storePending()
        return count
    }

    // MARK: Lines

    /// The next line that is a new record. What else comes on the way is dealt with.
    private func nextRecord() -> Record? {
        while mayRead, let arrival = nextArrival() {
            switch arrival {
            case .record(let body, let id, let seal):
                guard let record = admit(body, id) else { continue }
                record.seal = seal
                return record
            case .discard(let id):
                log.debug("discarded", [("id", id)])
                discard(id)
            case .refused(let body):
                refuse(body)
            case .fragment(let bytes, let id, let last):
                takeFragment(bytes, id, last: last)
            case .torn(let size):
                tear(size)
            case .failed(let error):
                failInput(error)
            case .end:
                return nil
            }
        }
        return nil
    }

    /// Gives the record its name and its place in the index; nil when it is one that is here already.
    private func admit(_ body: RecordBody, _ id: String?) -> Record? {
        let ticket = ticket(id)
        var key = id ?? generator.next().description
        if let slot = index.find(key) {
            if acknowledges {
                settleTwin(slot, ticket)
                return nil
            }
            guard let other = otherKey(key, body) else { return nil }
            key = other
        }
        let slot = index.insert(key, RecordIndex.Entry(state: .busy))
        let record = Record(body, key: key, slot: slot, readAt: Clock.now().seconds, ticket: ticket)
        if queue == nil { record.deadline = Self.milliseconds() + settings.maxAge.milliseconds }
        return record
    }

    /// A second record of the same id. When the first is safe the message may go; else the first's outcome settles both.
    private func settleTwin(_ slot: RecordIndex.Slot, _ ticket: MessageID?) {
        let isSafe = index[slot].state == .busy ? busyRecord(slot)?.isStored ?? false : queue != nil
        log.debug("duplicate", [("id", index.key(slot)), ("safe", "\(isSafe)")])
        if isSafe { acknowledge(ticket) }
    }

    private func busyRecord(_ slot: RecordIndex.Slot) -> Record? {
        for transfer in active {
            if let record = transfer.job?.records.first(where: { $0.slot == slot }) { return record }
        }
        for records in [fresh, alone, toStore, held] {
            if let record = records.first(where: { $0.slot == slot }) { return record }
        }
        return nil
    }

    /// The key for other bytes under an id that is taken; nil when one of that id has the very same bytes.
    private func otherKey(_ id: String, _ body: RecordBody) -> String? {
        var key = id
        var number = 2
        while let slot = index.find(key) {
            if hasSameBytes(slot, body) {
                log.debug("duplicate", [("id", key)])
                return nil
            }
            key = QueueKey.numbered(id, number)
            number += 1
        }
        log.info("renamed", ("id", id), ("as", key), ("reason", "another record of that id is under way"))
        return key
    }

    private func hasSameBytes(_ slot: RecordIndex.Slot, _ body: RecordBody) -> Bool {
        if let record = busyRecord(slot) ?? waiting[slot] {
            return record.body.isEqual(to: body)
        }
        guard let queue else { return false }
        let (key, entry) = (index.key(slot), index[slot])
        if entry.state == .failed { return queue.holds(body.bytes, in: queue.failed, name: key + ".json") }
        let name = QueueName(due: Int64(entry.due), attempts: Int(entry.attempts), key: key)
        return queue.holds(body.bytes, in: queue.due, name: name.description)
    }

    private func discard(_ id: String?) {
        let ticket = ticket(id)
        if let id, let slot = index.find(id), index[slot].state == .busy, busyRecord(slot)?.isStored != true { return }
        acknowledge(ticket)
    }

    /// A line that is not one JSON object: to failed/, or back to standard output.
    private func refuse(_ body: RecordBody) {
        let key = "line-" + SHA256.hex(body.bytes)
        status.refused.add()
        log.warning("refused", ("id", key), ("size", "\(body.count)"), ("reason", "the line is not one JSON object"))
        guard queue != nil else {
            tally.refused += 1
            return writeBack(body.bytes)
        }
        if index.find(key) != nil { return }
        let slot = index.insert(key, RecordIndex.Entry(state: .busy))
        let record = Record(body, key: key, slot: slot, readAt: Clock.now().seconds)
        record.verdict = "the line is not one JSON object"
        toStore.append(record)
    }

    private func tear(_ size: Int) {
        longLine = nil
        tally.torn += 1
        let reason = isStopping ? "stopped within a line" : "the last line is not whole; its producer has died"
        log.warning("torn", ("size", "\(size)"), ("reason", reason))
    }

    private func failInput(_ error: SystemError) {
        log.error("input-failed", ("error", error.description))
        tally.inputFailed = true
    }

    /// The run ends though input has not: what has been read is made safe. With --ack the spool still has it.
    func putAwayInput() {
        if acknowledges { (fresh, alone) = ([], []) }
        putAwayUnsent()
        guard !acknowledges else { return }
        while let arrival = nextArrival() {
            switch arrival {
            case .record(let body, let id, _):
                guard let record = admit(body, id) else { continue }
                postpone(record)
                if toStore.count > settings.concurrency { storePending() }
            case .refused(let body): refuse(body)
            case .fragment(let bytes, let id, let last): takeFragment(bytes, id, last: last)
            case .discard: continue
            case .torn(let size): tear(size)
            case .failed(let error): failInput(error)
            case .end: break
            }
        }
        storePending()
    }
}
