import Tool

/// How to reach an endpoint: what is the same for every request.
struct HTTPSettings: Sendable {
    var url: HTTPURL
    var timeout = TimeSpan.seconds(30)
    var connectTimeout = TimeSpan.seconds(10)
    /// Whole header lines, `Name: value`.
    var headers: [String] = []
    /// `USER:PASSWORD` for basic authentication.
    var user: String?
    var caFile: String?
    var certificate: String?
    var key: String?
    var proxy: String?
    var unixSocket: String?
    var http2PriorKnowledge = false
    /// Whether addresses that are not of the public network are refused.
    var denyPrivate = false

    /// Whether the user's headers say what the content is.
    var givesContentType: Bool { headers.contains { $0.lowercased().hasPrefix("content-type") } }
}

/// A header line of the user's. It cannot hold a line break, so it cannot become two.
enum HeaderLine {
    /// Those that are made for each record.
    private static let reserved = [
        "webhook-id", "webhook-timestamp", "webhook-signature", "webhook-attempt", "idempotency-key", "content-length",
        "transfer-encoding", "expect", "content-encoding",
    ]

    /// The line as libcurl wants it. `Name:` without a value is sent with an empty one.
    static func checked(_ line: String) throws(Failure) -> String {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw Failure(.usage, "a header must be 'Name: value'")
        }
        let name = line[..<colon]
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
            throw Failure(.usage, "a header's name may not hold spaces or signs: '\(name)'")
        }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw Failure(.usage, "the value of header \(name) holds a control character")
        }
        guard !reserved.contains(name.lowercased()) else {
            throw Failure(.usage, "header \(name) is made by json-post itself")
        }
        return value.isEmpty ? "\(name);" : "\(name): \(value)"
    }

    /// tchar of RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// Header lines that are made for one attempt, separated by CRLF. A value cannot hold a line break, so no line can become two.
struct HeaderBlock {
    private(set) var bytes: [UInt8] = []

    init(room: Int) {
        bytes.reserveCapacity(room)
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Adds a line. The value is of ASCII: ids, numbers, dates and base64.
    mutating func add(_ name: StaticString, _ value: some Collection<UInt8>) {
        begin(name)
        append(value)
    }

    /// Adds a line whose value comes in three parts.
    mutating func add(
        _ name: StaticString, _ first: String.UTF8View, _ second: String.UTF8View, _ third: String.UTF8View
    ) {
        begin(name)
        for part in [first, second, third] { append(part) }
    }

    private mutating func begin(_ name: StaticString) {
        if !bytes.isEmpty {
            bytes.append(0x0D)
            bytes.append(0x0A)
        }
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(0x3A)
        bytes.append(0x20)
    }

    private mutating func append(_ value: some Collection<UInt8>) {
        let isPrintable = value.withContiguousStorageIfAvailable { unsafe appendPrintable($0) }
        precondition(isPrintable == true, "a header's value is of printable ASCII, in one piece")
    }

    private mutating func appendPrintable(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe bytes.append(contentsOf: value)
        var (least, most): (UInt8, UInt8) = (0x20, 0x7E)
        for index in value.indices {
            least = unsafe min(least, value[index])
            most = unsafe max(most, value[index])
        }
        return least == 0x20 && most == 0x7E
    }
}
