import CSHA256

/// SHA-256 by OpenSSL: the only file of mime2json that knows it.
///
/// The three plain calls need none of OpenSSL's start-up (providers, configuration file), which would cost a short
/// run more than the digest itself.
enum Digest {
    /// The digest, in 64 hexadecimal digits.
    static func sha256Hex(_ bytes: Span<UInt8>) -> String {
        let digest = sha256(bytes)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The digest's 32 bytes.
    static func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        unsafe bytes.withUnsafeBytes { unsafe csha256($0.baseAddress, $0.count, &digest) }
        return digest
    }
}
