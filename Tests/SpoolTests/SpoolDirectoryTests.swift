import Foundation
import Spool
import Testing

@Suite struct SpoolDirectoryTests {
    let generator = MessageIDGenerator()

    @Test func acceptsListsReadsAndRemoves() throws {
        try withTemporaryDirectory { path in
            let spool = try SpoolDirectory(creating: path + "/a/b/spool")
            var ids: [MessageID] = []
            for index in 0..<3 {
                let id = generator.next()
                var draft = try spool.draft(id)
                try draft.append(Array("message ".utf8).span)
                try draft.append(Array("\(index)".utf8).span)
                #expect(draft.size == 9)
                try spool.publish(draft, id)
                ids.append(id)
            }
            try touch(path + "/a/b/spool/new/README")
            let reader = try SpoolDirectory(opening: path + "/a/b/spool")
            #expect(try reader.messages().ids == ids)
            #expect(try reader.messages().others == ["README"])
            #expect(try reader.open(ids[1]).readAll() == Array("message 1".utf8))
            #expect(try contents(reader.path(of: ids[2])) == Array("message 2".utf8))
            #expect(try reader.remove(ids[0]))
            #expect(try !reader.remove(ids[0]))
            #expect(try reader.messages().ids == Array(ids[1...]))
            #expect(tree(path + "/a/b/spool/tmp").isEmpty)
        }
    }

    @Test func modes() throws {
        try withTemporaryDirectory { path in
            func mode(_ name: String) throws -> Int {
                let status = try DurableDirectory.open(path).status(name)
                return Int(status.st_mode & 0o7777)
            }
            let id = generator.next()
            let spool = try SpoolDirectory(creating: path + "/s")
            try spool.publish(spool.draft(id), id)
            #expect(try mode("s") == 0o700)
            #expect(try mode("s/tmp") == 0o700)
            #expect(try mode("s/new") == 0o700)
            #expect(try mode("s/new/\(id).eml") == 0o600)
            // Modes that exist stand; files get group read when new/ has it, whatever the umask is.
            unsafe chmod(path + "/s/new", 0o750)
            let before = umask(0o077)
            defer { umask(before) }
            let second = generator.next()
            let shared = try SpoolDirectory(creating: path + "/s")
            try shared.publish(shared.draft(second), second)
            #expect(try mode("s/new") == 0o750)
            #expect(try mode("s/new/\(second).eml") == 0o640)
        }
    }

    @Test func draftThatIsDroppedLeavesNothing() throws {
        try withTemporaryDirectory { path in
            let spool = try SpoolDirectory(creating: path)
            do {
                var draft = try spool.draft(generator.next())
                try draft.append([1, 2, 3].span)
            }
            #expect(tree(path) == ["new", "tmp"])
        }
    }

    @Test func neverOverwrites() throws {
        try withTemporaryDirectory { path in
            let spool = try SpoolDirectory(creating: path)
            let id = generator.next()
            var first = try spool.draft(id)
            try first.append([1].span)
            try spool.publish(first, id)
            #expect(throws: SystemError("linkat", EEXIST)) { try spool.publish(spool.draft(id), id) }
            #expect(try contents(spool.path(of: id)) == [1])
        }
    }

    @Test func rewritesWhatWasReserved() throws {
        try withTemporaryDirectory { path in
            let spool = try SpoolDirectory(creating: path)
            let id = generator.next()
            var draft = try spool.draft(id)
            try draft.append(Array("....body".utf8).span)
            try draft.rewrite(Array("head".utf8).span, at: 0)
            try draft.append(Array("!".utf8).span)
            try draft.setModificationTime(1_000_000_000)
            try spool.publish(draft, id)
            #expect(try contents(spool.path(of: id)) == Array("headbody!".utf8))
            #expect(try spool.new.modificationTime(SpoolDirectory.fileName(id)) == 1_000_000_000)
        }
    }

    @Test func sweepTakesWhatACrashLeftAndNothingElse() throws {
        try withTemporaryDirectory { path in
            _ = try SpoolDirectory(creating: path)
            try FileManager.default.createDirectory(atPath: path + "/tmp/folder", withIntermediateDirectories: false)
            for name in ["left.eml", "locked.eml"] {
                try touch(path + "/tmp/" + name)
            }
            unsafe symlink("/etc/passwd", path + "/tmp/link")
            let held = unsafe open(path + "/tmp/locked.eml", O_RDWR)
            defer { close(held) }
            #expect(flock(held, LOCK_EX | LOCK_NB) == 0)
            _ = try SpoolDirectory(creating: path)
            #expect(tree(path + "/tmp") == ["folder", "link", "locked.eml"])
        }
    }

    @Test func missingSpool() throws {
        try withTemporaryDirectory { path in
            #expect(throws: SystemError("open", ENOENT)) { try SpoolDirectory(opening: path + "/none") }
            try touch(path + "/file")
            #expect(throws: SystemError("open", ENOTDIR)) { try SpoolDirectory(creating: path + "/file") }
        }
    }

    @Test func renameNeverOverwritesAndRemoveTellsWhetherItWasThere() throws {
        try withTemporaryDirectory { path in
            let directory = try DurableDirectory.open(path)
            for name in ["a", "b"] { try touch(path + "/" + name) }
            #expect(throws: SystemError("renameat2", EEXIST)) { try directory.rename("a", to: directory, as: "b") }
            try directory.rename("a", to: directory, as: "c")
            #expect(tree(path) == ["b", "c"])
            #expect(try directory.remove("b"))
            #expect(try !directory.remove("b"))
        }
    }

    private func canLock(_ directory: DurableDirectory) throws -> Bool {
        switch try DirectoryLock(directory, ".lock") {
        case .some: true
        case .none: false
        }
    }

    @Test func lockIsExclusiveForAsLongAsItLives() throws {
        try withTemporaryDirectory { path in
            let directory = try DurableDirectory.open(path)
            do {
                let lock = try DirectoryLock(directory, ".lock")
                #expect(try !canLock(directory))
                _ = consume lock
            }
            #expect(try canLock(directory))
        }
    }

    @Test func watchSeesLinksCreationsAndMoves() throws {
        try withTemporaryDirectory { path in
            let spool = try SpoolDirectory(creating: path)
            let watch = try DirectoryWatch(spool.new)
            #expect(try watch.drain() == DirectoryWatch.Changes())
            let id = generator.next()
            try spool.publish(spool.draft(id), id)
            try touch(path + "/new/made")
            try touch(path + "/tmp/elsewhere")
            unsafe rename(path + "/tmp/elsewhere", path + "/new/moved")
            let changes = try watch.drain()
            #expect(changes.names == ["\(id).eml", "made", "moved"])
            #expect(!changes.overflow)
            unsafe rename(path + "/new", path + "/gone")
            #expect(try watch.drain().overflow)
        }
    }
}
