import Spool
import Tool

// Who has the next turn.
extension Deliverer {
    /// Begins as many requests as the endpoints bear.
    func beginWork() {
        if queue == nil { giveUpOld(now: Self.milliseconds()) }
        while !isStopping {
            let now = Self.milliseconds()
            let lines = takeLines(now: now)
            storePending()
            var count = 0
            for endpoint in endpoints where mayServe(endpoint) { count += serve(endpoint, now: now) }
            if lines + count == 0 { break }
        }
        storePending()
    }

    /// Whether anything can be done for an endpoint's records. Those for a URL that is not given may have a route by now.
    func mayServe(_ endpoint: Endpoint) -> Bool {
        endpoint.isKnown || endpoint.number == 0 && queue != nil && !settings.routes.isEmpty
    }

    /// Sends what waits for an endpoint, new records and old ones by turns, as far as the endpoint bears it. While it is shut,
    /// new ones are put away.
    /// - Returns: how many records had their turn.
    private func serve(_ endpoint: Endpoint, now: Int64) -> Int {
        var count = 0
        while sendNext(endpoint, now: now) { count += 1 }
        if mustWait(endpoint, now: now) { count += putAwayUnsent(endpoint) }
        return count
    }

    private func sendNext(_ endpoint: Endpoint, now: Int64) -> Bool {
        guard endpoint.governor.room(now: now) > 0 else { return false }
        if let record = endpoint.alone.popLast() {
            send([record], asBatch: false)
            return true
        }
        let (hasFresh, hasBacklog) = (isReady(endpoint, now: now), hasBacklog(endpoint, now: now))
        guard hasFresh || hasBacklog else { return false }
        endpoint.isBacklogsTurn.toggle()
        if hasBacklog, endpoint.isBacklogsTurn || !hasFresh {
            beginBacklog(endpoint, now: now)
        } else {
            send(endpoint.takeFresh(settings.batch?.count ?? 1), asBatch: settings.batch != nil)
        }
        return true
    }

    /// Whether new records are to be sent now: any, or a batch that is whole, or has waited, or gets no more.
    func isReady(_ endpoint: Endpoint, now: Int64) -> Bool {
        guard !endpoint.fresh.isEmpty else { return false }
        guard let batch = settings.batch else { return true }
        return endpoint.fresh.count >= batch.count || endpoint.freshSize >= BatchFormat.enough || hasInputEnded
            || now >= endpoint.freshSince + BatchFormat.patience
    }

    /// Whether new records should not wait for an endpoint in memory: it is shut or unknown, or it stalls and others would
    /// have to wait for it.
    func mustWait(_ endpoint: Endpoint, now: Int64) -> Bool {
        guard endpoint.isKnown, !endpoint.governor.isShut(now: now) else { return true }
        return isShared && endpoint.governor.stallsAt.map { $0 <= now } ?? false
    }

    // MARK: The backlog

    func hasBacklog(_ endpoint: Endpoint, now: Int64) -> Bool {
        nextBacklog(endpoint).map { $0 <= now } ?? false
    }

    /// When the next waiting record is due; nil when none is waited for. With a queue the backlog is not waited for once
    /// input has ended, and `--flush` tries only what was due when it began.
    func nextBacklog(_ endpoint: Endpoint) -> Int64? {
        guard settings.isFlush || queue == nil || !hasInputEnded,
            let wake = index.nextWake(endpoint: endpoint.number)
        else { return nil }
        return settings.isFlush && wake > flushStart ? nil : wake
    }
}
