import Glibc
import Spool
import Synchronization
import Tool

/// The pages of `--status`.
extension Server {
    func page(_ path: String) -> StatusServer.Page? {
        switch path {
        case "/healthz": healthPage
        case "/metrics": StatusServer.Page(text: metrics.text(gauges: gauges))
        default: nil
        }
    }

    /// 200 only if a session could begin and its message be stored.
    private var healthPage: StatusServer.Page {
        let problem = problem
        let free = freeBytes.map { "\($0) bytes free" } ?? "free space unknown"
        return StatusServer.Page(status: problem == nil ? 200 : 503, text: "\(problem ?? "ok"), \(free)\n")
    }

    private var problem: String? {
        if seats.isDraining.load(ordering: .relaxed) { return "shutting down" }
        if printer?.isBroken.load(ordering: .relaxed) == true { return "nobody reads the output of --print" }
        if seats.count >= seats.limit { return "all \(seats.limit) connections are taken" }
        do throws(SystemError) {
            try spool.rehearse(ids.next())
            return nil
        } catch {
            return "the spool takes no file: \(error)"
        }
    }

    private var freeBytes: Int? {
        var status = statvfs()
        guard unsafe fstatvfs(spool.new.descriptor.number, &status) == 0 else { return nil }
        return Int(clamping: status.f_bavail * status.f_frsize)
    }

    private var gauges: [(name: String, help: String, value: Int)] {
        let waiting = (try? spool.messages().ids) ?? []
        let oldest = waiting.first.map { max(0, Clock.now().seconds - Int64($0.milliseconds / 1000)) } ?? 0
        var gauges = [
            ("connections", "Connections open.", seats.count),
            ("spool_messages", "Messages in the spool.", waiting.count),
            ("spool_oldest_seconds", "Age of the oldest message in the spool.", Int(oldest)),
            ("spool_free_bytes", "Bytes free on the filesystem of the spool.", freeBytes ?? 0),
        ]
        if let end = configuration.tls?.certificateEnd {
            gauges.append(
                ("certificate_end_timestamp_seconds", "When the certificate ends, in seconds since 1970.", Int(end)))
        }
        return gauges
    }
}
