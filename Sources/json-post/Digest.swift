import COpenSSL

/// SHA-256 (FIPS 180-4).
enum SHA256 {
    /// 64 lower-case hexadecimal digits.
    static func hex(_ bytes: Span<UInt8>) -> String {
        var digest = SHA256Stream()
        digest.update(bytes)
        return digest.hex()
    }
}

/// SHA-256 of bytes that come in pieces.
@safe struct SHA256Stream: ~Copyable {
    private let context: OpaquePointer

    init() {
        guard let context = unsafe EVP_MD_CTX_new() else { fatalError("EVP_MD_CTX_new: out of memory") }
        unsafe self.context = context
        let begun = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(begun == 1, "EVP_DigestInit_ex")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: Span<UInt8>) {
        let done = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(done == 1, "EVP_DigestUpdate")
    }

    /// The digest of all that came; the stream is used up.
    mutating func hex() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        let done = unsafe EVP_DigestFinal_ex(context, &digest, nil)
        precondition(done == 1, "EVP_DigestFinal_ex")
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in digest { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

/// HMAC-SHA-256 (RFC 2104) with one key, for many messages.
@safe struct HMAC: ~Copyable {
    private let context: OpaquePointer

    init(key: [UInt8]) {
        let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil)
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { fatalError("EVP_MAC_CTX_new: no HMAC") }
        unsafe self.context = context
        let begun = unsafe copenssl_hmac_sha256_init(context, key, key.count)
        precondition(begun == 1, "EVP_MAC_init")
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    /// Writes the 32 bytes of the code of `first` followed by `second`.
    mutating func code(_ first: Span<UInt8>, _ second: Span<UInt8>, into code: inout [UInt8]) {
        // Without a key it starts anew with the one that it has.
        var done = unsafe EVP_MAC_init(context, nil, 0, nil)
        done &= unsafe first.withUnsafeBufferPointer { unsafe EVP_MAC_update(context, $0.baseAddress, $0.count) }
        done &= unsafe second.withUnsafeBufferPointer { unsafe EVP_MAC_update(context, $0.baseAddress, $0.count) }
        var length = 0
        done &= unsafe EVP_MAC_final(context, &code, &length, code.count)
        precondition(done == 1 && length == 32, "EVP_MAC")
    }
}
