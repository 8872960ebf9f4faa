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

/// A small file that holds a secret or a setting, so that it need not stand in the arguments.
enum SecretFile {
    /// The key in a secret file: `whsec_` and base64, or anything else as it is. A newline at the end does not count.
    static func key(_ path: String) throws(Failure) -> [UInt8] {
        let text = try contents(path)
        guard text.starts(with: "whsec_".utf8) else { return text }
        guard let key = Base64.decode(text.dropFirst(6)), !key.isEmpty else {
            throw Failure(.config, "\(path): what follows whsec_ is not base64")
        }
        return key
    }

    /// One line of text: a URL, a token.
    static func line(_ path: String) throws(Failure) -> String {
        let text = try contents(path)
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Failure(.config, "\(path): one line without spaces is expected")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The lines that are neither empty nor comments.
    static func lines(_ path: String) throws(Failure) -> [String] {
        let text = try contents(path)
        return text.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
            .map { $0.hasSuffix("\r") ? String($0.dropLast()) : $0 }
            .filter { !$0.hasPrefix("#") && !$0.allSatisfy { $0 == " " } }
    }

    /// All of it, without the newline at the end; a mebibyte at most.
    static func contents(_ path: String) throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            let file = try Descriptor.open(path, 0)
            var bytes = try file.readAll(limit: 1 << 20)
            if bytes.last == 0x0A { bytes.removeLast() }
            if bytes.last == 0x0D { bytes.removeLast() }
            guard !bytes.isEmpty else { throw SystemError("read", 0) }
            return bytes
        } catch {
            throw Failure(.noInput, error.number == 0 ? "\(path): the file is empty" : "\(path): \(error)")
        }
    }
}
