/// What a run is told by the command line and by the files that it names.
struct DelivererSettings: Sendable {
    /// Where records go that no route matches: the operand. Nil: there is none.
    var endpoint: EndpointSettings?
    /// The endpoints of the routes, by name.
    var routed: [String: EndpointSettings] = [:]
    var routes = RouteTable()
    var schedule: Schedule
    var maxAge: TimeSpan
    var maxRecord: Int
    var rejected: Set<Int> = []
    var isFlush = false
    /// Whether CloudEvents headers are sent.
    var isEvent = false
    /// Whether bodies are sent by gzip.
    var isCompressed = false
    /// How many records go into one request, and how; nil: one, as it is.
    var batch: (count: Int, format: BatchFormat)?
    /// Requests in flight at a time, for each endpoint.
    var concurrency: Int
    var timeout: TimeSpan
    var connectTimeout: TimeSpan

    /// How long an attempt may take.
    var attemptTime: TimeSpan { max(timeout, connectTimeout) }

    /// No due time that we write is further ahead than this.
    var longestWait: TimeSpan { max(schedule.longest, attemptTime) }
}

/// Where requests go, and how those look.
struct EndpointSettings: Sendable {
    var http: HTTPSettings
    /// None, one, or two while a secret is rotated.
    var secrets: [[UInt8]] = []
}
