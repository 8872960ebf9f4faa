import SMTP
import Synchronization

/// What has happened since the start, counted: for `/metrics`.
final class Metrics: Sendable {
    /// One number that only grows.
    final class Counter: Sendable {
        private let number = Atomic<Int>(0)

        func add(_ amount: Int = 1) {
            number.wrappingAdd(amount, ordering: .relaxed)
        }

        var value: Int { number.load(ordering: .relaxed) }
    }

    let connections = Counter()
    let messages = Counter()
    let bytes = Counter()
    let recipients = Counter()
    let lost = Counter()
    let storeFailures = Counter()
    let tlsFailures = Counter()
    let tls12 = Counter()
    let tls13 = Counter()
    private let refusals = ReplyName.allCases.map { ($0, Counter()) }
    private let proxyRefusals = ProxyRefusal.allCases.map { ($0, Counter()) }
    private let commits = Metrics.limits.map { ($0, Counter()) }
    private let commitNanoseconds = Counter()

    /// Upper bounds of the histogram of commits, in microseconds.
    private static let limits = [250, 500, 1000, 2500, 5000, 10_000, 25_000, 100_000, 1_000_000]

    func refused(_ name: ReplyName) {
        refusals.first { $0.0 == name }?.1.add()
    }

    func refused(_ reason: ProxyRefusal) {
        proxyRefusals.first { $0.0 == reason }?.1.add()
    }

    func secured(_ info: TLSInfo) {
        (info.version == "TLSv1.3" ? tls13 : tls12).add()
    }

    /// A message became safe; how long that took.
    func accepted(size: Int, recipients count: Int, nanoseconds: Int64) {
        messages.add()
        bytes.add(size)
        recipients.add(count)
        commitNanoseconds.add(Int(nanoseconds))
        for (limit, counter) in commits where nanoseconds <= limit * 1000 { counter.add() }
    }

    /// In the text format of Prometheus.
    func text(gauges: [(name: String, help: String, value: Int)]) -> String {
        var text = ""
        for (name, help, value) in gauges { text += Self.family(name, "gauge", help, [("", value)]) }
        text += Self.family("connections_total", "counter", "Connections accepted.", [("", connections.value)])
        text += Self.family("messages_total", "counter", "Messages stored.", [("", messages.value)])
        text += Self.family("message_bytes_total", "counter", "Bytes of messages stored.", [("", bytes.value)])
        text += Self.family("recipients_total", "counter", "Recipients of messages stored.", [("", recipients.value)])
        text += Self.family(
            "refusals_total", "counter", "Refusals by reason.",
            (refusals.map { ($0.0.rawValue, $0.1.value) } + proxyRefusals.map { ($0.0.rawValue, $0.1.value) })
                .filter { $0.1 > 0 }.map { ("{reason=\"\($0.0)\"}", $0.1) })
        text += Self.family("lost_total", "counter", "Connections lost within a message.", [("", lost.value)])
        text += Self.family(
            "store_failures_total", "counter", "Messages that could not be stored.", [("", storeFailures.value)])
        text += Self.family("tls_failures_total", "counter", "Handshakes that failed.", [("", tlsFailures.value)])
        text += Self.family(
            "tls_sessions_total", "counter", "Handshakes by version.",
            [("{version=\"TLSv1.2\"}", tls12.value), ("{version=\"TLSv1.3\"}", tls13.value)])
        return text + histogram
    }

    private var histogram: String {
        let count = messages.value
        let rows = commits.map { ("_bucket{le=\"\(Double($0.0) / 1_000_000)\"}", $0.1.value) }
        let text = Self.family(
            "commit_seconds", "histogram", "Time to make a message safe.",
            rows + [("_bucket{le=\"+Inf\"}", count), ("_count", count)])
        return text + "smtp_accept_commit_seconds_sum \(Double(commitNanoseconds.value) / 1_000_000_000)\n"
    }

    private static func family(_ name: String, _ kind: String, _ help: String, _ rows: [(String, Int)]) -> String {
        let name = "smtp_accept_" + name
        return "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n" + rows.map { "\(name)\($0.0) \($0.1)\n" }.joined()
    }
}
