/// How slow a transaction may be.
package enum Pace {
    /// Bytes a second.
    package static let least = 500
    /// Bytes that are counted: they earn 69 years, and what an endless chunk brings beyond must not run over.
    static let most = 1 << 40
    /// Nanoseconds in which nothing is asked.
    static let grace: Int64 = 60_000_000_000
}

extension Session {
    /// When the client has been waited for long enough, if nothing more comes: monotonic nanoseconds.
    ///
    /// A command must be whole, or content must come, within `--timeout`; and from its second minute on a transaction
    /// must have brought 500 bytes for each second since MAIL. So neither silence nor a byte now and then holds a
    /// connection.
    package var deadline: Int64 { min(waitingSince + Int64(policy.timeout) * 1_000_000_000, paceDeadline) }

    private var paceDeadline: Int64 {
        guard let transaction else { return Int64.max }
        let earned = Int64(min(transaction.bytesReceived, Pace.most)) * (1_000_000_000 / Int64(Pace.least))
        return transaction.started + max(Pace.grace, earned)
    }

    /// The greeting goes out now: until here the client was to be silent.
    package mutating func greeted(now: Int64) {
        waitingSince = now
    }

    /// The deadline has passed: says which one and ends the session.
    package mutating func expire(now: Int64) {
        end(now >= paceDeadline ? Reply(.tooSlow, Pace.least) : Reply(.timeout, policy.timeout))
    }
}
