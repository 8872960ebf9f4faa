import Foundation
import Testing

/// The tests of behaviour.py, each as one of ours.
@Suite(.serialized) struct BehaviourTests {
    static let folder = Program.package.appendingPathComponent("Tests/SmtpAcceptTests")

    static let names: [String] = {
        let text = (try? String(contentsOf: folder.appendingPathComponent("behaviour.py"), encoding: .utf8)) ?? ""
        return text.matches(of: /def test_(\w+)/.anchorsMatchLineEndings()).map { String($0.output.1) }
    }()

    @Test func thereAreTests() {
        #expect(Self.names.count >= 30)
    }

    @Test(arguments: names) func behaviour(_ name: String) throws {
        let script = Self.folder.appendingPathComponent("behaviour.py").path
        let result = try Program.run("python3", ["-B", script, name], environment: ["SMTP_ACCEPT": Program.path])
        #expect(result.status == 0, "\(result.output)")
        if result.output.contains("SKIPPED") { print(result.output) }
    }
}
