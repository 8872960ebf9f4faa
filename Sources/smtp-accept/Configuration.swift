import SMTP

/// What SIGHUP replaces.
struct Configuration: Sendable {
    let policy: Policy
    /// nil when TLS is off.
    let tls: TLSContext?
}
