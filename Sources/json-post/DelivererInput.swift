import Spool
import Tool

// From standard input to the first requests, or to the queue.
extension Deliverer {
    /// Without a queue, this much may wait in memory before standard input is not read on.
    static let (mostWaiting, mostWaitingBytes) = (1000, 256 << 20)

    /// Whether a line would be of use now.
    func wantsInput(now: Int64) -> Bool {
        if isStopping { return !hasInputEnded && !acknowledges }
        return roomForLines(now: now) > 0
    }

    private var mayRead: Bool {
        guard !isStopping, !hasInputEnded, held.isEmpty,
            active.count + toStore.count <= settings.concurrency * endpoints.count
        else { return false }
        return queue != nil || (waiting.count < Self.mostWaiting && waitingBytes < Self.mostWaitingBytes)
    }

    /// How many lines may be read: as many as some endpoint has room for, and a few when all that comes has to wait anyway.
    /// None while an endpoint has one that it should get first.
    private func roomForLines(now: Int64) -> Int {
        guard mayRead, !endpoints.contains(where: { isReady($0, now: now) }) else { return 0 }
        var most: Int?
        for endpoint in endpoints where !mustWait(endpoint, now: now) {
            most = max(most ?? 0, shareOfNew(endpoint, now: now))
        }
        return most ?? settings.concurrency + 1
    }

    /// How many new records an endpoint takes before its backlog has a turn again.
    private func shareOfNew(_ endpoint: Endpoint, now: Int64) -> Int {
        let room = endpoint.governor.room(now: now)
        guard room > 0 else { return 0 }
        if let batch = settings.batch { return batch.count - endpoint.fresh.count }
        return hasBacklog(endpoint, now: now) ? max(1, room / 2) : room
    }

    /// Takes lines in, as many as there is room for, and makes them durable if nothing else is.
    /// - Returns: how many records.
    func takeLines(now: Int64) -> Int {
        let most = roomForLines(now: now)
        var (lines, taken) = (0, [Record]())
        while lines < most {
            let records = nextRecords()
            guard !records.isEmpty else { break }
            lines += 1
            for record in records { place(record, now: now, &taken) }
            if records.contains(where: { isFull($0.endpoint, now: now) }) { break }
        }
        if let queue, !acknowledges, !taken.isEmpty {
            store(taken, in: queue)
            for endpoint in endpoints { endpoint.dropUnstored() }
            // Those are not sent before they can be stored, and then at once.
            for record in taken where !record.isStored { setUnsent(record) }
        }
        return lines
    }

    /// Whether an endpoint has got what it has room for.
    private func isFull(_ endpoint: Endpoint, now: Int64) -> Bool {
        settings.batch == nil
            ? endpoint.fresh.count >= shareOfNew(endpoint, now: now) : isReady(endpoint, now: now)
    }

    /// A new record is about to be sent, or waits because its endpoint is shut, so that input never stalls.
    private func place(_ record: Record, now: Int64, _ taken: inout [Record]) {
        let endpoint = record.endpoint
        if endpoint.number == 0, !endpoint.isKnown { return reject(record, Self.noRouteReason) }
        if mustWait(endpoint, now: now) { return postpone(record) }
        record.attempts = 1
        // The attempt is written down where the record is stored before it.
        if queue != nil, !acknowledges { schedule(record, after: max(delay(record), settings.attemptTime)) }
        endpoint.add(record, now: now)
        taken.append(record)
    }

    // MARK: Lines

    static let noRouteReason = "no route is for its recipients, and there is no URL for the others"

    /// The records of the next line that makes any. What else comes on the way is dealt with.
    private func nextRecords() -> [Record] {
        while mayRead, let arrival = nextArrival() {
            let records = take(arrival)
            if !records.isEmpty { return records }
        }
        return []
    }

    /// Deals with what came; the records that are new.
    private func take(_ arrival: Arrival) -> [Record] {
        switch arrival {
        case .record(let body, let id, let recipients, let seal):
            let records = admit(body, id, recipients)
            if let seal { for record in records { record.seal = seal } }
            return records
        case .discard(let id):
            log.debug("discarded", [("id", id)])
            discard(id)
        case .refused(let body): refuse(body)
        case .fragment(let bytes, let id, let last): takeFragment(bytes, id, last: last)
        case .torn(let size): tear(size)
        case .failed(let error): failInput(error)
        case .end: break
        }
        return []
    }

    private func discard(_ id: String?) {
        let message = message(id)
        if let id, isBeingSent(id) { return }
        acknowledge(message)
    }

    /// A line that is not one JSON object: to failed/, or back to standard output.
    private func refuse(_ body: RecordBody) {
        let key = "line-" + SHA256.hex(body.bytes)
        status.refused.add()
        log.warning(
            "refused", ("id", key), ("size", "\(body.count)"), ("reason", "the line is not one JSON object"),
            ("hint", "one object a line: of mime2json without --pretty, of jq with -c"))
        guard queue != nil else {
            tally.refused += 1
            return writeBack(body.bytes)
        }
        if index.find(key) != nil { return }
        let slot = index.insert(key, RecordIndex.Entry(state: .busy))
        let record = Record(body, key: key, slot: slot, readAt: Clock.now().seconds, endpoint: endpoints[0])
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

    // MARK: Putting away

    /// Puts a new record away without sending it.
    func postpone(_ record: Record) {
        setUnsent(record)
        if queue != nil { toStore.append(record) } else { keepWaiting(record) }
    }

    /// A record's first attempt is yet to come, and is due.
    private func setUnsent(_ record: Record) {
        record.attempts = 0
        schedule(record, after: TimeSpan(milliseconds: 0))
    }

    /// Puts away what was about to be sent.
    /// - Returns: how many records.
    func putAwayUnsent(_ endpoint: Endpoint) -> Int {
        let unsent = endpoint.takeUnsent()
        for record in unsent { record.isStored ? retract(record) : postpone(record) }
        return unsent.count
    }

    /// The run ends though input has not: what has been read is made safe. With --ack the spool still has it.
    func putAwayInput() {
        for endpoint in endpoints {
            _ = acknowledges ? endpoint.takeUnsent().count : putAwayUnsent(endpoint)
        }
        guard !acknowledges else { return }
        while let arrival = nextArrival() {
            for record in take(arrival) {
                if record.endpoint.number == 0, !record.endpoint.isKnown {
                    reject(record, Self.noRouteReason)
                } else {
                    postpone(record)
                }
            }
            if toStore.count > settings.concurrency { storePending() }
        }
        storePending()
    }
}
