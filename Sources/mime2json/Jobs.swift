import Glibc
import Spool
import Tool

/// `--jobs`: converts several messages at a time, and hands out what became of them in the order in which they came.
///
/// With one job everything happens in the thread that asks; with more, each thread fetches a message, converts it and
/// puts the object where its turn is waited for. A thread that finds too much waiting fetches nothing until some of it
/// has gone: so a large message that takes long holds up a bounded number of small ones behind it.
final class Jobs<Source: Intake & ~Copyable>: Sendable {
    /// What the threads fetch from.
    private struct Feed: ~Copyable, Sendable {
        var source: Source
        var count = 0
    }

    /// What is done and waits for its turn.
    private struct Line: ~Copyable, Sendable {
        var outcomes: [Int: Outcome] = [:]
        var bytes = 0
        /// The number of the next one to be handed out.
        var next = 0
        /// How many there are, once that is known.
        var end: Int?
    }

    private let count: Int
    private let shelf: Shelf
    private let options: ConversionOptions
    private let attachments: AttachmentsDirectory?
    private let progress: Progress
    private let feed: Monitor<Feed>
    private let line = Monitor(Line())

    /// Of messages that are done and wait: how many, and the bytes of their objects together.
    static var largestCount: Int { 256 }
    static var largestBytes: Int { 64 << 20 }

    /// Told how far a message is, by its number, in the thread that converts it.
    typealias Progress = @Sendable (Tell.Kind, Int) -> Void

    /// - Parameters:
    ///   - count: how many messages are converted at a time.
    ///   - progress: told of `begun`, and with more than one job of `converted`.
    init(
        _ count: Int, _ source: consuming Source, _ shelf: Shelf, _ options: ConversionOptions,
        _ attachments: AttachmentsDirectory?, progress: @escaping Progress = { _, _ in }
    ) {
        self.count = count
        self.shelf = shelf
        self.options = options
        self.attachments = attachments
        self.progress = progress
        feed = Monitor(Feed(source: source))
    }

    /// Converts all messages.
    /// - Parameter use: called in this thread with the number and what became of each message, in order, and with how
    ///   many bytes this thread has written to files.
    func run(_ use: (Int, Outcome, Int) throws -> Void) throws {
        Converter.keepMemory()
        if count == 1 { return try runAlone(use) }
        for number in 1...count {
            do throws(SystemError) {
                // Address space alone; what is not touched costs nothing.
                try Thread.start(name: "convert \(number)", stackSize: 8 << 20) { self.convert() }
            } catch {
                throw Failure(.osErr, "cannot start \(count) jobs: \(error)")
            }
        }
        while let (number, outcome) = nextOutcome() { try use(number, outcome, 0) }
    }

    private func runAlone(_ use: (Int, Outcome, Int) throws -> Void) throws {
        var converter = Converter(options, attachments)
        while let (number, work) = fetch() {
            progress(.begun, number)
            try use(number, converter.perform(work, shelf), converter.bytesWritten)
        }
    }

    private func fetch() -> (Int, Work)? {
        feed.withLock { feed in
            guard let work = feed.source.next() else { return nil }
            defer { feed.count += 1 }
            return (feed.count, work)
        }
    }

    // MARK: Threads

    private func convert() {
        var converter = Converter(options, attachments)
        while waitForRoom(), let (number, work) = fetch() {
            progress(.begun, number)
            let outcome = converter.taken(converter.perform(work, shelf))
            progress(.converted, number)
            put(outcome, number)
        }
        end()
    }

    /// Whoever's turn is next is under way already, so what waits here cannot hold it up.
    private func waitForRoom() -> Bool {
        line.wait { $0.outcomes.count < Self.largestCount && $0.bytes < Self.largestBytes ? true : nil }
    }

    private func put(_ outcome: Outcome, _ number: Int) {
        line.withLock { line in
            line.outcomes[number] = outcome
            line.bytes += outcome.size
        }
        line.notifyAll()
    }

    private func end() {
        let count = feed.withLock { $0.count }
        line.withLock { $0.end = count }
        line.notifyAll()
    }

    private func nextOutcome() -> (Int, Outcome)? {
        defer { line.notifyAll() }
        return line.wait { line -> (Int, Outcome)?? in
            guard let outcome = line.outcomes.removeValue(forKey: line.next) else {
                return line.end == line.next ? .some(nil) : nil
            }
            line.bytes -= outcome.size
            defer { line.next += 1 }
            return (line.next, outcome)
        }
    }
}

extension Outcome {
    fileprivate var size: Int {
        if case .object(let text) = self { return text.count }
        return 0
    }
}

extension Converter {
    /// The outcome as memory of its own, which does not keep a large buffer for a small object.
    fileprivate mutating func taken(_ outcome: Outcome) -> Outcome {
        guard case .object(let text) = outcome, text.bytes.count * 2 < text.bytes.capacity else { return outcome }
        return .object(text.trimmed())
    }
}
