import Foundation
import Testing

/// Messages and their documents, as files, and the schema, which every document must keep.
struct GoldenTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let root = folder.deletingLastPathComponent().deletingLastPathComponent()

    private static let messages: [String] = {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("Golden").path)
        return (names ?? []).filter { $0.hasSuffix(".eml") }.sorted()
    }()

    @Test func thereAreMessages() {
        #expect(!Self.messages.isEmpty)
    }

    @Test(arguments: messages)
    func isConvertedAsExpected(_ name: String) throws {
        let message = Self.folder.appendingPathComponent("Golden/\(name)")
        let expected = try Data(contentsOf: message.deletingPathExtension().appendingPathExtension("json"))
        let result = try Program.run(["--header-prefix", "x-shop", "--pretty", message.path])
        #expect(result.status == 0)
        #expect(result.errors == "")
        let document = try JSONSerialization.jsonObject(with: result.output) as? NSDictionary
        #expect(document == (try JSONSerialization.jsonObject(with: expected) as? NSDictionary))
        #expect(members(result.output) == members(expected))
    }

    private static let profiles = ["jmap", "maillaser", "postmark", "cloudmailin"]

    /// In the shapes that other programs know.
    @Test(arguments: profiles)
    func isConvertedToProfiles(_ profile: String) throws {
        var count = 0
        for name in Self.messages {
            let stem = Self.folder.appendingPathComponent("Golden/\(name)").deletingPathExtension()
            guard let expected = try? Data(contentsOf: stem.appendingPathExtension("\(profile).json")) else { continue }
            count += 1
            let message = stem.appendingPathExtension("eml").path
            let result = try Program.run(["--header-prefix", "x-shop", "--pretty", "--profile", profile, message])
            #expect(result.status == 0)
            #expect(result.output == expected, "\(name)")
            #expect(members(result.output).first == "\"id")
        }
        #expect(count > 0)
    }

    /// What the makers of the shapes say of them, as schemas.
    @Test(arguments: profiles)
    func profilesKeepTheirShapes(_ profile: String) throws {
        var paths = Self.messages.map { Self.folder.appendingPathComponent("Golden/\($0)").path }
        let corpora = Self.root.deletingLastPathComponent().appendingPathComponent("shared/corpora/messages/enmime")
        let files = FileManager.default.enumerator(atPath: corpora.path)?.compactMap { $0 as? String } ?? []
        paths += files.map { corpora.appendingPathComponent($0) }.filter { !$0.isDirectory }.map(\.path)
        let result = try Program.run(["--profile", profile, "--header-prefix", "x-"] + paths)
        try validate(result.output, by: "Tests/Mime2jsonTests/Profiles/\(profile).schema.json")
        let meta = try Program.run(["--profile", profile, "--attachments", "none", "--raw"] + paths)
        try validate(meta.output, by: "Tests/Mime2jsonTests/Profiles/\(profile).schema.json")
    }

    /// Readers of JSON have limits: .NET's is 64, Ruby's 100, that of jq 1.6 between 164 and 202 for arrays of objects.
    @Test(arguments: ["email", "jmap"])
    func documentsAreNotNestedDeeply(_ profile: String) throws {
        var message = "Subject: innermost\n\nHello\n"
        for level in 0..<10 {
            message = "Content-Type: message/rfc822\n\n" + message
            for inner in (0..<30).map({ "b\(level)-\($0)" }) {
                message = "Content-Type: multipart/mixed; boundary=\(inner)\n\n--\(inner)\n\(message)\n--\(inner)--\n"
            }
        }
        let result = try Program.run(["--profile", profile], input: Data(message.utf8))
        var (depth, deepest) = (0, 0)
        for byte in result.output {
            depth += byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") ? 1 : 0
            depth -= byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") ? 1 : 0
            deepest = max(deepest, depth)
        }
        #expect(deepest > 40 && deepest < 64, "\(deepest)")
        #expect(profile == "jmap" || String(decoding: result.output, as: UTF8.self).contains(#""code":"depthLimit""#))
    }

    /// The names of the members, nested ones too, in their order.
    private func members(_ json: Data) -> [String] {
        String(decoding: json, as: UTF8.self).split(separator: "\n").compactMap { line in
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("\""), let end = text.range(of: "\": ") else { return nil }
            return String(text[..<end.lowerBound])
        }
    }

    /// The same message with its other kind of line ends is the same document, but for what tells of its bytes.
    @Test(arguments: messages)
    func lineEndsMakeNoDifference(_ name: String) throws {
        let message = try Data(contentsOf: Self.folder.appendingPathComponent("Golden/\(name)"))
        let text = String(decoding: message, as: UTF8.self)
        guard Data(text.utf8) == message else { return }
        let bare = text.replacingOccurrences(of: "\r\n", with: "\n")
        let both = [bare, bare.replacingOccurrences(of: "\n", with: "\r\n")]
        let documents = try both.map { text in
            var document = try #require(try Program.run([], input: Data(text.utf8)).objects().first)
            for member in ["id", "size", "bodyStructure", "attachments", "embedded"] { document[member] = nil }
            return document as NSDictionary
        }
        #expect(documents[0] == documents[1])
    }

    // MARK: The schema

    private func validate(_ documents: Data, by schema: String = "share/email.schema.json") throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", Self.folder.appendingPathComponent("validate.py").path,
            Self.root.appendingPathComponent(schema).path,
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        DispatchQueue.global().async {
            try? input.fileHandleForWriting.write(contentsOf: documents)
            try? input.fileHandleForWriting.close()
        }
        let words = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus == 3 || process.terminationStatus == 127 {
            print("SKIPPED: python3-jsonschema is missing, no document was held against the schema")
            return
        }
        #expect(process.terminationStatus == 0, "\(words)")
        print("schema: \(words)")
    }

    @Test(arguments: [
        [], ["--raw"], ["--digest"], ["--raw", "--digest", "--header-prefix", "x-"], ["--attachments", "meta"],
        ["--attachments", "none"], ["--no-envelope"],
    ])
    func goldenDocumentsKeepTheSchema(_ options: [String]) throws {
        let paths = Self.messages.map { Self.folder.appendingPathComponent("Golden/\($0)").path }
        try validate(try Program.run(options + paths).output)
    }

    /// Every file of the corpora that others made, where they lie beside the project.
    @Test func corporaKeepTheSchema() throws {
        let corpora = Self.root.deletingLastPathComponent().appendingPathComponent("shared/corpora/messages")
        guard let files = FileManager.default.enumerator(atPath: corpora.path), corpora.isDirectory else {
            print("SKIPPED: no ../shared/corpora, only the project's own messages were converted")
            return
        }
        let paths = files.compactMap { $0 as? String }.map { corpora.appendingPathComponent($0) }
            .filter { !$0.isDirectory }.map(\.path)
        let result = try Program.run(["--files-from", "-", "-0"], input: Data(paths.joined(separator: "\0").utf8))
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.lines.count == paths.count)
        try validate(result.output)
    }

    /// What no message is: nothing, noise, every byte.
    @Test func noiseKeepsTheSchema() throws {
        var generator = Noise(state: 1)
        let scratch = try Scratch()
        var inputs: [Data] = [Data(), Data("\n".utf8), Data("\r\n\r\n".utf8), Data(":".utf8), Data(0...255)]
        for count in 0..<60 { inputs.append(Data((0..<count * 37).map { _ in generator.next() })) }
        let paths = try inputs.enumerated().map { try scratch.write("\($0.offset)", $0.element) }
        let result = try Program.run(paths)
        #expect(result.status == 0)
        #expect(result.lines.count == paths.count)
        try validate(result.output)
    }
}

/// The same noise in every run.
private struct Noise {
    var state: UInt64
    /// Bytes of which half have a meaning in mail.
    mutating func next() -> UInt8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let value = UInt8(truncatingIfNeeded: state >> 33)
        let meaningful = Array("\r\n\r\n :;=?\"<>()--,@.\tContent-Type: multipart/mixed; boundary=b\n\n--b\n".utf8)
        return value < 128 ? meaningful[Int(state >> 41) % meaningful.count] : value
    }
}

extension URL {
    fileprivate var isDirectory: Bool {
        var isDirectory: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
