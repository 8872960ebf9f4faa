import Glibc
import Spool
import Testing

@testable import json_post

@Suite struct EventPollTests {
    private typealias Events = EventPoll.Events

    /// The reading end of a pipe in which a byte waits; its number becomes another file's by `replace`.
    private struct Source: ~Copyable {
        private let pipe: Pipe
        var number: CInt { pipe.read.number }

        init() throws {
            let pipe = try Pipe.make()
            _ = try pipe.write.write([0].span)
            self.pipe = pipe
        }

        /// As if it were closed and its number given to the other.
        func replace(by other: borrowing Source) {
            #expect(dup2(other.number, number) == number)
        }

        /// Closes the writing end, which epoll tells also to those who wish for nothing.
        func hangUp() {
            #expect(dup2(number, pipe.write.number) == pipe.write.number)
        }
    }

    private func events(_ poll: inout EventPoll, _ number: CInt) throws -> Events? {
        var found: Events?
        try poll.wait(milliseconds: 0) { if $0 == number { found = $1 } }
        return found
    }

    @Test func aRestingConnectionIsStrayUntilItIsWishedAgain() throws {
        var poll = try EventPoll()
        let source = try Source()
        for _ in 0..<2 {
            poll.wish(.read, for: source.number)
            #expect(try events(&poll, source.number) == .read)
            poll.wish([], for: source.number)
            poll.rest(source.number)
            #expect(try events(&poll, source.number) == [.read, .stray])
        }
    }

    @Test func oneThatIsLetGoIsNotHeardOf() throws {
        var poll = try EventPoll()
        let source = try Source()
        poll.wish(.read, for: source.number)
        #expect(try events(&poll, source.number) == .read)
        poll.wish([], for: source.number)
        source.hangUp()
        #expect(try events(&poll, source.number) == nil)
    }

    /// As the pair of libcurl's resolver is closed, and the number then a connection's, which may rest at once.
    @Test(arguments: [false, true])
    func aNumberThatIsAnothersWithoutAWord(rests: Bool) throws {
        var poll = try EventPoll()
        let source = try Source()
        let other = try Source()
        poll.wish(.read, for: source.number)
        #expect(try events(&poll, source.number) == .read)
        poll.wish([], for: source.number)
        source.replace(by: other)
        if rests { poll.rest(source.number) } else { poll.wish(.read, for: source.number) }
        #expect(try events(&poll, source.number) == (rests ? [.read, .stray] : .read))
    }

    @Test func aConnectionThatIsClosedWhileItRests() throws {
        var poll = try EventPoll()
        let source = try Source()
        let other = try Source()
        poll.wish(.read, for: source.number)
        poll.wish([], for: source.number)
        poll.rest(source.number)
        #expect(try events(&poll, source.number) == [.read, .stray])
        poll.forget(source.number)
        source.replace(by: other)
        poll.wish(.read, for: source.number)
        #expect(try events(&poll, source.number) == .read)
    }
}
