import Foundation
import MIME
import Testing

/// What is written about the program, held against the program.
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func page(_ name: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent("man/\(name)"), encoding: .utf8)
    }

    /// The options of a help text or a page: `--name`, or `Fl -name` in mdoc.
    private func options(_ text: String, _ pattern: String) throws -> Set<String> {
        let expression = try NSRegularExpression(pattern: pattern)
        let matches = expression.matches(in: text, range: NSRange(text.startIndex..., in: text))
        return Set(matches.compactMap { Range($0.range(at: 1), in: text).map { String(text[$0]) } })
    }

    @Test func helpAndPageNameTheSameOptions() throws {
        let help = String(decoding: try Program.run(["--help"]).output, as: UTF8.self)
        let fromHelp = try options(help, #"(?m)^ *(?:-\w, )?--([a-z-]+)"#)
        let tags = try page("mime2json.1").split(separator: "\n").filter { $0.hasPrefix(".It Fl") }.joined(
            separator: "\n")
        let fromPage = try options(tags, #" -([a-z-]+)"#)
        #expect(fromHelp == fromPage)
        #expect(fromHelp.count > 10)
    }

    @Test func pageNamesEveryDefect() throws {
        let page = try page("mailjson.5")
        let codes = try options(page, #"(?m)^\.It Sy (\w+)$"#)
        #expect(codes == Set(DefectCode.allCases.map(\.rawValue) + ["notConverted"]))
    }

    @Test func printsTheSchemaOfShare() throws {
        let file = try Data(contentsOf: Self.root.appendingPathComponent("share/email.schema.json"))
        #expect(try Program.run(["--schema"]).output == file)
    }

    @Test func schemaNamesEveryDefect() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Program.run(["--schema"]).output) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: Any])
        let defect = try #require(definitions["defect"] as? [String: Any])
        let properties = try #require(defect["properties"] as? [String: Any])
        let code = try #require(properties["code"] as? [String: Any])
        #expect(Set(try #require(code["enum"] as? [String])) == Set(DefectCode.allCases.map(\.rawValue)))
    }
}
