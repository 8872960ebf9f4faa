import Spool
import Tool

// From a record to a request, and from its answer to what becomes of the record.
extension Deliverer {
    // MARK: Sending

    /// Sends a record, or several of one endpoint as one batch; the endpoint has room.
    func send(_ records: [Record], asBatch: Bool) {
        let endpoint = records[0].endpoint
        let (transfer, generation) = endpoint.lend()
        let seconds = Clock.now().seconds
        if asBatch, let format = settings.batch?.format {
            let body = format.body(records)
            load(body, transfer) { headers in batchHeaders(records, format, body, seconds, &headers) }
        } else {
            load(records[0].body, transfer) { headers in attemptHeaders(records[0], seconds, &headers) }
        }
        let now = Self.milliseconds()
        transfer.connectionAge = endpoint.silentAt.map { now - $0 }
        transfer.job = Job(
            endpoint: endpoint, generation: generation, records: records, isBatch: asBatch,
            isProbe: endpoint.governor.began(now: now), began: now)
        active.append(transfer)
        client.start(transfer)
    }

    /// Gives a transfer its body, compressed if that is wanted and of use: what is signed stays the JSON.
    private func load(_ body: RecordBody, _ transfer: HTTPTransfer, _ fill: (inout HeaderBlock) -> Void) {
        guard settings.isCompressed, let compressed = gzip.compressed(body) else { return transfer.load(body, fill) }
        transfer.load(compressed) { headers in
            fill(&headers)
            headers.add("content-encoding", "gzip".utf8)
        }
    }

    /// The headers that differ from attempt to attempt.
    private func attemptHeaders(_ record: Record, _ seconds: Int64, _ headers: inout HeaderBlock) {
        let (id, endpoint) = (record.id, record.endpoint)
        let seal = record.takeSeal(id, now: seconds)
        let seconds = seal?.seconds ?? seconds
        addHeaders(endpoint, id, seconds, record.attempts, "application/json", &headers)
        if settings.isEvent { Self.addEvent(record, id, to: &headers) }
        guard endpoint.signer.isOn else { return }
        headers.add("webhook-signature", seal?.signature ?? endpoint.signer.signature(id, seconds, record.body))
    }

    private func batchHeaders(
        _ records: [Record], _ format: BatchFormat, _ body: RecordBody, _ seconds: Int64, _ headers: inout HeaderBlock
    ) {
        let (id, endpoint) = (BatchFormat.id(records), records[0].endpoint)
        addHeaders(endpoint, id, seconds, 1, format.type, &headers)
        guard endpoint.signer.isOn else { return }
        headers.add("webhook-signature", endpoint.signer.signature(id, seconds, body))
    }

    private func addHeaders(
        _ endpoint: Endpoint, _ id: String, _ seconds: Int64, _ attempt: Int, _ type: StaticString,
        _ headers: inout HeaderBlock
    ) {
        // libcurl, which adds a type of its own where none is given, looks at the first line alone.
        if endpoint.settings?.http.givesContentType != true { headers.add("content-type", type.description.utf8) }
        headers.add("webhook-id", id.utf8)
        headers.add("webhook-timestamp", String(seconds).utf8)
        headers.add("webhook-attempt", String(attempt).utf8)
        headers.add("idempotency-key", "\"".utf8, id.utf8, "\"".utf8)
    }

    /// CloudEvents 1.0, HTTP protocol binding, binary content mode. The time is when the record came in.
    private static func addEvent(_ record: Record, _ id: String, to headers: inout HeaderBlock) {
        headers.add("ce-specversion", "1.0".utf8)
        headers.add("ce-type", "json-post.record".utf8)
        headers.add("ce-source", "json-post".utf8)
        headers.add("ce-id", id.utf8)
        headers.add("ce-time", Clock.Time(seconds: record.readAt).rfc3339.utf8)
    }

    // MARK: Answers

    /// A request has ended.
    func finish(_ transfer: HTTPTransfer) {
        guard let job = transfer.job else { return }
        transfer.job = nil
        active.removeAll { $0 === transfer }
        job.endpoint.takeBack(transfer, from: job.generation)
        let (answer, now) = (transfer.answer, Self.milliseconds())
        if answer.status == nil { job.endpoint.silentAt = now }
        tell(job.endpoint, job.endpoint.governor.answered(answer, probe: job.isProbe, now: now))
        status.answered(route: job.endpoint.name, status: answer.status, milliseconds: now - job.began)
        if job.endpoint.governor.takeRecovery(now: now) { bringForward(job.endpoint, now: now) }
        let fate = answer.fate(rejecting: settings.rejected)
        if job.isBatch, Self.refusesBatch(answer, fate) { return separate(job.records, answer) }
        tally.ended += job.records.count
        showProgress()
        for record in job.records {
            tell(record, answer, fate, transfer.excerpt, milliseconds: now - job.began)
            switch fate {
            case .delivered: delivered(record)
            case .retry, .gone: again(record, answer, transfer.excerpt)
            case .reject:
                status.rejected.add()
                reject(record, answer.reason(transfer.excerpt) + (answer.status == 413 ? "; " + answer.hint : ""))
            }
        }
    }

    /// On a terminal: how far it is, unless the log tells of each record.
    private func showProgress() {
        guard log.level < .info else { return }
        Progress.note(.records, done: tally.ended, of: settings.isFlush ? flushTotal : nil)
    }

    /// Whether it may be the batch that is refused, and not each of its records.
    private static func refusesBatch(_ answer: Answer, _ fate: Answer.Fate) -> Bool {
        fate == .reject || answer.status == 400 || answer.status == 422
    }

