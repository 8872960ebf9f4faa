/// What the endpoint answered to one request.
enum Answer: Equatable, Sendable {
    /// No whole answer came: a refused or broken connection, a timeout, something that is not HTTP. The words say which.
    case none(String)
    /// The status of a final response. `retryAfter` is its field Retry-After in seconds from now.
    case status(Int, retryAfter: Int64? = nil)

    /// What becomes of the record.
    enum Fate: Equatable, Sendable {
        /// The endpoint has it.
        case delivered
        /// Again, on schedule. `warn`: it will hardly go better without somebody's help.
        case retry(warn: Bool)
        /// Never again: set aside in failed/.
        case reject
        /// The endpoint is gone (410): kept, and tried hourly.
        case gone
    }

    /// The table of json-post(1), ANSWERS.
    /// - Parameter rejected: statuses of `--reject-on`.
    func fate(rejecting rejected: Set<Int>) -> Fate {
        guard case .status(let status, _) = self else { return .retry(warn: false) }
        switch status {
        case 200...299: return .delivered
        case 413: return .reject
        case 410: return .gone
        case 400...499 where rejected.contains(status): return .reject
        case 408, 409, 425, 429: return .retry(warn: false)
        case 300...499: return .retry(warn: true)
        default: return .retry(warn: false)
        }
    }

    /// Whether the endpoint itself is in trouble: this is what opens the breaker.
    var isTrouble: Bool {
        switch self {
        case .none: true
        case .status(let status, _): status == 429 || !(200...499).contains(status)
        }
    }

    /// Whether the endpoint asks for less: it is sent fewer requests at a time, and none before its Retry-After.
    var isOverload: Bool {
        if case .status(429, _) = self { return true }
        if case .status(502...504, _) = self { return true }
        return false
    }

    /// The status as a number for logs; nil without an answer.
    var status: Int? {
        if case .status(let status, _) = self { return status }
        return nil
    }
}
