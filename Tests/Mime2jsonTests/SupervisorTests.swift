import Foundation
import Testing

/// Parent and worker, as processes: what is killed, what hangs, what is in the way.
struct SupervisorTests {
    private let message = "Subject: x\r\n\r\nhello\r\n"

    /// A message whose object takes more than a pipe holds, so that its worker is caught in the middle of writing.
    private var largeMessage: String {
        "Subject: large\r\n\r\n" + String(repeating: "0123456789abcdef\r\n", count: 200_000)
    }

    @Test func convertsSpoolInOrder() throws {
        let scratch = try Scratch()
        for number in [3, 1, 2] { try scratch.accept(number, message) }
        try scratch.write("new/README", "no message")
        let result = try Program.run(["--spool", scratch.path])
        #expect(result.status == 0)
        #expect(try result.objects().map { $0["id"] as? String } == [1, 2, 3].map(Scratch.id))
        #expect(result.errors == "mime2json: \(scratch.path)/new/README: no message's name, left alone\n")
    }

    @Test func leavesTheSpoolAlone() throws {
        let scratch = try Scratch()
        try scratch.accept(1, message)
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: scratch.path + "/new")
        #expect(try Program.run(["--spool", scratch.path]).status == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch.path + "/new")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/new").count == 1)
    }

    @Test func readsListsOfFiles() throws {
        let scratch = try Scratch()
        let paths = try ["a b", "c\nd", "ü"].map { try scratch.write($0, message) }
        let missing = scratch.path + "/missing"
        let list = Data((paths + [missing]).joined(separator: "\0").utf8)
        let result = try Program.run(["--files-from", "-", "-0"], input: list)
        #expect(result.status == 66)
        #expect(result.lines.count == 3)
        #expect(result.errors == "mime2json: \(missing): No such file or directory\n")
        let file = try scratch.write("list", paths[0] + "\n\n" + paths[2])
        #expect(try Program.run(["--files-from", file]).lines.count == 2)
        #expect(try Program.run(["--files-from", missing]).status == 66)
    }

    /// A path is converted when it comes, not when the list ends.
    @Test func servesSlowLists() throws {
        let scratch = try Scratch()
        let path = try scratch.write("\(Scratch.id(1)).eml", message)
        let running = try Running(["--files-from", "-"])
        for _ in 0..<3 {
            running.write(Data((path + "\n").utf8))
            #expect(try running.readObject()["id"] as? String == Scratch.id(1))
        }
        running.closeInput()
        #expect(running.wait() == 0)
    }

    @Test func survivesWorkersKilledBetweenMessages() throws {
        let scratch = try Scratch()
        let path = try scratch.write("m", message)
        let running = try Running(["--files-from", "-"])
        for _ in 0..<5 {
            running.write(Data((path + "\n").utf8))
            #expect(try running.readObject()["defects"] == nil)
            kill(try running.worker(), SIGKILL)
        }
        running.closeInput()
        #expect(running.wait() == 0)
    }

    /// The worker is held in open(2) of a FIFO when it is killed; the FIFO cannot be read again.
    @Test func goesOnAfterAFileThatCannotBeReadTwice() throws {
        let scratch = try Scratch()
        let path = try scratch.write("m", message)
        let fifo = scratch.path + "/fifo"
        try #require(unsafe mkfifo(fifo, 0o600) == 0)
        let running = try Running(["--files-from", "-"])
        running.write(Data("\(fifo)\n\(path)\n".utf8))
        running.closeInput()
        kill(try running.worker(), SIGKILL)
        #expect(try running.readObject()["size"] as? Int == message.utf8.count)
        #expect(running.readLine() == nil)
        #expect(running.wait() == 66)
        #expect(running.errors().contains("killed by signal 9"))
    }

    /// Killed with half an object in the pipe: the torn line ends, the stand-in follows, then the next message.
    @Test func mendsTornLines() throws {
        let scratch = try Scratch()
        try scratch.accept(1, largeMessage)
        try scratch.accept(2, message)
        let running = try Running(["--spool", scratch.path])
        let worker = try running.worker()
        // It blocks in write(2) to the pipe that nobody reads yet.
        try eventually("a full pipe") { isBlockedWriting(worker) ? true : nil }
        kill(worker, SIGKILL)
        let torn = try #require(running.readLine())
        #expect(throws: (any Error).self) { try Program.object(torn) }
        try expectStandIn(try running.readObject(), Scratch.id(1), largeMessage)
        #expect(try running.readObject()["id"] as? String == Scratch.id(2))
        #expect(running.readLine() == nil)
        #expect(running.wait() == 0)
    }

    private func isBlockedWriting(_ process: pid_t) -> Bool {
        let call = try? String(contentsOfFile: "/proc/\(process)/syscall", encoding: .utf8)
        return call?.hasPrefix("1 0x1 ") == true
    }

    private func expectStandIn(_ object: [String: Any], _ id: String, _ content: String) throws {
        #expect(object["id"] as? String == id)
        #expect(object["size"] as? Int == content.utf8.count)
        let raw = try #require(object["raw"] as? [String: Any])
        #expect(Data(base64Encoded: try #require(raw["content"] as? String)) == Data(content.utf8))
        let defects = try #require(object["defects"] as? [[String: Any]])
        #expect(defects.map { $0["code"] as? String } == ["notConverted"])
    }

    /// A worker that does not move is given up after a minute. It is stopped before its first message.
    @Test func givesUpWhatHangs() throws {
        let scratch = try Scratch()
        let fifo = scratch.path + "/fifo"
        try #require(unsafe mkfifo(fifo, 0o600) == 0)
        let list = scratch.path + "/list"
        try #require(unsafe mkfifo(list, 0o600) == 0)
        let path = try scratch.write("\(Scratch.id(1)).eml", message)
        let running = try Running(["--files-from", list])
        let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: list))
        try writer.write(contentsOf: Data("\(path)\n\(fifo)\n\(path)\n".utf8))
        try writer.close()
        #expect(try running.readObject()["id"] as? String == Scratch.id(1))
        let start = Date()
        #expect(try running.readObject()["id"] as? String == Scratch.id(1))
        #expect(Date().timeIntervalSince(start) > 55)
        #expect(running.wait() == 66)
        #expect(running.errors().contains("takes more than 60 seconds"))
    }

    @Test func workerDiesWithItsParent() throws {
        let scratch = try Scratch()
        try scratch.accept(1, message)
        let running = try Running(["--spool", scratch.path, "--watch"])
        _ = running.readLine()
        let worker = try running.worker()
        running.send(SIGKILL)
        #expect(running.wait() == -SIGKILL)
        try eventually("the worker's end") { kill(worker, 0) != 0 || isZombie(worker) ? true : nil }
    }

    private func isZombie(_ process: pid_t) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return status?.contains(") Z ") != false
    }

    @Test func workerInheritsNothingElse() throws {
        let scratch = try Scratch()
        let path = try scratch.write("m", message)
        let running = try Running(["--files-from", "-"])
        running.write(Data((path + "\n").utf8))
        _ = running.readLine()
        let worker = try running.worker()
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(worker)/fd")
        #expect(descriptors.sorted() == ["0", "1", "2", "3"])
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(running.identifier)/fd/0")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(worker)/fd/0") != own)
        running.closeInput()
        #expect(running.wait() == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func endsOnSignals(_ number: Int32) throws {
        let scratch = try Scratch()
        try scratch.accept(1, message)
        let running = try Running(["--spool", scratch.path, "--watch"])
        _ = running.readLine()
        running.send(number)
        #expect(running.wait() == 0)
        #expect(running.errors() == "")
    }

    /// The object that is being written is finished first; those after it stay.
    @Test func endsAfterTheCurrentObject() throws {
        let scratch = try Scratch()
        try scratch.accept(1, largeMessage)
        try scratch.accept(2, message)
        let running = try Running(["--spool", scratch.path])
        let worker = try running.worker()
        try eventually("a full pipe") { isBlockedWriting(worker) ? true : nil }
        running.send(SIGTERM)
        // The parent has to have taken the signal before its worker is let go.
        usleep(300_000)
        #expect(try running.readObject()["id"] as? String == Scratch.id(1))
        #expect(running.readLine() == nil)
        #expect(running.wait() == 0)
    }

    @Test func endsWithItsReader() throws {
        let scratch = try Scratch()
        try scratch.accept(1, message)
        let running = try Running(["--spool", scratch.path, "--watch"])
        _ = running.readLine()
        running.closeOutput()
        #expect(running.wait() == -SIGPIPE)
        #expect(running.errors() == "")
    }
}
