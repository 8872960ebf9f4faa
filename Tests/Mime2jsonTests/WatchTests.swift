import Foundation
import Glibc
import Testing

/// `--watch`: what arrives, in whatever way, is printed once.
struct WatchTests {
    private let message = "Subject: x\r\n\r\nhello\r\n"

    @Test func printsWhatArrivesOnce() throws {
        let scratch = try Scratch()
        try scratch.accept(5, message)
        let running = try Running(["--spool", scratch.path, "--watch"])
        #expect(try running.readObject()["id"] as? String == Scratch.id(5))
        // By link(2), with a name before one that has been printed; by rename(2); and one that is gone at once.
        try scratch.accept(3, message)
        #expect(try running.readObject()["id"] as? String == Scratch.id(3))
        let draft = try scratch.write("tmp/draft", message)
        try #require(unsafe rename(draft, "\(scratch.path)/new/\(Scratch.id(7)).eml") == 0)
        #expect(try running.readObject()["id"] as? String == Scratch.id(7))
        _ = unsafe unlink(try scratch.accept(8, message))
        try scratch.accept(9, message)
        var next = try running.readObject()["id"] as? String
        if next == Scratch.id(8) { next = try running.readObject()["id"] as? String }
        #expect(next == Scratch.id(9))
        // Longer than the interval of full looks: nothing is printed twice.
        sleep(12)
        try scratch.accept(10, message)
        #expect(try running.readObject()["id"] as? String == Scratch.id(10))
        running.send(SIGTERM)
        #expect(running.readLine() == nil)
        #expect(running.wait() == 0)
        #expect(running.errors() == "")
    }

    /// What cannot be read is told once, and printed when it can be.
    @Test func triesAgainWhatCannotBeRead() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/new", withIntermediateDirectories: true)
        let name = "\(scratch.path)/new/\(Scratch.id(1)).eml"
        try #require(unsafe mkfifo(name, 0o600) == 0)
        let running = try Running(["--spool", scratch.path, "--watch"])
        try scratch.accept(2, message)
        #expect(try running.readObject()["id"] as? String == Scratch.id(2))
        _ = unsafe unlink(name)
        try scratch.accept(1, message)
        #expect(try running.readObject()["id"] as? String == Scratch.id(1))
        running.send(SIGTERM)
        #expect(running.wait() == 66)
        #expect(running.errors() == "mime2json: \(name): Invalid argument\n")
    }

    /// In a directory that is nobody's any more nothing arrives.
    @Test(arguments: [false, true])
    func endsWhenItsDirectoryIsGone(isMadeAgain: Bool) throws {
        let scratch = try Scratch()
        try scratch.accept(1, message)
        let running = try Running(["--spool", scratch.path, "--watch"])
        #expect(try running.readObject()["id"] as? String == Scratch.id(1))
        let new = scratch.path + "/new"
        if isMadeAgain {
            try #require(unsafe rename(new, scratch.path + "/old") == 0)
            try scratch.accept(2, message)
        } else {
            try FileManager.default.removeItem(atPath: new)
        }
        #expect(running.readLine() == nil)
        #expect(running.wait() == 66)
        #expect(running.errors() == "mime2json: \(new): it was removed or replaced\n")
    }
}
