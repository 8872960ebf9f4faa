import Foundation
import Testing

/// Options, inputs, exit codes.
struct CommandLineTests {
    private let message = "Subject: x\r\nX-A: 1\r\n\r\nhello\r\n"

    @Test(arguments: [
        ["--watch"], ["-0"], ["--spool", "s", "file"], ["--files-from", "l", "file"],
        ["--spool", "s", "--files-from", "l"],
        ["--attachments", "some"], ["--mbox", "--spool", "s"], ["--profile", "none"], ["--no-such-option"],
        ["--header-prefix", ""], ["--header-prefix", "header:X:asText"],
        ["--profile", "jmap", "--header-prefix", "header:X:asWords"],
        ["--profile", "jmap", "--header-prefix", "header:X:all:asText"],
        ["--profile", "jmap", "--header-prefix", "header:"],
        ["--attachments-dir", "d", "--attachments", "meta"], ["--jobs", "-1"], ["--jobs", "many"],
        ["--schema", "--profile", "jmap"],
    ])
    func refusesWrongUsage(_ arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test func readsStandardInput() throws {
        for arguments in [[], ["-"]] {
            let result = try Program.run(arguments, input: Data(message.utf8))
            #expect(result.status == 0)
            let object = try #require(try result.objects().first)
            #expect(object["subject"] as? String == "x")
            // sha256sum of the message.
            #expect(
                object["id"] as? String
                    == "sha256-bc0ede37e3e3a009b84afd96e0997a5ca05554d12c9e18f5c5235e945f349e7e")
        }
    }

    /// The digest of a large file is still being made when the object is: the id waits for it.
    @Test(arguments: ["email", "jmap", "maillaser", "postmark", "cloudmailin"], ["1", "2"])
    func idsOfLargeFilesAreDigests(_ profile: String, _ jobs: String) throws {
        let large = "Subject: large\r\n\r\n" + String(repeating: "0123456789abcdef\r\n", count: 20_000)
        let scratch = try Scratch()
        let list = Data([try scratch.write("1", large), try scratch.write("2", large)].joined(separator: "\n").utf8)
        let result = try Program.run(
            ["--profile", profile, "--digest", "--jobs", jobs, "--files-from", "-"], input: list)
        // sha256sum of the message.
        let digest = "59a82f3d4f90b7e51191b237f48b1a9217923f053305d5f6aae0e2775d9dd5e5"
        #expect(result.lines.count == 2)
        for object in try result.objects() {
            #expect(object["id"] as? String == "sha256-" + digest)
            #expect(profile == "postmark" || (object["raw"] as? [String: Any])?["sha256"] as? String == digest)
        }
    }

