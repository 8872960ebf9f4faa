import Testing

@testable import mime2json

/// What the parent makes of what it hears, without processes.
struct LedgerTests {
    private func name(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A ledger whose worker has been sent these.
    private func ledger(_ names: String...) -> Ledger {
        var ledger = Ledger()
        for text in names { ledger.add(Request(.convert, name(text))) }
        _ = ledger.requestsToSend()
        return ledger
    }

    @Test func settlesInOrder() {
        var ledger = ledger("a", "b")
        #expect(ledger.note(Tell(.begun, 0)) == nil)
        #expect(ledger.note(Tell(.writing, 0, value: 7)) == nil)
        #expect(ledger.note(Tell(.written, 0))?.name == name("a"))
        #expect(ledger.note(Tell(.begun, 1)) == nil)
        #expect(ledger.note(Tell(.unreadable, 1, value: 2))?.name == name("b"))
        #expect(ledger.isEmpty)
    }

    @Test func ignoresTellsOfOtherNumbers() {
        var ledger = ledger("a", "b")
        #expect(ledger.note(Tell(.written, 1)) == nil)
        #expect(ledger.current?.request.name == name("a"))
    }

    @Test func sendsAgainWhatNoWorkerBegan() {
        var ledger = ledger("a", "b")
        #expect(ledger.workerDied(bytesWritten: 0) == Ledger.Loss(culprit: .none, torn: false))
        #expect(ledger.requestsToSend().map(\.name) == [name("a"), name("b")])
    }

    @Test func asksForStandInOfWhatKilled() {
        var ledger = ledger("a", "b")
        _ = ledger.note(Tell(.begun, 0))
        #expect(ledger.workerDied(bytesWritten: 32) == Ledger.Loss(culprit: .message(name: name("a")), torn: false))
        #expect(ledger.requestsToSend() == [Request(.substitute, name("a")), Request(.convert, name("b"))])
        _ = ledger.note(Tell(.begun, 0))
        _ = ledger.note(Tell(.writing, 0, value: 9, total: 64))
        let standIn = Request(.substitute, name("a"))
        #expect(ledger.workerDied(bytesWritten: 65) == Ledger.Loss(culprit: .standIn(standIn), torn: true))
        #expect(ledger.requestsToSend() == [Request(.convert, name("b"))])
    }

    /// Death between "writing" and "written": the kernel's count says how many of the 1,234 bytes got out.
    @Test(arguments: [(64, false), (65, true), (1297, true), (nil, true)] as [(Int?, Bool)])
    func knowsWhatIsTorn(_ bytesWritten: Int?, _ torn: Bool) {
        var ledger = ledger("a")
        _ = ledger.note(Tell(.begun, 0))
        _ = ledger.note(Tell(.writing, 0, value: 1234, total: 64))
        #expect(
            ledger.workerDied(bytesWritten: bytesWritten)
                == Ledger.Loss(culprit: .message(name: name("a")), torn: torn))
    }

    @Test func takesWholeObjectAsWritten() {
        var ledger = ledger("a", "b")
        _ = ledger.note(Tell(.begun, 0))
        _ = ledger.note(Tell(.writing, 0, value: 1234, total: 64))
        #expect(ledger.workerDied(bytesWritten: 1298) == Ledger.Loss(culprit: .none, torn: false))
        #expect(ledger.requestsToSend().map(\.name) == [name("b")])
    }

    @Test func countsTimeOfConversionOnly() {
        var ledger = ledger("a")
        #expect(ledger.pass(5) == nil)
        _ = ledger.note(Tell(.begun, 0))
        #expect(ledger.pass(5) == 5)
        #expect(ledger.pass(6) == 11)
        _ = ledger.note(Tell(.writing, 0, value: 1))
        #expect(ledger.pass(7) == nil)
    }

    // MARK: Several jobs

    /// A worker that had several under way: each is tried alone, and so the one that kills is found; order is kept.
    @Test func findsTheOneThatKills() {
        var ledger = ledger("a", "b", "c", "d")
        for number in 0..<3 { _ = ledger.note(Tell(.begun, number)) }
        _ = ledger.note(Tell(.converted, 1))
        #expect(ledger.workerDied(bytesWritten: 0) == Ledger.Loss(culprit: .oneOf(2), torn: false))
        #expect(ledger.requestsToSend() == [Request(.convert, name("a"))])
        _ = ledger.note(Tell(.begun, 0))
        #expect(ledger.note(Tell(.written, 0))?.name == name("a"))
        // b was done, and c may not be sent while it is under way.
        #expect(ledger.requestsToSend() == [Request(.convert, name("b"))])
        _ = ledger.note(Tell(.begun, 1))
        _ = ledger.note(Tell(.written, 1))
        #expect(ledger.requestsToSend() == [Request(.convert, name("c"))])
        _ = ledger.note(Tell(.begun, 2))
        #expect(ledger.workerDied(bytesWritten: 0) == Ledger.Loss(culprit: .message(name: name("c")), torn: false))
        #expect(ledger.requestsToSend() == [Request(.substitute, name("c"))])
        #expect(ledger.note(Tell(.written, 0))?.task == .substitute)
        #expect(ledger.requestsToSend() == [Request(.convert, name("d"))])
        #expect(ledger.settled == 3)
    }

