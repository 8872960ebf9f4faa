import Foundation
import Testing

@testable import MIME

/// The replies in Replies/*.txt. A case gives its text in pieces, in their order, each under the name of the part of the reply
/// that it is to be; blank lines at the ends of pieces belong to none. The first line of a file says what is in it.
@Suite struct ReplyFileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var method = ""
        var pieces: [(kind: String, text: String)] = []
        var testDescription: String { name }

        var input: String { pieces.map(\.text).joined() }

        func part(_ kind: String) -> String {
            let text = pieces.first { $0.kind == kind }?.text ?? ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            func isBlank(_ line: String) -> Bool { line.allSatisfy { $0 == " " } }
            let rest = Array(lines.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
            // White space at the end of the last line belongs to none either.
            var joined = rest.joined(separator: "\n")
            while joined.last == " " { joined.removeLast() }
            return joined
        }
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Replies")

    static let cases: [Case] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().flatMap { name -> [Case] in
            let text = (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
            return read(text, name)
        }
    }()

    private static func read(_ text: String, _ file: String) -> [Case] {
        var cases: [Case] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("@case ") {
                cases.append(Case(name: "\(file): \(line.dropFirst(6))"))
            } else if cases.isEmpty {
                continue
            } else if line.hasPrefix("@method ") {
                cases[cases.count - 1].method = String(line.dropFirst(8))
            } else if line.hasPrefix("@") {
                cases[cases.count - 1].pieces.append((String(line.dropFirst()), ""))
            } else {
                let last = cases[cases.count - 1].pieces.count - 1
                cases[cases.count - 1].pieces[last].text += line + "\n"
            }
        }
        return cases
    }

    @Test func thereAreCases() {
        #expect(Self.cases.count > 120)
    }

    @Test(arguments: cases)
    func splits(_ test: Case) {
        let bytes = Array(test.input.utf8)
        let split = ReplySplit(text: bytes)
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        #expect(part(split.text) == test.part("text"), "text")
        #expect(part(split.quoted) == test.part("quoted"), "quoted")
        #expect(part(split.signature) == test.part("signature"), "signature")
        #expect(split.method.rawValue == test.method)
    }
}
