/// What is kept of a response while it comes in. Pure: libcurl's callbacks feed it.
struct Response {
    /// How much of the body is kept for the log.
    static let excerptLimit = 512
    /// How much of a body is read so that the connection can be used again; after that it is closed.
    static let bodyLimit = 64 * 1024

    private(set) var excerpt: [UInt8] = []
    /// The value of Retry-After in the final response.
    private(set) var retryAfter: [UInt8] = []
    /// The header section of a final response has ended.
    private(set) var isHeadWhole = false
    /// Nothing has come.
    private(set) var isEmpty = true
    private var isInterim = false
    private var bodySize = 0

    private static let retryAfterName = Array("retry-after:".utf8)

    /// A line of a header section, the status line and the empty line included.
    /// - Returns: whether to go on.
    mutating func header(_ line: Span<UInt8>) -> Bool {
        isEmpty = false
        if isStatusLine(line) {
            retryAfter = []
            isHeadWhole = false
            isInterim = isInterimStatus(line)
        } else if line.count <= 2, line.count == 0 || line[0] == 0x0D || line[0] == 0x0A {
            isHeadWhole = isHeadWhole || !isInterim
        } else if isRetryAfter(line) {
            retryAfter = (Self.retryAfterName.count..<min(line.count, 100)).map { line[$0] }
        }
        return true
    }

    /// A piece of the body.
    /// - Returns: whether to go on.
    mutating func body(_ bytes: Span<UInt8>) -> Bool {
        let kept = min(bytes.count, Self.excerptLimit - excerpt.count)
        for index in 0..<kept { excerpt.append(bytes[index]) }
        bodySize += bytes.count
        return bodySize <= Self.bodyLimit
    }

    private func isStatusLine(_ line: Span<UInt8>) -> Bool {
        line.count >= 5 && line[0] == 0x48 && line[1] == 0x54 && line[2] == 0x54 && line[3] == 0x50 && line[4] == 0x2F
    }

    /// `HTTP/1.1 1xx`
    private func isInterimStatus(_ line: Span<UInt8>) -> Bool {
        var index = 5
        while index < line.count, line[index] != 0x20 { index += 1 }
        while index < line.count, line[index] == 0x20 { index += 1 }
        return index < line.count && line[index] == UInt8(ascii: "1")
    }

    private func isRetryAfter(_ line: Span<UInt8>) -> Bool {
        guard line.count > Self.retryAfterName.count else { return false }
        for index in Self.retryAfterName.indices where line[index] | 0x20 != Self.retryAfterName[index] | 0x20 {
            return false
        }
        return true
    }
}