    @Test func blamesTheOneThatTookTooLong() {
        var ledger = Ledger(timeLimit: 10)
        for text in ["a", "b", "c"] { ledger.add(Request(.convert, name(text))) }
        #expect(ledger.requestsToSend().count == 3)
        _ = ledger.note(Tell(.begun, 1))
        #expect(ledger.pass(6) == 6)
        _ = ledger.note(Tell(.begun, 0))
        _ = ledger.note(Tell(.begun, 2))
        #expect(ledger.pass(6) == 12)
        #expect(ledger.workerDied(bytesWritten: 0) == Ledger.Loss(culprit: .message(name: name("b")), torn: false))
        #expect(ledger.requestsToSend().map(\.task) == [.convert, .substitute, .convert])
    }

    /// The object that got out whole is settled, the one under way behind it is the only one in doubt.
    @Test func settlesWhatWasWrittenBeforeItLooksForWhatKilled() {
        var ledger = ledger("a", "b", "c")
        for number in 0..<2 { _ = ledger.note(Tell(.begun, number)) }
        _ = ledger.note(Tell(.converted, 0))
        _ = ledger.note(Tell(.writing, 0, value: 100, total: 32))
        #expect(ledger.workerDied(bytesWritten: 132) == Ledger.Loss(culprit: .message(name: name("b")), torn: false))
        #expect(ledger.requestsToSend() == [Request(.substitute, name("b")), Request(.convert, name("c"))])
    }

    /// What waits in the pipe stays below a page, so that the parent never blocks in write(2).
    @Test func limitsWhatIsInThePipe() {
        var ledger = Ledger()
        for _ in 0..<100 { ledger.add(Request(.convert, [UInt8](repeating: 0x61, count: 97))) }
        #expect(ledger.requestsToSend().count == 40)
        _ = ledger.note(Tell(.begun, 0))
        #expect(ledger.requestsToSend().count == 1)
        _ = ledger.note(Tell(.written, 0))
        #expect(ledger.requestsToSend().isEmpty)
    }

    /// The parent rests only while the worker has more to do than it can do meanwhile: one that is asked line by line answers at once.
    @Test(arguments: [(1, false), (63, false), (64, true)])
    func knowsWhenTheWorkerHasPlenty(_ count: Int, _ plenty: Bool) {
        var ledger = Ledger()
        for _ in 0..<count { ledger.add(Request(.convert, name("a"))) }
        #expect(!ledger.hasPlentySent)
        _ = ledger.requestsToSend()
        #expect(ledger.hasPlentySent == plenty)
    }

    @Test func sendsOneThatIsLongerThanTheLimit() {
        var ledger = Ledger()
        ledger.add(Request(.convert, [UInt8](repeating: 0x61, count: 10_000)))
        ledger.add(Request(.convert, name("b")))
        #expect(ledger.requestsToSend().count == 1)
    }
}

struct WorkerProtocolTests {
    @Test func readsBackRequests() {
        for request in [
            Request(.convert, Array("new/a b.eml".utf8)), Request(.substitute, [0xFF, 0x0A]),
            Request(.convert, Array("/3-4/box".utf8), 0..<70_000),
        ] {
            #expect(request.encoded.last == 0)
            #expect(Request(request.encoded.dropLast()) == request)
        }
        #expect(Request([]) == nil)
        #expect(Request([0x20, 0x61]) == nil)
        for text in ["cx", "c5-/x", "c5-4/x", "c5/x", "c1-2-3/x"] { #expect(Request(Array(text.utf8)[...]) == nil) }
    }

    @Test func readsBackTells() {
        for tell in [
            Tell(.begun, 0), Tell(.writing, 300, value: 70_000), Tell(.outputFailed, .max, value: -1, total: 5),
        ] {
            #expect(tell.encoded.count == Tell.size)
            #expect(Tell(([1] + tell.encoded).dropFirst()) == tell)
        }
        #expect(Tell([]) == nil)
        #expect(Tell([UInt8](repeating: 0xFF, count: 32)[...]) == nil)
    }
}

struct QueueTests {
    @Test func keepsOrder() {
        var queue = Queue<Int>()
        var model: [Int] = []
        for step in 0..<1000 {
            if step % 3 == 2 {
                #expect(queue.first == model.first)
                queue.removeFirst()
                model.removeFirst()
            } else {
                queue.append(step)
                model.append(step)
            }
            if step % 100 == 99 {
                queue.prepend([-1, -2])
                model = [-1, -2] + model
            }
            #expect(queue.count == model.count)
        }
        #expect(Array(queue) == model)
    }
}

struct AttachmentNameTests {
    @Test(arguments: [
        ("Beleg №.pdf", "2-Beleg__.pdf"), ("../../etc/passwd", "2-.._.._etc_passwd"), ("", "2-part"),
        ("a\u{0}b\n", "2-a_b_"), ("grün 漢字.txt", "2-grün_漢字.txt"), ("a\u{202E}fdp.exe", "2-a_fdp.exe"),
        ("C:\\x", "2-C__x"),
    ])
    func isSafe(_ name: String, _ expected: String) {
        #expect(fileName(partID: "2", name: name) == expected)
    }

    @Test func isNeverTooLong() {
        let long = String(repeating: "ü", count: 500) + ".pdf"
        let name = fileName(partID: "1.2.3", name: long)
        #expect(name.utf8.count <= 200)
        #expect(name.hasSuffix("ü.pdf"))
        #expect(fileName(partID: "1", name: nil) == "1-part")
        #expect(fileName(partID: "1", name: "." + String(repeating: "x", count: 400)).utf8.count <= 200)
    }
}
