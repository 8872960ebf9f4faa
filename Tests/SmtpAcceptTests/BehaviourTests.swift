import Foundation
import Testing

/// The tests of behaviour.py, postfix.py and exim.py, each as one of ours.
@Suite(.serialized) struct BehaviourTests {
    static let folder = Program.package.appendingPathComponent("Tests/SmtpAcceptTests")

    static func names(_ script: String) -> [String] {
        let text = (try? String(contentsOf: folder.appendingPathComponent(script), encoding: .utf8)) ?? ""
        return text.matches(of: /def test_(\w+)/).map { String($0.output.1) }
    }

    @Test func thereAreTests() {
        #expect(Self.names("behaviour.py").count >= 40)
        #expect(Self.names("postfix.py").count >= 6 && Self.names("exim.py").count >= 6)
    }

    @Test(arguments: names("behaviour.py")) func behaviour(_ name: String) throws {
        try run("behaviour.py", name)
    }

    @Test(arguments: names("postfix.py")) func postfixAsSender(_ name: String) throws {
        try run("postfix.py", name)
    }

    @Test(arguments: names("exim.py")) func eximAsSender(_ name: String) throws {
        try run("exim.py", name)
    }

    private func run(_ script: String, _ name: String) throws {
        let path = Self.folder.appendingPathComponent(script).path
        let result = try Program.run("python3", ["-B", path, name], environment: ["SMTP_ACCEPT": Program.path])
        #expect(result.status == 0, "\(result.output)")
        if result.output.contains("SKIPPED") { print(result.output) }
    }
}
