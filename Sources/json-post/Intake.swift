import JSON
import Spool

/// Standard input, line by line, each judged.
struct Intake: ~Copyable {
    /// One line, or the end.
    enum Arrival {
        /// One JSON object, and the id that it names itself by.
        case record(RecordBody, id: String?)
        /// `{"id":…,"discard":true}`
        case discard(id: String?)
        /// A line that is not one JSON object.
        case refused(RecordBody)
        /// A piece of a line that is longer than the limit; see `LineReader.bytes`.
        case fragment(Range<Int>, last: Bool)
        /// An unfinished line at the end of input, of this many bytes.
        case torn(Int)
        case end
    }

    private let input: Descriptor
    private var lines: LineReader
    private let scanner: RecordScanner
    /// Nothing more can be had without reading: the descriptor is to be polled.
    private(set) var isStarved = false
    private(set) var hasEnded = false

    init(_ input: consuming Descriptor, scanner: RecordScanner, limit: Int) {
        self.input = input
        self.scanner = scanner
        lines = LineReader(limit: limit)
    }

    /// To poll while `isStarved`.
    var number: CInt { input.number }

    /// How many bytes of an unfinished line have been read.
    var unfinished: Int { lines.unfinished }

    /// The bytes of a fragment, until the next call of `next`.
    func withBytes<R>(_ range: Range<Int>, _ body: (Span<UInt8>) throws(SystemError) -> R) throws(SystemError) -> R {
        try body(lines.bytes.span.extracting(range))
    }

    /// Reads once. Call it when the descriptor is readable.
    mutating func fill() throws(SystemError) {
        try lines.fill(from: input)
        isStarved = false
    }

    /// The next line; nil when `fill` must read first. Lines of white space alone are passed over.
    mutating func next() -> Arrival? {
        while true {
            switch lines.next() {
            case .line(let range):
                if let arrival = judge(range) { return arrival }
            case .fragment(let range, let last):
                return .fragment(range, last: last)
            case .torn(let range):
                guard let arrival = judge(range) else { continue }
                if case .refused = arrival { return .torn(range.count) }
                return arrival
            case .starved:
                isStarved = true
                return nil
            case .end:
                hasEnded = true
                return .end
            }
        }
    }

    private func judge(_ range: Range<Int>) -> Arrival? {
        let line = lines.bytes.span.extracting(range)
        guard let shape = scanner.scan(line) else {
            return Self.isBlank(line) ? nil : .refused(RecordBody(line))
        }
        let id = shape.id.map { RecordID.name($0, in: line) }
        return shape.isDiscard ? .discard(id: id) : .record(RecordBody(line), id: id)
    }

    private static func isBlank(_ line: Span<UInt8>) -> Bool {
        for index in 0..<line.count where line[index] > 0x20 { return false }
        return true
    }

    /// The id of a line of which only the first piece is at hand.
    func leadingID(_ range: Range<Int>) -> String? {
        let beginning = lines.bytes.span.extracting(range)
        return scanner.leadingID(beginning).map { RecordID.name($0, in: beginning) }
    }
}
