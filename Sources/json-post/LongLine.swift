import Spool
import Tool

/// A line that is longer than --max-record, on its way to failed/ or back to standard output.
struct LongLine: ~Copyable {
    fileprivate var draft: Draft?
    fileprivate var digest = SHA256Stream()
    fileprivate let id: String?
    fileprivate var size = 0
    fileprivate var error: SystemError?

    fileprivate init(id: String?) {
        self.id = id
    }
}

extension Deliverer {
    static let longLineReason = "the line is longer than --max-record"

    /// A piece of a line that is too long.
    func takeFragment(_ piece: RecordBody, _ id: String?, last: Bool) {
        if longLine == nil { beginLongLine(id) }
        longLine?.size += piece.count
        longLine?.digest.update(piece.bytes)
        do throws(SystemError) {
            if queue != nil { try longLine?.draft?.append(piece.bytes) } else { writeBack(piece.bytes, newline: last) }
        } catch {
            failLongLine(error)
        }
        if last { endLongLine() }
    }

    private func beginLongLine(_ id: String?) {
        longLine = LongLine(id: id)
        guard let queue else { return }
        do throws(SystemError) {
            longLine?.draft = try queue.draft("long-\(generator.next())")
        } catch {
            failLongLine(error)
        }
    }

    private func failLongLine(_ error: SystemError) {
        longLine?.draft = nil
        longLine?.error = error
    }

    private func endLongLine() {
        guard var line = longLine.take() else { return }
        let key = line.id ?? "line-" + line.digest.hex()
        status.refused.add()
        log.warning("refused", ("id", key), ("size", "\(line.size)"), ("reason", Self.longLineReason))
        guard let queue else {
            tally.refused += 1
            return
        }
        if let slot = index.find(key), index[slot].state != .busy { return acknowledge(message(line.id)) }
        do throws(SystemError) {
            guard let draft = line.draft.take() else { throw line.error ?? SystemError("open", 5) }
            let name = try queue.fail(draft, key: key, readAt: Clock.now().seconds, reason: Self.longLineReason)
            tally.setAside += 1
            if index.find(name) == nil { _ = index.insert(name, RecordIndex.Entry(state: .failed)) }
            acknowledge(line.id == nil ? nil : message(line.id))
        } catch {
            // The line is gone from the pipe and could not be kept: its producer still has it, and is told by the exit status.
            tellQueueFailed(key, error)
            tally.undelivered += 1
        }
    }
}
