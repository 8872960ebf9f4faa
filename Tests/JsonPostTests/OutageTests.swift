import Testing

@testable import json_post

/// A day's outage by a made-up clock: what decides when a record is tried (governor, schedule and index) and an endpoint that
/// is away for a while, as records keep coming. Bench/http/outage does the same to the whole program.
private struct Outage {
    static let (second, day): (Int64, Int64) = (1000, 86_400_000)
    /// How long an answer takes.
    static let latency: Int64 = 50

    private struct Request {
        let slot: RecordIndex.Slot
        let began: Int64
        let isProbe: Bool
        var ends: Int64 { began + Outage.latency }
    }

    /// Connections are refused in this time.
    let away: Range<Int64>
    /// They come evenly over the first two days.
    let records: Int
    let schedule: Schedule
    private var governor = Governor(most: 8)
    private var index = RecordIndex()
    private var requests: [Request] = []
    private var arrived = 0
    private var now: Int64 = 0
    // What the endpoint saw, and what became of the records.
    private(set) var begun: [Int64] = []
    private(set) var delivered = 0
    private(set) var mostInFlight = 0
    private(set) var mostAttempts = 0

    init(away: Range<Int64>, records: Int, schedule: Schedule) {
        (self.away, self.records, self.schedule) = (away, records, schedule)
    }

    mutating func run(until end: Int64) {
        while now < end {
            arrive(now)
            for request in requests where request.ends <= now { answer(request, now) }
            requests.removeAll { $0.ends <= now }
            begin(now)
            now = max(now + 1, min(end, next(now)))
        }
    }

    private var pause: Int64 { 2 * Self.day / Int64(records) }

    private mutating func arrive(_ now: Int64) {
        while arrived < records, Int64(arrived) * pause <= now {
            _ = index.insert("r\(arrived)", RecordIndex.Entry(wake: now, state: .waiting))
            arrived += 1
        }
    }

    private mutating func answer(_ request: Request, _ now: Int64) {
        let answer = away.contains(request.began) ? Answer.none("refused") : .status(204)
        _ = governor.answered(answer, probe: request.isProbe, now: now)
        let attempts = index[request.slot].attempts + 1
        mostAttempts = max(mostAttempts, Int(attempts))
        if answer == .status(204) {
            delivered += 1
            index.remove(request.slot)
        } else {
            let delay = schedule.delay(afterAttempts: Int(attempts), chance: .random(in: 0...1))
            index[request.slot].blamesEndpoint = true
            index.wait(request.slot, wake: now + delay.milliseconds, due: 0, attempts: attempts)
        }
        if governor.takeRecovery(now: now) { _ = index.bringForward(endpoint: 0, now: now) }
    }

    var waiting: Int { index.waitingCount }

    private mutating func begin(_ now: Int64) {
        while governor.room(now: now) > 0, let slot = index.popDue(endpoint: 0, now: now) {
            requests.append(Request(slot: slot, began: now, isProbe: governor.began(now: now)))
            begun.append(now)
        }
        mostInFlight = max(mostInFlight, requests.count)
    }

    private mutating func next(_ now: Int64) -> Int64 {
        var next = requests.map(\.ends).min() ?? .max
        if arrived < records { next = min(next, Int64(arrived) * pause) }
        if let opening = governor.nextOpening(now: now) { next = min(next, opening) }
        if governor.room(now: now) > 0, let wake = index.nextWake(endpoint: 0) { next = min(next, wake) }
        return next
    }
}

@Suite struct OutageTests {
    @Test func aDayIsSurvivedWithoutAHerd() throws {
        let back = Outage.day * 3 / 2
        let schedule = try #require(Schedule("5s,5m,30m,2h,5h,10h,14h,20h,24h"))
        var outage = Outage(away: Outage.day / 2..<back, records: 20_000, schedule: schedule)
        // Ten thousand have waited; 8 at a time, 50 ms each, they are gone in a minute, however long their delays were.
        outage.run(until: back - 1)
        #expect(outage.waiting > 9_900)
        outage.run(until: back + 240 * Outage.second)
        #expect(outage.waiting == 0)
        outage.run(until: 4 * Outage.day)
        #expect(outage.delivered == outage.records)
        // Away: what opened the breaker, and then a probe a minute, each with another record.
        let probes = outage.begun.filter(outage.away.contains).count
        #expect((1430...1460).contains(probes), "\(probes)")
        #expect(outage.mostAttempts <= 6, "\(outage.mostAttempts)")
        // Back: one at a time at first, one more with each answer, and never more than before.
        let after = outage.begun.filter { $0 >= back }
        let first = after.prefix(12).map { ($0 - after[0]) / Outage.latency }
        #expect(first == [0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4], "\(first)")
        #expect(outage.mostInFlight == 8)
    }
}