    /// Sends the records of a refused batch one by one, at once.
    private func separate(_ records: [Record], _ answer: Answer) {
        log.warning("batch-refused", ("records", "\(records.count)"), ("reason", answer.reason([])))
        records[0].endpoint.alone.append(contentsOf: records.reversed())
    }

    private func tell(_ endpoint: Endpoint, _ change: Governor.Change) {
        let (route, url) = (("route", endpoint.route), ("url", endpoint.url))
        switch change {
        case .none: break
        case .opened: log.warning("breaker-open", route, url, ("reason", "\(Governor.tolerance) failures in a row"))
        case .closed: log.info("breaker-closed", route, url)
        case .gone: log.error("gone", route, url, ("reason", "410: the endpoint is gone; it is tried hourly"))
        }
    }

    private func tell(_ record: Record, _ answer: Answer, _ fate: Answer.Fate, _ excerpt: [UInt8], milliseconds: Int64)
    {
        if fate == .delivered {
            guard log.level >= .info else { return }
            return log.info(
                "delivered", ("id", record.key), ("status", answer.status.map { "\($0)" }),
                ("attempt", "\(record.attempts)"), ("ms", "\(milliseconds)"))
        }
        log.warning(
            "attempt-failed", ("id", record.key), ("attempt", "\(record.attempts)"), ("ms", "\(milliseconds)"),
            ("reason", answer.reason(excerpt)),
            ("hint", fate == .retry(warn: true) ? answer.hint : nil))
    }

    private func delivered(_ record: Record) {
        tally.delivered += 1
        status.delivered.add()
        acknowledge(record)
        index.remove(record.slot)
        guard record.isStored, let queue else { return }
        do throws(SystemError) {
            try queue.remove(currentName(record))
        } catch {
            tellQueueFailed(record.key, error)
        }
    }

    /// The name of a stored record's file: another command may have changed it while the request was under way.
    private func currentName(_ record: Record) -> QueueName {
        record.newName ?? record.name
    }

    /// The record is to be sent again, unless it is too old.
    private func again(_ record: Record, _ answer: Answer, _ excerpt: [UInt8]) {
        if isTooOld(record) {
            status.tooOld.add()
            return reject(record, answer.reason([]) + "; older than --max-age")
        }
        status.retried.add()
        index[record.slot].blamesEndpoint = answer.isTrouble || answer.status == 410
        let old = record.name
        schedule(record, after: delay(record))
        guard let queue else { return keepWaiting(record) }
        record.trouble = answer.reason(excerpt)
        guard record.isStored else { return toStore.append(record) }
        queue.note(record.trouble ?? "", on: record.newName ?? old)
        if let name = record.newName {
            (record.due, record.attempts) = (name.due, name.attempts)
            record.wake = wake(due: name.due)
            return rest(record)
        }
        rename(record, from: old)
    }

    /// Gives a stored record its new name, and lets it wait.
    private func rename(_ record: Record, from old: QueueName) {
        guard let queue else { return }
        do throws(SystemError) {
            try queue.rename(old, to: record.name)
            rest(record)
        } catch  where error.number == 2 {
            index.remove(record.slot)
        } catch {
            (record.due, record.attempts) = (old.due, old.attempts)
            tellQueueFailed(record.key, error)
            rest(record)
        }
    }

    private func isTooOld(_ record: Record) -> Bool {
        queue == nil
            ? Self.milliseconds() >= record.deadline
            : Clock.now().seconds - record.readAt >= settings.maxAge.secondsUp
    }

    /// A record was written down as being sent, and then was not: it is due now.
    func retract(_ record: Record) {
        let old = record.name
        record.attempts -= 1
        schedule(record, after: TimeSpan(milliseconds: 0))
        rename(record, from: old)
    }

    /// The record is not to be sent again.
    func reject(_ record: Record, _ reason: String) {
        guard let queue else { return giveBack(record, reason) }
        record.verdict = reason
        guard record.isStored else { return toStore.append(record) }
        if let name = record.newName { (record.due, record.attempts) = (name.due, name.attempts) }
        do throws(SystemError) {
            try setAside(record, in: queue)
        } catch  where error.number == 2 {
            index.remove(record.slot)
        } catch {
            tellQueueFailed(record.key, error)
            record.wake = Self.milliseconds() + delay(record).milliseconds
            rest(record)
        }
    }
}

extension Answer {
    /// What the operator may do about an answer that will hardly become better by itself.
    var hint: String {
        switch status ?? 0 {
        case 300...399: "redirects are not followed: give the URL that it names"
        case 401, 403, 407:
            "look at --bearer-file, --user-file, --header-file and the secret; then SIGHUP, and --requeue all"
        case 404, 405: "look at the URL: its path, or the receiver's routes"
        case 413: "too large for the receiver: raise its limit, or say --attachments meta to mime2json"
        case 415: "the receiver does not take this content type or --compress"
        default: "look at what the receiver says; --reject-on \(status ?? 0) would set such records aside at once"
        }
    }

    /// For people: what came, with the beginning of the body.
    func reason(_ excerpt: [UInt8]) -> String {
        switch self {
        case .none(let words): return "no answer: \(words)"
        case .status(let status, let wait):
            let words = excerpt.prefix(1 + (excerpt.lastIndex { $0 > 0x20 } ?? -1))
            let body = Log.printable(String(decoding: words, as: UTF8.self))
            return "status \(status)" + (wait.map { ", Retry-After \($0) s" } ?? "") + (body.isEmpty ? "" : ": " + body)
        }
    }
}

extension Progress.Work {
    fileprivate static let records = Self("json-post", "attempts", isPrinted: false)
}
