import COpenSSL
import Glibc
import SMTP

/// Why TLS did not come about.
struct TLSFailure: Error, CustomStringConvertible {
    /// What OpenSSL says, its oldest error first, which is the cause.
    let description: String

    /// - Parameter otherwise: what has happened if OpenSSL has nothing to say.
    fileprivate static func last(_ doing: String, otherwise: String = "failed") -> TLSFailure {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return TLSFailure(description: "\(doing): \(otherwise)") }
        let reason = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) }
        return TLSFailure(description: "\(doing): \(reason ?? "error \(code)")")
    }
}

/// A certificate with its key and the settings of a server (SSL_CTX), shared by all connections that begin under it.
@safe final class TLSContext: @unchecked Sendable {
    // Unchecked: an SSL_CTX counts its references and locks what it changes; nothing is set after init.
    fileprivate let pointer: OpaquePointer

    private init() throws(TLSFailure) {
        ERR_clear_error()
        guard let pointer = unsafe SSL_CTX_new(TLS_server_method()) else { throw .last("SSL_CTX_new") }
        unsafe self.pointer = pointer
        guard unsafe copenssl_ctx_harden(pointer) == 1 else { throw .last("protocol version") }
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    /// A certificate chain and key in PEM files.
    convenience init(certificate: String, key: String) throws(TLSFailure) {
        try self.init()
        guard unsafe SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else { throw .last(certificate) }
        guard unsafe SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
            throw .last("\(key), which must be PEM without a passphrase")
        }
        guard unsafe SSL_CTX_check_private_key(pointer) == 1 else { throw .last("\(key) is not \(certificate)'s key") }
    }

    /// When the certificate ends, in seconds since 1970; nil if that cannot be told.
    var certificateEnd: Int64? {
        var time = unsafe tm()
        guard let certificate = unsafe SSL_CTX_get0_certificate(pointer),
            unsafe ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1
        else { return nil }
        return Int64(unsafe timegm(&time))
    }

    /// A new ECDSA P-256 certificate for `hostname`, signed by itself, valid for ten years.
    convenience init(selfSignedFor hostname: String) throws(TLSFailure) {
        try self.init()
        guard let key = unsafe copenssl_make_p256() else { throw .last("key generation") }
        defer { unsafe EVP_PKEY_free(key) }
        guard let certificate = unsafe X509_new() else { throw .last("X509_new") }
        defer { unsafe X509_free(certificate) }
        guard unsafe fill(certificate, hostname, key), unsafe X509_sign(certificate, key, copenssl_sha256()) > 0,
            unsafe SSL_CTX_use_certificate(pointer, certificate) == 1, unsafe SSL_CTX_use_PrivateKey(pointer, key) == 1
        else { throw .last("self-signed certificate") }
    }
}

/// Seconds from now to the end of a self-signed certificate, and from its begin to now: clocks differ.
private let (validity, leeway) = (10 * 365 * 86_400, 86_400)

private func fill(_ certificate: OpaquePointer, _ hostname: String, _ key: OpaquePointer) -> Bool {
    guard unsafe X509_set_version(certificate, 2) == 1,
        unsafe ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), .random(in: 1...(UInt64.max >> 1))) == 1,
        unsafe X509_gmtime_adj(X509_getm_notBefore(certificate), -leeway) != nil,
        unsafe X509_gmtime_adj(X509_getm_notAfter(certificate), validity) != nil,
        unsafe X509_set_pubkey(certificate, key) == 1
    else { return false }
    let name = unsafe X509_get_subject_name(certificate)
    // A common name has 64 characters at most; who is meant stands in the subjectAltName anyway.
    let common = Array(hostname.utf8.prefix(64))
    guard unsafe X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common, CInt(common.count), -1, 0) == 1,
        unsafe X509_set_issuer_name(certificate, name) == 1
    else { return false }
    return unsafe addExtension(certificate, NID_subject_alt_name, "DNS:" + hostname)
        && addExtension(certificate, NID_basic_constraints, "critical,CA:FALSE")
        && addExtension(certificate, NID_ext_key_usage, "serverAuth")
}

private func addExtension(_ certificate: OpaquePointer, _ kind: CInt, _ value: String) -> Bool {
    guard let item = unsafe X509V3_EXT_conf_nid(nil, nil, kind, value) else { return false }
    defer { unsafe X509_EXTENSION_free(item) }
    return unsafe X509_add_ext(certificate, item, -1) == 1
}

/// TLS on one socket (SSL). The socket stays its owner's.
@safe struct TLSStream: ~Copyable {
    private let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    /// Does the server's side of the handshake.
    static func accept(_ socket: CInt, _ context: TLSContext) throws(TLSFailure) -> TLSStream {
        ERR_clear_error()
        guard let pointer = unsafe SSL_new(context.pointer) else { throw .last("SSL_new") }
        let stream = unsafe TLSStream(owning: pointer)
        guard unsafe SSL_set_fd(pointer, socket) == 1 else { throw .last("SSL_set_fd") }
        guard unsafe SSL_accept(pointer) == 1 else { throw .last("handshake", otherwise: "the connection ended") }
        return stream
    }

    deinit { unsafe SSL_free(pointer) }

    /// Version and cipher as OpenSSL names them.
    var info: TLSInfo {
        let version = unsafe SSL_get_version(pointer).map { unsafe String(cString: $0) }
        let cipher = unsafe SSL_CIPHER_get_name(SSL_get_current_cipher(pointer)).map { unsafe String(cString: $0) }
        return TLSInfo(version: version ?? "unknown", cipher: cipher ?? "unknown")
    }

    /// How many bytes came; 0 at the end, however the client ended it.
    func read(into buffer: inout MutableSpan<UInt8>) -> Int {
        ERR_clear_error()
        waitForInput()
        let count = unsafe buffer.withUnsafeMutableBufferPointer { bytes in
            unsafe SSL_read(pointer, bytes.baseAddress, CInt(clamping: bytes.count))
        }
        return max(0, Int(count))
    }

    /// Whether bytes have been taken from the socket that nobody has read yet.
    var hasPending: Bool { unsafe SSL_has_pending(pointer) != 0 }

    /// Waits outside of OpenSSL, which would hold a buffer of 16 KB meanwhile: an idle connection shall have none.
    private func waitForInput() {
        guard !hasPending else { return }
        var byte: UInt8 = 0
        _ = unsafe recv(SSL_get_fd(pointer), &byte, 1, CInt(MSG_PEEK))
    }

    /// Sends everything; false when the client is gone.
    func write(_ bytes: Span<UInt8>) -> Bool {
        if bytes.isEmpty { return true }
        ERR_clear_error()
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe SSL_write(pointer, bytes.baseAddress, CInt(clamping: bytes.count)) > 0
        }
    }

    /// Sends close_notify; the client's own is not waited for.
    func close() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(pointer)
    }
}
