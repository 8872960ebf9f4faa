import ArgumentParser

/// How several records make one request.
enum BatchFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// One JSON array.
    case array
    /// One record a line.
    case ndjson

    /// A batch that is not whole is sent after so many milliseconds, and one that is as large as this many bytes at once.
    static let (patience, enough): (Int64, Int) = (50, 8 << 20)

    /// The value of content-type.
    var type: StaticString {
        switch self {
        case .array: "application/json"
        case .ndjson: "application/x-ndjson"
        }
    }

    /// The records, byte for byte, with what stands between them.
    func body(_ records: [Record]) -> RecordBody {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.reduce(2) { $0 + $1.body.count + 1 })
        for (index, record) in records.enumerated() {
            if self == .array { bytes.append(index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ",")) }
            let body = record.body
            unsafe body.bytes.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
            if self == .ndjson { bytes.append(0x0A) }
        }
        if self == .array { bytes.append(UInt8(ascii: "]")) }
        return RecordBody(bytes.span)
    }

    /// `batch-` and the SHA-256 of the ids, each followed by a newline: the same records in the same order have the same id.
    static func id(_ records: [Record]) -> String {
        var digest = SHA256Stream()
        for record in records { digest.update(Array((record.id + "\n").utf8).span) }
        return "batch-" + digest.hex()
    }
}
