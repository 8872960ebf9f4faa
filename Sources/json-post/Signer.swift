import JSON
import Spool
import Tool

/// Signs requests as Standard Webhooks say: `v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`, one for each secret.
struct Signer: ~Copyable {
    private var first: HMAC?
    private var second: HMAC?
    private var code = [UInt8](repeating: 0, count: 32)

    /// - Parameter keys: none, one, or two while a secret is rotated.
    init(keys: [[UInt8]]) {
        precondition(keys.count <= 2, "two secrets at most")
        first = keys.first.map { HMAC(key: $0) }
        second = keys.count > 1 ? HMAC(key: keys[1]) : nil
    }

    var isOn: Bool { first != nil }

    /// The value of `webhook-signature`.
    /// - Parameter seconds: the value of `webhook-timestamp`.
    mutating func signature(_ id: String, _ seconds: Int64, _ body: RecordBody) -> [UInt8] {
        var prefix: [UInt8] = []
        prefix.reserveCapacity(id.utf8.count + 16)
        prefix.append(contentsOf: id.utf8)
        prefix.append(UInt8(ascii: "."))
        prefix.append(contentsOf: String(seconds).utf8)
        prefix.append(UInt8(ascii: "."))
        var header: [UInt8] = []
        header.reserveCapacity(96)
        append(prefix: prefix, body: body.bytes, to: &header)
        return header
    }

    private mutating func append(prefix: [UInt8], body: Span<UInt8>, to header: inout [UInt8]) {
        first?.code(prefix.span, body, into: &code)
        Self.append(code, to: &header)
        guard second != nil else { return }
        second?.code(prefix.span, body, into: &code)
        header.append(UInt8(ascii: " "))
        Self.append(code, to: &header)
    }

    private static func append(_ code: [UInt8], to header: inout [UInt8]) {
        header.append(contentsOf: [UInt8(ascii: "v"), UInt8(ascii: "1"), UInt8(ascii: ",")])
        Base64.encode(code.span, into: &header)
    }
}