    @Test func convertsOtherFilesWhenOneIsMissing() throws {
        let scratch = try Scratch()
        let (first, second) = (try scratch.write("1", message), try scratch.write("2", message))
        let result = try Program.run([first, scratch.path + "/none", scratch.path, second])
        #expect(result.status == 66)
        #expect(result.lines.count == 2)
        #expect(
            result.errors == """
                mime2json: \(scratch.path)/none: No such file or directory
                mime2json: \(scratch.path): Is a directory

                """)
    }

    @Test func missingSpoolIsNoInput() throws {
        let result = try Program.run(["--spool", "/nonexistent"])
        #expect(result.status == 66)
        #expect(result.errors == "mime2json: /nonexistent/new: No such file or directory\n")
    }

    @Test func takesOptionsFromTheEnvironment() throws {
        let result = try Program.run(
            [], input: Data(message.utf8),
            environment: ["MIME2JSON_HEADER_PREFIX": "x-,y-", "MIME2JSON_RAW": "1", "MIME2JSON_PRETTY": "no"])
        let object = try #require(try result.objects().first)
        #expect(object["matchedHeaders"] as? [String: [String]] == ["X-A": ["1"]])
        #expect((object["raw"] as? [String: String])?["content"] == Data(message.utf8).base64EncodedString())
    }

    @Test func operandsWinOverTheEnvironment() throws {
        let scratch = try Scratch()
        try scratch.accept(1, message)
        let file = try scratch.write("file", "Subject: file\n\n")
        let environment = ["MIME2JSON_SPOOL": scratch.path, "MIME2JSON_WATCH": "0"]
        #expect(
            try Program.run([file], environment: environment).objects().map { $0["subject"] as? String } == ["file"])
        let result = try Program.run([], environment: environment)
        #expect(try result.objects().map { $0["id"] as? String } == [Scratch.id(1)])
    }

    @Test func namesOfSpoolFilesAreIds() throws {
        let scratch = try Scratch()
        let path = try scratch.accept(7, message)
        #expect(try Program.run([path]).objects().first?["id"] as? String == Scratch.id(7))
        let listed = try Program.run(["--files-from", "-"], input: Data(path.utf8))
        #expect(try listed.objects().first?["id"] as? String == Scratch.id(7))
    }

    /// A file name that is not UTF-8 is opened all the same.
    @Test func opensNamesOfAnyBytes() throws {
        let scratch = try Scratch()
        var name = Array("\(scratch.path)/gr".utf8CString.dropLast()) + [CChar(bitPattern: 0xFC), 0]
        let file = unsafe open(&name, O_CREAT | O_WRONLY, 0o600)
        try #require(file >= 0)
        try FileHandle(fileDescriptor: file, closeOnDealloc: true).write(contentsOf: Data(message.utf8))
        let list = Data(name.dropLast().map { UInt8(bitPattern: $0) })
        #expect(try Program.run(["--files-from", "-"], input: list).status == 0)
    }

    @Test func toldWhenOutputFails() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c",
            "echo 'Subject: x' | \"$0\" >/dev/full 2>/dev/null; echo $?; "
                + "echo x | \"$0\" --files-from \"$1\" >/dev/full 2>/dev/null; echo $?; \"$0\" >&- 2>/dev/null </dev/null; echo $?",
            Program.path, #filePath,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(output == "74\n66\n74\n")
    }

    // MARK: mbox

    private let box = """
        From a@example.org Sat Nov 21 10:00:00 2026
        Subject: one

        >From the start
        >>From deeper
        From here no time, so no separator

        From b@example.org Sat Nov 21 10:00:01 2026
        Subject: two

        From c@example.org Sat Nov 21 10:00:02 2026 follows no empty line? It does.

        """

    @Test(arguments: ["\n", "\r\n"])
    func readsMboxes(_ lineEnd: String) throws {
        let bytes = Data(box.replacingOccurrences(of: "\n", with: lineEnd).utf8)
        let result = try Program.run(["--mbox", "--no-envelope"], input: bytes)
        #expect(result.status == 0)
        let objects = try result.objects()
        #expect(objects.map { $0["subject"] as? String } == ["one", "two", nil])
        #expect(
            objects[0]["text"] as? String
                == "From the start\n>From deeper\nFrom here no time, so no separator\n")
        #expect(Set(objects.map { $0["id"] as? String }).count == 3)
    }

    /// As many messages as were put in, whatever the sizes, and each as it was.
    @Test func splitsLargeMboxes() throws {
        var box = Data()
        var expected: [Int] = []
        for index in 0..<40 {
            let message =
                "Subject: \(index)\n\n" + String(repeating: "x\(index)\n", count: index * index * 20) + "end\n"
            expected.append(message.utf8.count)
            box += Data("From x@example.org Sat Nov 21 10:00:00 2026\n\(message)\n".utf8)
        }
        let scratch = try Scratch()
        let result = try Program.run(["--mbox", try scratch.write("box", box)])
        #expect(try result.objects().map { $0["size"] as? Int } == expected)
        #expect(try Program.run(["--mbox"], input: Data()).lines.isEmpty)
    }

    // MARK: Attachments

    private let attached = """
        Content-Type: multipart/mixed; boundary=b

        --b

        text
        --b
        Content-Type: image/png; name="../a b.png"
        Content-Transfer-Encoding: base64

        AAEC
        --b--
        """

    @Test func writesAttachmentsToFiles() throws {
        let scratch = try Scratch()
        let message = try scratch.write("\(Scratch.id(1)).eml", attached)
        let directory = scratch.path + "/out"
        let expected = "\(directory)/\(Scratch.id(1))/2-.._a_b.png"
        for _ in 0..<2 {
            let object = try #require(
                try Program.run(["--attachments-dir", directory, "--digest", message]).objects().first)
            let attachment = try #require((object["attachments"] as? [[String: Any]])?.first)
            #expect(attachment["path"] as? String == expected)
            #expect(attachment["content"] == nil)
            #expect(attachment["size"] as? Int == 3)
            #expect(
                attachment["sha256"] as? String == "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc")
            #expect(try Data(contentsOf: URL(fileURLWithPath: expected)) == Data([0, 1, 2]))
            let attributes = try FileManager.default.attributesOfItem(atPath: expected)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/" + Scratch.id(1)).count == 1)
        // What somebody changed is set right.
        try Data([9]).write(to: URL(fileURLWithPath: expected))
        #expect(try Program.run(["--attachments-dir", directory, message]).status == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: expected)) == Data([0, 1, 2]))
    }

    @Test func printsNothingWhenAttachmentsCannotBeWritten() throws {
        let scratch = try Scratch()
        let message = try scratch.write("\(Scratch.id(1)).eml", attached)
        try scratch.write("out/\(Scratch.id(1))", "in the way")
        let result = try Program.run(["--attachments-dir", scratch.path + "/out", message])
        #expect(result.status == 74)
        #expect(result.output.isEmpty)
        let spooled = try Program.run(
            ["--attachments-dir", scratch.path + "/out", "--files-from", "-"], input: Data(message.utf8))
        #expect(spooled.status == 74)
        #expect(spooled.output.isEmpty)
    }

    @Test func listsAttachmentsAsAsked() throws {
        func attachment(_ arguments: [String]) throws -> [String: Any]? {
            let result = try Program.run(arguments, input: Data(attached.utf8))
            return (try result.objects().first?["attachments"] as? [[String: Any]])?.first
        }
        #expect(try attachment([])?["content"] as? String == "AAEC")
        #expect(try attachment(["--attachments", "meta"])?["size"] as? Int == 3)
        #expect(try attachment(["--attachments", "meta"])?["content"] == nil)
        #expect(try attachment(["--attachments", "none"]) == nil)
    }
}
