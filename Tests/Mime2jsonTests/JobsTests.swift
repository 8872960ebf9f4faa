import Foundation
import Testing

/// `--jobs`: the same objects in the same order, by every kind of input, whatever happens on the way.
struct JobsTests {
    private let message = "Subject: x\r\n\r\nhello\r\n"

    /// A message that says its number, large ones among small ones so that they end in another order.
    private func numbered(_ number: Int) -> String {
        let body = number % 7 == 0 ? String(repeating: "line \(number)\r\n", count: 20_000) : "line\r\n"
        return "Subject: \(number)\r\n\r\n" + body
    }

    private func subjects(_ result: Program.Result) throws -> [String?] {
        try result.objects().map { $0["subject"] as? String }
    }

    private let expected = (0..<60).map(String.init)

    @Test(arguments: ["2", "5", "0"])
    func keepsOrder(_ jobs: String) throws {
        let scratch = try Scratch()
        let paths = try expected.indices.map { try scratch.accept($0, numbered($0)) }
        let list = Data(paths.joined(separator: "\n").utf8)
        #expect(try subjects(Program.run(["--jobs", jobs] + paths)) == expected)
        #expect(try subjects(Program.run(["--jobs", jobs, "--spool", scratch.path])) == expected)
        #expect(
            try subjects(Program.run(["--files-from", "-"], input: list, environment: ["MIME2JSON_JOBS": jobs]))
                == expected)
        let box = try scratch.write("box", mbox(0..<60))
        #expect(try subjects(Program.run(["--mbox", "--jobs", jobs, box])) == expected)
    }

    private func mbox(_ numbers: Range<Int>) -> String {
        numbers.map { "From a@example.org Sat Nov 21 10:00:00 2026\n\(numbered($0))\n" }.joined()
    }

    /// Every byte is the same as with one job, whatever the errors between.
    @Test func isTheSameAsWithOneJob() throws {
        let scratch = try Scratch()
        var paths = try (0..<20).map { try scratch.write("\($0)", numbered($0)) }
        paths.insert(scratch.path + "/missing", at: 3)
        paths.insert(scratch.path, at: 11)
        let list = Data(paths.joined(separator: "\n").utf8)
        for arguments in [paths, ["--files-from", "-"]] {
            let one = try Program.run(arguments, input: list)
            let three = try Program.run(["--jobs", "3"] + arguments, input: list)
            #expect(one.status == 66)
            #expect(three.status == 66)
            #expect(three.output == one.output)
            #expect(three.errors == one.errors)
        }
    }

    /// Messages of one id write the same files; nobody finds them half done.
    @Test func writesAttachmentsOfOneIdOneAfterTheOther() throws {
        let scratch = try Scratch()
        let attached = "Content-Type: application/x-a; name=a\r\n\r\n" + String(repeating: "x", count: 100_000)
        let path = try scratch.write("m", attached)
        let result = try Program.run(
            ["--jobs", "4", "--attachments-dir", scratch.path + "/out"] + [String](repeating: path, count: 40))
        #expect(result.status == 0)
        #expect(result.errors == "")
        #expect(result.lines.count == 40)
        #expect(Set(result.lines).count == 1)
    }

    @Test func saysWhenAttachmentsCannotBeWritten() throws {
        let scratch = try Scratch()
        let attached = "Content-Type: application/x-a; name=a\r\n\r\nx"
        let paths = try (1...9).map { try scratch.write("\(Scratch.id($0)).eml", $0 == 5 ? attached : message) }
        try scratch.write("out/\(Scratch.id(5))", "in the way")
        for arguments in [paths, ["--files-from", "-"]] {
            let result = try Program.run(
                ["--jobs", "3", "--attachments-dir", scratch.path + "/out"] + arguments,
                input: Data(paths.joined(separator: "\n").utf8))
            #expect(result.status == 74)
            #expect(try result.objects().map { $0["id"] as? String } == (1...4).map(Scratch.id))
        }
    }

    /// Three messages are held in open(2) of FIFOs when the worker is killed. Each is tried alone; what cannot be read
    /// again is told, and the messages around are all there, in order.
    @Test func goesOnAfterADeadWorker() throws {
        let scratch = try Scratch()
        let paths = try (0..<4).map { try scratch.write("\($0)", numbered($0)) }
        let fifos = ["f", "g"].map { scratch.path + "/" + $0 }
        for fifo in fifos { try #require(unsafe mkfifo(fifo, 0o600) == 0) }
        let running = try Running(["--files-from", "-", "--jobs", "2"])
        running.write(Data((paths[..<2] + fifos + paths[2...]).joined(separator: "\n").utf8))
        running.closeInput()
        for number in 0..<2 { #expect(try running.readObject()["subject"] as? String == "\(number)") }
        let worker = try running.worker()
        try eventually("two threads in open") { opening(worker) == 2 ? true : nil }
        kill(worker, SIGKILL)
        // Alone now, the first FIFO holds up the next worker.
        let second = try eventually("another worker") { try running.worker() == worker ? nil : running.worker() }
        try eventually("one thread in open") { opening(second) == 1 ? true : nil }
        kill(second, SIGKILL)
        let third = try eventually("a third worker") { try running.worker() == second ? nil : running.worker() }
        try eventually("one thread in open") { opening(third) == 1 ? true : nil }
        kill(third, SIGKILL)
        for number in 2..<4 { #expect(try running.readObject()["subject"] as? String == "\(number)") }
        #expect(running.readLine() == nil)
        #expect(running.wait() == 66)
        let errors = running.errors()
        #expect(errors.contains("the 2 messages under way are tried one by one"))
        for fifo in fifos {
            #expect(errors.contains("\(fifo): the worker ended (killed by signal 9); the message goes out unconverted"))
            #expect(errors.contains("\(fifo): Invalid argument"))
        }
    }

    /// How many threads of a process are in openat(2) or open(2).
    private func opening(_ process: pid_t) -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return tasks.count { task in
            let call = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/syscall", encoding: .utf8)
            return call?.hasPrefix("257 ") == true || call?.hasPrefix("2 ") == true
        }
    }

    /// The worker is killed in the middle of a line, while others wait: the line ends, and each message comes once.
    @Test func mendsTornLines() throws {
        let scratch = try Scratch()
        let large = "Subject: 1\r\n\r\n" + String(repeating: "0123456789abcdef\r\n", count: 200_000)
        try scratch.accept(1, large)
        for number in 2...5 { try scratch.accept(number, numbered(number)) }
        let running = try Running(["--spool", scratch.path, "--jobs", "3"])
        let worker = try running.worker()
        try eventually("a full pipe") {
            let call = try? String(contentsOfFile: "/proc/\(worker)/syscall", encoding: .utf8)
            return call?.hasPrefix("1 0x1 ") == true ? true : nil
        }
        kill(worker, SIGKILL)
        let torn = try #require(running.readLine())
        #expect(throws: (any Error).self) { try Program.object(torn) }
        for number in 1...5 { #expect(try running.readObject()["id"] as? String == Scratch.id(number)) }
        #expect(running.readLine() == nil)
        #expect(running.wait() == 0)
    }

    // MARK: Boxes in a list

    @Test(arguments: ["1", "3"])
    func readsListsOfBoxes(_ jobs: String) throws {
        let scratch = try Scratch()
        let missing = scratch.path + "/missing"
        let boxes = [try scratch.write("a", mbox(0..<9)), missing, try scratch.write("b", mbox(9..<20))]
        let list = Data(boxes.joined(separator: "\n").utf8)
        let result = try Program.run(["--mbox", "--files-from", "-", "--jobs", jobs], input: list)
        #expect(result.status == 66)
        #expect(result.errors == "mime2json: \(missing): No such file or directory\n")
        #expect(try subjects(result) == (0..<20).map(String.init))
        // As if each had been named.
        #expect(result.output == (try Program.run(["--mbox"] + boxes).output))
    }

    /// A worker that dies of a message in a box costs that message alone its conversion.
    @Test func losesOneMessageOfABox() throws {
        let scratch = try Scratch()
        let large = "Subject: large\n\n" + String(repeating: "0123456789abcdef\n", count: 200_000)
        let separator = "From a@example.org Sat Nov 21 10:00:00 2026\n"
        let box = try scratch.write("box", mbox(1..<3) + separator + large + "\n" + mbox(3..<5))
        let running = try Running(["--mbox", "--files-from", "-"])
        running.write(Data(box.utf8))
        running.closeInput()
        for number in 1..<3 { #expect(try running.readObject()["subject"] as? String == "\(number)") }
        let worker = try running.worker()
        try eventually("a full pipe") {
            let call = try? String(contentsOfFile: "/proc/\(worker)/syscall", encoding: .utf8)
            return call?.hasPrefix("1 0x1 ") == true ? true : nil
        }
        kill(worker, SIGKILL)
        _ = running.readLine()
        let standIn = try running.readObject()
        #expect((standIn["defects"] as? [[String: Any]])?.first?["code"] as? String == "notConverted")
        let raw = try #require((standIn["raw"] as? [String: Any])?["content"] as? String)
        #expect(Data(base64Encoded: raw) == Data(large.utf8))
        for number in 3..<5 { #expect(try running.readObject()["subject"] as? String == "\(number)") }
        #expect(running.readLine() == nil)
        #expect(running.wait() == 0)
    }
}
