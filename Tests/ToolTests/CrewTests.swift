import Glibc
import Spool
import Testing
import Tool

@Suite struct CrewTests {
    /// The number of this thread, as the kernel counts.
    private static var thread: String {
        let link = unsafe [CChar](unsafeUninitializedCapacity: 64) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = unsafe max(0, readlink("/proc/thread-self", start, 64))
        }
        return String(decoding: link.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// One after the other, by fewer threads than pieces of work.
    @Test func threadsAreUsedAgain() throws {
        let crew = Crew(name: "crew")
        let threads = Monitor([String]())
        for count in 1...100 {
            try crew.start {
                let thread = Self.thread
                threads.withLock { $0.append(thread) }
                threads.notifyAll()
            }
            #expect(threads.wait(nanoseconds: 10_000_000_000) { $0.count == count ? true : nil } == true)
        }
        #expect(Set(threads.withLock { $0 }).count < 100)
    }

    /// Each piece waits until all have begun, so none may wait for a thread that another keeps.
    @Test(arguments: [64, 3]) func allAtOnce(limit: Int) throws {
        let crew = Crew(name: "crew", patience: 1_000_000, limit: limit)
        for _ in 0..<200 {
            let begun = Monitor(0)
            let ended = Monitor(0)
            for _ in 0..<10 {
                try crew.start {
                    begun.withLock { $0 += 1 }
                    begun.notifyAll()
                    if begun.wait(nanoseconds: 10_000_000_000, until: { $0 == 10 ? true : nil }) == nil { return }
                    ended.withLock { $0 += 1 }
                    ended.notifyAll()
                }
            }
            #expect(ended.wait(nanoseconds: 20_000_000_000) { $0 == 10 ? true : nil } == true)
        }
    }
}
