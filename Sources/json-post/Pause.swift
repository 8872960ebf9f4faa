import Spool
import Tool

/// What an endpoint asked for, by Retry-After or by 410, as it is kept from one run to the next: a line in the file
/// `DIR/.pause` of the queue, or `DIR/.pause@NAME` for a route.
struct Pause: Equatable {
    /// No request before this time, in seconds since 1970.
    let until: Int64
    /// It answered 410.
    let isGone: Bool

    /// No endpoint is obeyed for longer, in seconds: a time further ahead comes from a clock that was wrong.
    private static let longest: Int64 = 86_400

    /// The line, for an endpoint at this URL: one that has moved has asked for nothing.
    func line(url: String) -> String {
        "\(until) \(isGone ? "gone" : "pause") \(SHA256.hex(Array(url.utf8).span))\n"
    }

    init(until: Int64, isGone: Bool) {
        (self.until, self.isGone) = (until, isGone)
    }

    /// Reads the line; nil when it is for another URL, or no such line, or its time cannot be meant.
    init?(_ line: String, url: String, now: Int64) {
        guard let until = Int64(line.prefix { $0 != " " }), until <= now + Self.longest else { return nil }
        self.init(until: until, isGone: line.contains(" gone "))
        guard self.line(url: url) == line else { return nil }
    }
}

extension Queue {
    private static func pauseName(_ route: String) -> String { QueueKey.key(".pause", route) }

    /// Forgets what an endpoint asked for. Failing to is no harm: it has rest for longer.
    func forgetPause(route: String) {
        _ = try? root.remove(Self.pauseName(route))
    }

    func keep(_ pause: Pause, route: String, url: String) throws(SystemError) {
        var draft = try draft(Self.pauseName(route))
        try draft.append(Array(pause.line(url: url).utf8).span)
        try draft.publishUnsynced(in: root, as: Self.pauseName(route))
    }

    /// What an endpoint asked for in an earlier run; it is forgotten by that.
    func takePause(route: String, url: String, now: Int64) -> Pause? {
        defer { forgetPause(route: route) }
        guard let file = try? root.openFile(Self.pauseName(route), 0), let bytes = try? file.readAll(limit: 4096) else {
            return nil
        }
        return Pause(String(decoding: bytes, as: UTF8.self), url: url, now: now)
    }
}

// From run to run: so --flush by cron gives an endpoint the rest that it asked for.
extension Deliverer {
    /// Takes up what endpoints asked for in an earlier run.
    func recallPauses(_ queue: Queue) {
        let (now, milliseconds) = (Clock.now().seconds, Self.milliseconds())
        for endpoint in endpoints {
            guard let url = endpoint.settings?.http.url.text,
                let pause = queue.takePause(route: endpoint.name, url: url, now: now)
            else { continue }
            let until = milliseconds + (pause.until - now) * 1000
            endpoint.governor.respect(until: until, isGone: pause.isGone, now: milliseconds)
            guard pause.until > now else { continue }
            log.info(
                "paused", ("route", endpoint.route), ("url", endpoint.url),
                ("until", Clock.Time(seconds: pause.until).rfc3339),
                ("reason", pause.isGone ? "410 in an earlier run" : "Retry-After in an earlier run"),
                ("hint", "--requeue tries at once"))
        }
    }

    /// Keeps for the next run what endpoints asked for whose records wait.
    func keepPauses() {
        guard let queue else { return }
        let (now, milliseconds) = (Clock.now().seconds, Self.milliseconds())
        for endpoint in endpoints where index.backlog(endpoint: endpoint.number) > 0 {
            guard let url = endpoint.settings?.http.url.text, let wish = endpoint.governor.wish(now: milliseconds)
            else { continue }
            let pause = Pause(until: now + (wish.until - milliseconds + 999) / 1000, isGone: wish.isGone)
            do throws(SystemError) {
                try queue.keep(pause, route: endpoint.name, url: url)
            } catch {
                log.warning("queue-failed", ("error", error.description), ("reason", "the pause is forgotten"))
            }
        }
    }
}
