import Testing

@testable import mime2json

/// Authentication-Results (RFC 8601), from its examples.
struct AuthenticationTests {
    private func verdict(
        _ method: String, _ result: String, _ properties: (name: String, value: String)...
    ) -> AuthenticationVerdict {
        AuthenticationVerdict(method: method, result: result, properties: properties)
    }

    @Test func readsVerdicts() {
        let value =
            "example.com; auth=pass (cram-md5; really) smtp.auth=sender@example.net; SPF=Pass smtp.mailfrom=example.net"
        #expect(
            AuthenticationVerdict.read(value) == [
                verdict("auth", "pass", (name: "smtp.auth", value: "sender@example.net")),
                verdict("spf", "pass", (name: "smtp.mailfrom", value: "example.net")),
            ])
    }

    @Test func readsVersionsReasonsAndQuotes() {
        let value = "example.com 1; dkim/1=fail reason=\"bad; signature\" header.d=\"example.org\"; none"
        #expect(
            AuthenticationVerdict.read(value) == [verdict("dkim", "fail", (name: "header.d", value: "example.org"))])
    }

    @Test(arguments: ["", ";", "example.com", "example.com; none", "x; =; (((", "\"", "x; ;;; = = ="])
    func takesAnything(_ value: String) {
        #expect(AuthenticationVerdict.read(value).isEmpty)
    }
}
