import Spool
import Tool

// Which records a line makes, and whether they are here already.
extension Deliverer {
    /// Gives a line's records their names and their places in the index, one for each endpoint; none when all are here already.
    func admit(_ body: RecordBody, _ id: String?, _ recipients: [[UInt8]]) -> [Record] {
        let message = message(id)
        let id = id ?? generator.next().description
        var keys: [(String, Endpoint)] = []
        for endpoint in destinations(recipients) {
            let key = QueueKey.key(id, endpoint.name)
            guard let slot = index.find(key) else {
                keys.append((key, endpoint))
                continue
            }
            if acknowledges {
                log.debug("duplicate", [("id", key), ("safe", "\(isSafe(slot))")])
                // The outcome of the first, at all of its endpoints, settles both.
                guard isSafe(slot) else { return [] }
            } else if let other = otherKey(key, body) {
                keys.append((other, endpoint))
            }
        }
        if keys.isEmpty { acknowledge(message) }
        return records(body, keys, message)
    }

    private func records(_ body: RecordBody, _ keys: [(String, Endpoint)], _ message: MessageID?) -> [Record] {
        let line = message != nil || keys.count > 1 ? Line(message: message, records: keys.count) : nil
        let readAt = Clock.now().seconds
        let deadline = queue == nil ? Self.milliseconds() + settings.maxAge.milliseconds : .max
        return keys.map { key, endpoint in
            let slot = index.insert(key, RecordIndex.Entry(endpoint: endpoint.number, state: .busy))
            let record = Record(body, key: key, slot: slot, readAt: readAt, endpoint: endpoint, line: line)
            record.deadline = deadline
            return record
        }
    }

    /// The endpoints for these recipients; the operand's when no route is for any of them.
    func destinations(_ recipients: [[UInt8]]) -> [Endpoint] {
        if recipients.isEmpty, !settings.routes.isEmpty { tellNoRecipients() }
        let names = settings.routes.names(for: recipients)
        return names.isEmpty ? [endpoints[0]] : names.map(endpoint(named:))
    }

    /// Whether a record of the index would outlive this process.
    private func isSafe(_ slot: RecordIndex.Slot) -> Bool {
        index[slot].state == .busy ? busyRecord(slot)?.isStored ?? false : queue != nil
    }

    /// Whether a record of this id is under way and not yet safe.
    func isBeingSent(_ id: String) -> Bool {
        endpoints.contains { endpoint in
            guard let slot = index.find(QueueKey.key(id, endpoint.name)) else { return false }
            return index[slot].state == .busy && !isSafe(slot)
        }
    }

    private func busyRecord(_ slot: RecordIndex.Slot) -> Record? {
        for transfer in active {
            if let record = transfer.job?.records.first(where: { $0.slot == slot }) { return record }
        }
        for records in endpoints.flatMap({ [$0.fresh, $0.alone] }) + [toStore, held] {
            if let record = records.first(where: { $0.slot == slot }) { return record }
        }
        return nil
    }

    /// The key for other bytes under one that is taken; nil when one of that id has the very same bytes.
    private func otherKey(_ taken: String, _ body: RecordBody) -> String? {
        var key = taken
        var number = 2
        while let slot = index.find(key) {
            if hasSameBytes(slot, body) {
                log.debug("duplicate", [("id", key)])
                return nil
            }
            key = QueueKey.numbered(taken, number)
            number += 1
        }
        log.info("renamed", ("id", taken), ("as", key), ("reason", "another record of that id is under way"))
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
}
