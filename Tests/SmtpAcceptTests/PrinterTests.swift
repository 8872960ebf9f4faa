import FaultyLibc
import Foundation
import Spool
import Testing
import Tool

@testable import smtp_accept

@Suite struct PrinterTests {
    /// More paths wait than it keeps, and when the spool is listed for them it cannot be.
    @Test func noPathIsLeftOutWhenTheSpoolCannotBeListedAtOnce() throws {
        try withTemporarySpool { spool in
            let ids = MessageIDGenerator()
            let pipe = Foundation.Pipe()
            let reader = pipe.fileHandleForReading
            let output = Descriptor(owning: dup(pipe.fileHandleForWriting.fileDescriptor))
            let printer = try Printer(spool, limit: 2, output: output)
            var expected: Set<String> = []
            for _ in 0..<5 {
                let id = ids.next()
                var draft = try spool.draft(id)
                try draft.append([0x0D, 0x0A].span)
                try spool.publish(draft, id)
                printer.print(id)
                expected.insert(spool.path(of: id))
            }
            let thread = Thread {
                unsafe faulty_arm("openat", 1, EMFILE)
                printer.run {}
            }
            thread.start()
            var text = ""
            while Set(text.split(separator: "\n").map(String.init)) != expected {
                try #require(try poll(reader.fileDescriptor, CInt(POLLIN), timeoutMilliseconds: 20_000) > 0, "\(text)")
                text += String(decoding: reader.availableData, as: UTF8.self)
            }
            try reader.close()
        }
    }
}
