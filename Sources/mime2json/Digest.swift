import CSHA256

/// SHA-256 by OpenSSL: the only file of mime2json that knows it.
///
/// The three plain calls need none of OpenSSL's start-up (providers, configuration file), which would cost a short
/// run more than the digest itself.
enum Digest {
    /// The digest, in 64 hexadecimal digits.
    static func sha256Hex(_ bytes: Span<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * Int(SHA256_DIGEST_LENGTH))
        for byte in sha256(bytes) {
            digits.append(digit(byte >> 4))
            digits.append(digit(byte & 0xF))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The digest's 32 bytes.
    static func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        unsafe bytes.withUnsafeBytes { unsafe csha256($0.baseAddress, $0.count, &digest) }
        return digest
    }
}
