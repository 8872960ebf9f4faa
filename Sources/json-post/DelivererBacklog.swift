import JSON
import Spool
import Tool

// Records that have waited: from due/, or from memory.
extension Deliverer {
    /// Begins the attempt of the next record that is due.
    func beginBacklog(_ endpoint: Endpoint, now: Int64) {
        guard let slot = index.popDue(endpoint: endpoint.number, now: now) else { return }
        guard let queue else { return beginWaiting(slot) }
        guard endpoint.isKnown else { return routeAnew(slot, in: queue) }
        let entry = index[slot]
        let old = QueueName(due: Int64(entry.due), attempts: Int(entry.attempts), key: index.key(slot))
        let attempts = old.attempts + 1
        let delay = settings.schedule.delay(afterAttempts: attempts, chance: .random(in: 0...1))
        let ahead = max(delay, settings.attemptTime)
        let new = QueueName(due: Clock.now().seconds + ahead.secondsUp, attempts: attempts, key: old.key)
        do throws(SystemError) {
            try queue.rename(old, to: new)
            try begin(slot, new, endpoint, wake: Self.milliseconds() + ahead.milliseconds, in: queue)
        } catch  where error.number == 2 {
            index.remove(slot)  // another command took it
        } catch {
            tellQueueFailed(old.key, error)
            index.wait(slot, wake: Self.milliseconds() + ahead.milliseconds, due: entry.due, attempts: entry.attempts)
        }
    }

    /// Sends a record whose attempt is written down.
    private func begin(
        _ slot: RecordIndex.Slot, _ name: QueueName, _ endpoint: Endpoint, wake: Int64, in queue: Queue
    ) throws(SystemError) {
        guard let (body, readAt) = try queue.read(name, limit: settings.maxRecord) else {
            return try setAside(slot, name, attempts: name.attempts - 1, Self.longLineReason, in: queue)
        }
        let record = Record(body, key: name.key, slot: slot, readAt: readAt, endpoint: endpoint)
        (record.due, record.attempts, record.wake, record.isStored) = (name.due, name.attempts, wake, true)
        send([record], asBatch: false)
    }

    /// A record that was queued for the URL, or that no route matched, while no URL is given: it goes where the routes say
    /// now. Its copies are durable before it goes.
    private func routeAnew(_ slot: RecordIndex.Slot, in queue: Queue) {
        let entry = index[slot]
        let name = QueueName(due: Int64(entry.due), attempts: Int(entry.attempts), key: index.key(slot))
        do throws(SystemError) {
            guard let (body, readAt) = try queue.read(name, limit: settings.maxRecord),
                case let routed = destinations(Self.recipients(of: body)), routed[0].number != 0
            else { return try setAside(slot, name, attempts: name.attempts, Self.noRouteReason, in: queue) }
            let names = routed.map { QueueName(due: name.due, attempts: 0, key: QueueKey.key(name.key, $0.name)) }
            for name in names where index.find(name.key) == nil { try queue.add(body.bytes, as: name, readAt: readAt) }
            try queue.syncDue()
            for name in names where index.find(name.key) == nil { insert(name, wake: entry.wake) }
            try queue.remove(name)
            index.remove(slot)
        } catch  where error.number == 2 {
            index.remove(slot)
        } catch {
            tellQueueFailed(name.key, error)
            index.wait(
                slot, wake: Self.milliseconds() + settings.attemptTime.milliseconds, due: entry.due,
                attempts: entry.attempts)
        }
    }

    private static func recipients(of body: RecordBody) -> [[UInt8]] {
        let shape = RecordScanner(recipients: true).scan(body.bytes)
        return shape?.recipients.map { decodedString(body.bytes.extracting($0)) } ?? []
    }

    private func setAside(
        _ slot: RecordIndex.Slot, _ name: QueueName, attempts: Int, _ reason: String, in queue: Queue
    ) throws(SystemError) {
        let key = try queue.fail(name, reason: reason)
        tally.setAside += 1
        log.error("failed", ("id", key), ("attempts", "\(attempts)"), ("reason", reason))
        index.remove(slot)
        if index.find(key) == nil { _ = index.insert(key, RecordIndex.Entry(state: .failed)) }
    }

    /// An endpoint is well again: what failed because of it is due now. Their files say so only when their turn comes.
    func bringForward(_ endpoint: Endpoint, now: Int64) {
        guard !settings.isFlush else { return }
        let count = index.bringForward(endpoint: endpoint.number, now: now)
        guard count > 0 else { return }
        log.info("recovered", ("route", endpoint.route), ("url", endpoint.url), ("records", "\(count)"))
    }

    /// Without a queue: sends a record that waits in memory, or gives it back when it is too old.
    private func beginWaiting(_ slot: RecordIndex.Slot) {
        guard let record = waiting.removeValue(forKey: slot) else { return }
        waitingBytes -= record.body.count
        record.attempts += 1
        send([record], asBatch: false)
    }

    /// Without a queue: gives back what has become too old while the endpoint was shut.
    func giveUpOld(now: Int64) {
        for record in Array(waiting.values) where record.deadline <= now && mustWait(record.endpoint, now: now) {
            if record.endpoint.isKnown, record.endpoint.governor.room(now: now) > 0 { continue }
            waiting[record.slot] = nil
            waitingBytes -= record.body.count
            giveBack(record, "older than --max-age, and the endpoint is down")
        }
    }

    /// A due time as a moment on the monotonic clock. One that is further ahead than any delay comes from a clock that was wrong.
    func wake(due: Int64) -> Int64 {
        Self.wake(due: due, longest: settings.longestWait, now: Clock.now().seconds, milliseconds: Self.milliseconds())
    }

    static func wake(due: Int64, longest: TimeSpan, now: Int64, milliseconds: Int64) -> Int64 {
        let ahead = due - now
        return ahead > longest.secondsUp ? milliseconds : milliseconds + ahead * 1000
    }

    // MARK: Other commands

    /// A name has appeared in due/: this process made it, or another command did.
    func notice(_ text: String, in queue: Queue) {
        guard let name = try? queue.canonical(text, now: Clock.now().seconds) else { return }
        guard let slot = index.find(name.key) else {
            if isThere(name, queue) { insert(name, wake: wake(due: name.due)) }
            return
        }
        let entry = index[slot]
        if entry.state != .failed, Int64(entry.due) == name.due, Int(entry.attempts) == name.attempts { return }
        switch entry.state {
        case .busy:
            guard let record = active.lazy.compactMap({ $0.job?.records }).joined().first(where: { $0.slot == slot }),
                record.name != name, isThere(name, queue)
            else { return }
            record.newName = name
        case .waiting, .failed:
            guard isThere(name, queue) else { return }
            index.remove(slot)
            insert(name, wake: wake(due: name.due))
            if name.attempts == 0 { endpoint(named: QueueKey.route(name.key)).retrySoon(now: Self.milliseconds()) }
        case .free: break
        }
    }

    private func isThere(_ name: QueueName, _ queue: Queue) -> Bool {
        (try? queue.due.status(name.description)) != nil
    }

    private func insert(_ name: QueueName, wake: Int64) {
        let entry = RecordIndex.Entry(
            wake: wake, due: UInt32(name.due), attempts: UInt16(name.attempts),
            endpoint: endpoint(named: QueueKey.route(name.key)).number, state: .waiting)
        _ = index.insert(name.key, entry)
        tellUnknown()
    }
}
