import FaultyLibc
import Foundation
import Testing

@testable import Spool

/// Walks every system call of an acceptance, makes each fail in every way that matters, and looks at what is left.
///
/// The rule: either the message is accepted, whole and alone in new/, or the call throws and nothing is left at all.
@Suite struct FaultTests {
    static let message = Array("Subject: one\r\n\r\nbody\r\n".utf8)
    static let calls = ["openat", "flock", "fchmod", "write", "pwrite", "futimens", "fsync", "linkat", "renameat2"]
    static let errors = [ENOSPC, EIO, EDQUOT, EMFILE, ENFILE, EROFS, EACCES, EEXIST, ENOENT, ENOMEM, EXDEV]

    let id = MessageIDGenerator().next()

    private func accept(_ spool: SpoolDirectory) throws {
        var draft = try spool.draft(id)
        try draft.append(Self.message.span)
        try draft.rewrite(Self.message.span, at: 0)
        try draft.setModificationTime(1_000_000_000)
        try spool.publish(draft, id)
    }

    /// A spool whose files shall be readable by a group, so that fchmod is among the calls.
    private func withSpool(_ body: (SpoolDirectory, String) throws -> Void) throws {
        try withTemporaryDirectory { path in
            _ = try SpoolDirectory(creating: path)
            unsafe chmod(path + "/new", 0o750)
            try body(SpoolDirectory(creating: path), path)
        }
    }

    private func count(_ call: String) throws -> Int {
        var count = 0
        try withSpool { spool, _ in
            arm(call, 1, 0)
            try accept(spool)
            count = Int(faulty_disarm())
        }
        return count
    }

    @Test func theWalkSeesTheCommitPoint() throws {
        // The contents, the directory, and, where no journal brings it, the link of an unnamed file.
        let linkSync = try withTemporaryDirectory { try DurableDirectory.open($0).linkSync }
        #expect(try count("fsync") == (linkSync == .never ? 2 : 3))
        #expect(try count("linkat") == 1)
        #expect(try count("write") == 1)
    }

    @Test(arguments: calls, errors) func oneCallFails(_ call: String, _ error: CInt) throws {
        for nth in 1...max(1, try count(call)) {
            try withSpool { spool, path in
                arm(call, nth, error)
                let outcome = Result { try accept(spool) }
                let reached = faulty_disarm() >= nth
                switch outcome {
                case .success:
                    // Reached and yet fine: only where another way was found.
                    #expect(!reached || call == "openat", "\(call) \(nth) failed unnoticed")
                    #expect(try contents(spool.path(of: id)) == Self.message)
                    #expect(tree(path) == ["new", "new/\(id).eml", "tmp"])
                case .failure(let thrown):
                    #expect(thrown as? SystemError == SystemError(call, error))
                    #expect(tree(path) == ["new", "tmp"], "\(call) \(nth) left something")
                    // And it goes on once the fault is gone.
                    try accept(spool)
                    #expect(tree(path) == ["new", "new/\(id).eml", "tmp"])
                }
            }
        }
    }

    private func finish(_ draft: consuming Draft, _ spool: SpoolDirectory) -> Result<Void, SystemError> {
        do throws(SystemError) {
            try draft.append(Self.message.span)
            try spool.publish(draft, id)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    @Test func filesystemWithoutUnnamedFiles() throws {
        for (call, error) in [("openat", EOPNOTSUPP), ("openat", EISDIR)] {
            for second in ["flock", "fchmod", "write", "fsync", "renameat2"] {
                try withSpool { spool, path in
                    arm(call, 1, error)
                    let draft = try spool.draft(id)
                    faulty_disarm()
                    #expect(tree(path) == ["new", "tmp", "tmp/\(id).eml"])
                    arm(second, 1, ENOSPC)
                    let outcome = finish(draft, spool)
                    let reached = faulty_disarm() > 0
                    if case .success = outcome {
                        #expect(!reached)
                        #expect(tree(path) == ["new", "new/\(id).eml", "tmp"])
                    } else {
                        #expect(tree(path) == ["new", "tmp"])
                    }
                }
            }
        }
    }

    /// No renameat2 flags (NFS and others): link and unlink, still without overwriting.
    @Test func filesystemWithoutNoReplace() throws {
        try withTemporaryDirectory { path in
            let directory = try DurableDirectory.open(path)
            for name in ["a", "b"] { try touch(path + "/" + name) }
            arm("renameat2", 1, EINVAL)
            try directory.rename("a", to: directory, as: "c")
            faulty_disarm()
            #expect(tree(path) == ["b", "c"])
            arm("renameat2", 1, ENOSYS)
            #expect(throws: SystemError("linkat", EEXIST)) { try directory.rename("c", to: directory, as: "b") }
            faulty_disarm()
            #expect(tree(path) == ["b", "c"])
        }
    }

    /// The last fsync is the directory's: the name that was given goes again.
    @Test func directorySyncFails() throws {
        try withSpool { spool, path in
            arm("fsync", 2, EIO)
            #expect(throws: SystemError("fsync", EIO)) { try accept(spool) }
            #expect(faulty_disarm() == 2, "an fsync that failed is not retried")
            #expect(tree(path) == ["new", "tmp"])
        }
    }

    @Test(arguments: calls) func interrupted(_ call: String) throws {
        for nth in 1...max(1, try count(call)) {
            try withSpool { spool, path in
                arm(call, nth, EINTR)
                try accept(spool)
                faulty_disarm()
                #expect(tree(path) == ["new", "new/\(id).eml", "tmp"])
                #expect(try contents(spool.path(of: id)) == Self.message)
            }
        }
    }

    @Test func shortWrites() throws {
        for nth in 1...4 {
            try withSpool { spool, _ in
                faulty_arm_short_write(CInt(nth))
                try accept(spool)
                faulty_disarm()
                #expect(try contents(spool.path(of: id)) == Self.message)
            }
        }
    }

    @Test(arguments: ["openat", "open", "mkdirat", "fsync"], [EACCES, ENOSPC, EMFILE, EIO])
    func makingASpoolFails(_ call: String, _ error: CInt) throws {
        for nth in 1...6 {
            try withTemporaryDirectory { path in
                arm(call, nth, error)
                let outcome = Result { _ = try SpoolDirectory(creating: path + "/a/spool") }
                let reached = faulty_disarm() >= nth
                if case .failure(let thrown) = outcome {
                    #expect((thrown as? SystemError)?.number == error)
                } else {
                    #expect(!reached, "\(call) \(nth) failed unnoticed")
                }
                _ = try SpoolDirectory(creating: path + "/a/spool")
                #expect(tree(path) == ["a", "a/spool", "a/spool/new", "a/spool/tmp"])
            }
        }
    }
}
