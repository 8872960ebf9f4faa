import Spool
import Synchronization
import Tool

/// What the status page tells. The thread that delivers writes it, the one that serves the page reads it.
final class Status: Sendable {
    /// A number that anybody may read.
    final class Number: Sendable {
        private let number = Atomic<Int>(0)

        func add(_ amount: Int = 1) { number.wrappingAdd(amount, ordering: .relaxed) }
        func set(_ value: Int) { number.store(value, ordering: .relaxed) }
        var value: Int { number.load(ordering: .relaxed) }
    }

    let delivered = Number()
    let retried = Number()
    let refused = Number()
    /// Records set aside, by what decided it.
    let tooOld = Number()
    let rejected = Number()
    let inFlight = Number()
    let queued = Number()
    let failed = Number()
    /// Records that cannot be stored.
    let held = Number()
    /// 0 closed, 1 open, 2 gone.
    let breaker = Number()
    private let oldest: OldestAge?
    private let attempts = Monitor([Attempt: Int]())
    private let answers = Number()
    private let answerMilliseconds = Number()
    private let buckets = Status.limits.map { ($0, Number()) }

    /// - Parameter queue: where records wait.
    init(of queue: Queue?) {
        oldest = queue.map { OldestAge($0) }
    }

    /// Upper bounds of the histogram of answers, in milliseconds.
    private static let limits = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]

    /// What requests are told apart by: the operator names the routes, and of statuses there are 500.
    private struct Attempt: Hashable {
        /// Empty for the operand, which Prometheus takes as no label.
        let route: String
        /// 0 without an answer, 600 for all that are no statuses of HTTP.
        let status: Int

        var labels: String {
            let text = status == 0 ? "none" : status == 600 ? "other" : "\(status)"
            return "{route=\"\(route)\",status=\"\(text)\"}"
        }
    }

    /// A request ended after this time.
    /// - Parameter status: nil without an answer.
    func answered(route: String, status: Int?, milliseconds: Int64) {
        attempts.withLock { $0[Attempt(route: route, status: min(status ?? 0, 600)), default: 0] += 1 }
        answers.add()
        answerMilliseconds.add(Int(milliseconds))
        for (limit, number) in buckets where milliseconds <= limit { number.add() }
    }

    /// `/healthz` and `/metrics`; nil for any other path.
    func page(_ path: String) -> StatusServer.Page? {
        switch path {
        case "/healthz": health
        case "/metrics": StatusServer.Page(text: metrics)
        default: nil
        }
    }

    /// Fine as long as every record is safe; an endpoint that is down is no fault of this program, one that is gone wants a person.
    private var health: StatusServer.Page {
        if held.value > 0 { return StatusServer.Page(status: 503, text: "the queue cannot be written\n") }
        switch breaker.value {
        case 2: return StatusServer.Page(status: 503, text: "the endpoint is gone (410)\n")
        case 1: return StatusServer.Page(text: "ok, but the endpoint is down; \(queued.value) records wait\n")
        default: return StatusServer.Page(text: "ok\n")
        }
    }

    /// In the text format of Prometheus.
    private var metrics: String {
        Self.family("delivered_total", "counter", "Records that the endpoint has taken.", [("", delivered.value)])
            + Self.family("retried_total", "counter", "Attempts that failed and are made again.", [("", retried.value)])
            + Self.family("attempts_total", "counter", "Requests that ended, by answer.", attemptRows)
            + Self.family("refused_total", "counter", "Lines that are no records.", [("", refused.value)])
            + Self.family(
                "failed_total", "counter", "Records given up, by reason.",
                [("{reason=\"age\"}", tooOld.value), ("{reason=\"rejected\"}", rejected.value)])
            + Self.family("in_flight", "gauge", "Requests under way.", [("", inFlight.value)])
            + Self.family("queued", "gauge", "Records that wait.", [("", queued.value)])
            + Self.family(
                "oldest_seconds", "gauge", "Age of the record that waits longest.", [("", oldest?.seconds() ?? 0)])
            + Self.family("failed", "gauge", "Records in failed/.", [("", failed.value)])
            + Self.family("held", "gauge", "Records that cannot be stored.", [("", held.value)])
            + Self.family("breaker", "gauge", "0 closed, 1 open, 2 gone.", [("", breaker.value)]) + histogram
    }

    private var attemptRows: [(String, Int)] {
        attempts.withLock { $0.map { ($0.key.labels, $0.value) } }.sorted { $0.0 < $1.0 }
    }

    private var histogram: String {
        let rows = buckets.map { ("_bucket{le=\"\(Double($0.0) / 1000)\"}", $0.1.value) }
        return Self.family(
            "attempt_seconds", "histogram", "Time from a request to its answer.",
            rows + [("_bucket{le=\"+Inf\"}", answers.value), ("_count", answers.value)])
            + "json_post_attempt_seconds_sum \(Double(answerMilliseconds.value) / 1000)\n"
    }

    private static func family(_ name: String, _ kind: String, _ help: String, _ rows: [(String, Int)]) -> String {
        let name = "json_post_" + name
        return "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n" + rows.map { "\(name)\($0.0) \($0.1)\n" }.joined()
    }
}

/// How old the oldest record in due/ is. Who asks has to wait for a look at each file; so the answer is kept for a while.
final class OldestAge: Sendable {
    private struct Answer {
        /// When the record was first read, in seconds since 1970; nil: none waits.
        var since: Int64?
        /// In nanoseconds on the monotonic clock.
        var goodUntil = Int64.min
    }

    private let queue: Queue
    private let answer = Monitor(Answer())

    init(_ queue: Queue) {
        self.queue = queue
    }

    /// In seconds; 0 when none waits. Looking takes a hundredth of the time at most.
    func seconds() -> Int {
        answer.withLock { answer in
            let began = Clock.monotonic()
            if began >= answer.goodUntil {
                answer.since = look()
                let ended = Clock.monotonic()
                answer.goodUntil = ended + (ended - began) * 100
            }
            return answer.since.map { max(0, Int(Clock.now().seconds - $0)) } ?? 0
        }
    }

    private func look() -> Int64? {
        var oldest: Int64?
        for name in (try? queue.due.names()) ?? [] where QueueName(name) != nil {
            guard let since = try? queue.due.modificationTime(name) else { continue }
            oldest = min(oldest ?? since, since)
        }
        return oldest
    }
}

extension Deliverer {
    /// Tells the status page how things stand.
    func report() {
        status.inFlight.set(active.count)
        status.queued.set(index.waitingCount)
        status.failed.set(index.failedCount)
        status.held.set(held.count)
        status.breaker.set(endpoints.map(\.governor.state).max() ?? 0)
    }
}
