import Foundation
import SMTP
import Testing

@testable import smtp_accept

/// smtp-accept(8), the help and the program say the same.
struct ManualTests {
    private let manual: String

    init() throws {
        manual = try String(
            contentsOf: Program.package.appendingPathComponent("man/smtp-accept.8"), encoding: .utf8)
    }

    @Test(arguments: ReplyName.allCases) func replyIsThere(_ name: ReplyName) {
        let row = name.template
        let words = ["\(row.code)", "\(row.enhanced)", "\(row.text)"].filter { !$0.isEmpty }.joined(separator: " ")
        let padding = String(repeating: " ", count: max(1, 23 - name.rawValue.count))
        #expect(manual.contains("\n\(name.rawValue)\(padding)\(words)\n"))
    }

    @Test func optionsAreTheSame() {
        func names(_ text: String, _ pattern: Regex<(Substring, Substring)>) -> Set<String> {
            Set(text.matches(of: pattern).map { String($0.output.1) })
        }
        let help = names(SmtpAccept.helpMessage(columns: 200), /(?m)^  (?:-h, )?--([a-z-]+)/)
        let written = names(
            manual.components(separatedBy: "\n").filter { $0.hasPrefix(".It Fl") }.joined(separator: "\n"),
            /Fl -([a-z-]+)/)
        #expect(help == written)
        #expect(help.subtracting(["help", "version"]) == Set(SmtpAccept.environmentOptions.map(\.name)))
    }

    @Test func metricsAreTheSame() {
        let text = Metrics().text(gauges: [])
        let names = Set(text.matches(of: /# TYPE smtp_accept_(\w+)/).map { String($0.output.1) })
        let part = manual.components(separatedBy: ".Sh METRICS").last?.components(separatedBy: ".Sh ").first ?? ""
        let written = Set(
            part.components(separatedBy: "\n").filter { $0.hasPrefix(".It Li ") }.map { String($0.dropFirst(7)) })
        let gauges: Set = [
            "connections", "spool_messages", "spool_oldest_seconds", "spool_free_bytes",
            "certificate_end_timestamp_seconds",
        ]
        #expect(names.union(gauges) == written)
    }

    @Test func eventsAreTheSame() throws {
        let folder = Program.package.appendingPathComponent("Sources/smtp-accept")
        var events: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let source = try String(contentsOf: file, encoding: .utf8)
            for match in source.matches(of: /log\.(?:error|warning|info|debug)\(\s*"([a-z-]+)"/) {
                events.insert(String(match.output.1))
            }
        }
        let log = try #require(manual.components(separatedBy: ".Sh LOG").last?.components(separatedBy: ".Sh ").first)
        let written = Set(
            log.components(separatedBy: "\n").filter { $0.hasPrefix(".It Li ") }
                .flatMap { $0.dropFirst(7).components(separatedBy: " , ") })
        #expect(events == written)
        #expect(events.count > 10)
    }
}
