import Spool
import Tool

// The end of a run.
extension Deliverer {
    /// Puts away what is still in memory, and says how it went.
    func conclude() -> Sysexit {
        if isStopping { putAwayInput() }
        abandonRequests()
        giveBackRest()
        finishAcknowledging()
        keepPauses()
        Progress.erase()
        let queued = index.waitingCount
        log.info(
            "end", ("delivered", "\(tally.delivered)"), ("queued", queue == nil ? nil : "\(queued)"),
            ("failed", queue == nil ? nil : "\(tally.setAside)"), ("undelivered", "\(tally.undelivered)"),
            ("refused", queue == nil ? "\(tally.refused)" : nil))
        if settings.isFlush, endpoints.contains(where: \.governor.isGone) { return .unavailable }
        if tally.outputFailed || tally.inputFailed { return .ioErr }
        if tally.undelivered > 0 || tally.torn > 0 { return .tempFail }
        if settings.isFlush, queued > 0 { return .tempFail }
        return tally.refused > 0 ? .dataErr : .ok
    }

    /// At the second signal: what is in flight is left. With a queue or a spool there is a durable copy of it.
    private func abandonRequests() {
        for transfer in active {
            client.cancel(transfer)
            let records = transfer.job?.records ?? []
            transfer.job = nil
            if queue == nil { for record in records { giveBack(record, "stopped") } }
        }
        active = []
        if !acknowledges { for endpoint in endpoints { _ = putAwayUnsent(endpoint) } }
    }

    /// What could not be stored, or waits only in memory, goes back to whoever called.
    private func giveBackRest() {
        storePending()
        for record in held {
            if acknowledges {
                tally.undelivered += 1
            } else if record.isStored == false {
                giveBack(record, "the queue cannot take it")
            }
        }
        held = []
        for record in waiting.values.sorted(by: { $0.slot < $1.slot }) { giveBack(record, "stopped") }
        waiting = [:]
    }
}
