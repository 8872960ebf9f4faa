import Foundation
import Spool
import Testing

@Suite struct GroupCommitTests {
    /// Many threads publish at once and each finds its own file there when its call returns.
    @Test func manyAtOnce() throws {
        try withTemporaryDirectory { path in
            let spool = try SpoolDirectory(creating: path)
            let generator = MessageIDGenerator()
            let failures = Monitor(0)
            DispatchQueue.concurrentPerform(iterations: 200) { index in
                let id = generator.next()
                do {
                    var draft = try spool.draft(id)
                    try draft.append(Array("\(index)".utf8).span)
                    try spool.publish(draft, id)
                    if try contents(spool.path(of: id)) != Array("\(index)".utf8) { failures.withLock { $0 += 1 } }
                } catch {
                    failures.withLock { $0 += 1 }
                }
            }
            #expect(failures.withLock { $0 } == 0)
            #expect(try spool.messages().ids.count == 200)
        }
    }

    @Test func monitorWaitsUntilTheValueIsThere() {
        let monitor = Monitor([Int]())
        DispatchQueue.global().async {
            for value in 1...3 {
                monitor.withLock { $0.append(value) }
                monitor.notifyAll()
            }
        }
        #expect(monitor.wait { $0.count == 3 ? $0 : nil } == [1, 2, 3])
        #expect(monitor.wait(nanoseconds: 1_000_000) { $0.count == 4 ? $0 : nil } == nil)
    }
}
