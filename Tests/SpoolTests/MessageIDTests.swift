import Spool
import Testing

@Suite struct MessageIDTests {
    @Test func readsWhatItPrints() throws {
        let text = "019aa4b2-7c00-7abc-8def-0123456789ab"
        let id = try #require(MessageID(text))
        #expect(id.description == text)
        #expect(id.milliseconds == 0x019a_a4b2_7c00)
    }

    @Test(arguments: [
        "", "019aa4b2-7c00-7abc-8def-0123456789a", "019aa4b2-7c00-7abc-8def-0123456789ab0",
        "019AA4B2-7C00-7ABC-8DEF-0123456789AB", "019aa4b2-7c00-4abc-8def-0123456789ab",
        "019aa4b2-7c00-7abc-cdef-0123456789ab", "019aa4b27-c00-7abc-8def-0123456789ab",
        "019aa4b2-7c00-7abc-8def-0123456789ag", "../../../../../../../../../etc/passwd",
    ])
    func refuses(_ text: String) {
        #expect(MessageID(text) == nil)
    }

    @Test func fileNames() throws {
        let id = try #require(MessageID("019aa4b2-7c00-7abc-8def-0123456789ab"))
        #expect(SpoolDirectory.messageID(fileName: SpoolDirectory.fileName(id)) == id)
        #expect(SpoolDirectory.messageID(fileName: "\(id)") == nil)
        #expect(SpoolDirectory.messageID(fileName: ".\(id).eml") == nil)
    }

    @Test func risesWhateverTheClockDoes() {
        let generator = MessageIDGenerator()
        var last = generator.next(milliseconds: 1_000_000)
        // The clock stands for longer than the counter holds, goes back an hour, and comes back.
        let clock = Array(repeating: UInt64(1_000_000), count: 10_000) + [999_000, 1, 0] + [1_000_004, 2_000_000]
        for now in clock {
            let next = generator.next(milliseconds: now)
            #expect(next > last)
            #expect(next.description > last.description)
            last = next
        }
        #expect(last.milliseconds == 2_000_000)
    }

    @Test func neverTwiceAcrossThreads() async {
        let generator = MessageIDGenerator()
        let ids = await withTaskGroup(of: [MessageID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in generator.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 16_000)
    }
}
