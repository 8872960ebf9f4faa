/// What parent and worker say to each other, each by a pipe of its own: requests down, tells up.
///
/// A request is a letter, a place, a file's name and NUL; the worker numbers them from 0 in the order it reads them. A tell
/// is four words of eight bytes in the machine's own order, written by one write(2), so that it is there whole or
/// not at all.
struct Request: Equatable, Sendable {
    /// What the worker is to print.
    enum Task: UInt8, Sendable {
        /// The message's document.
        case convert = 0x63
        /// The stand-in for a message that killed a worker: see `Substitute`.
        case substitute = 0x73
    }

    /// What to print.
    var task: Task
    /// A path, or with --spool a file's name in new/. It holds no NUL.
    let name: [UInt8]
    /// With --mbox: which bytes of the file are the message, its "From " line included.
    let range: Range<Int>?

    /// As it goes through the pipe: the letter, "12-345" in front of a slash for a range, the name, NUL.
    var encoded: [UInt8] {
        let place = range.map { "\($0.lowerBound)-\($0.upperBound)" } ?? ""
        return [task.rawValue] + place.utf8 + [UInt8(ascii: "/")] + name + [0]
    }

    /// Reads what stands before the NUL; nil when it is no request.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let letter = bytes.first, let task = Task(rawValue: letter) else { return nil }
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let place = String(decoding: bytes[(bytes.startIndex + 1)..<slash], as: UTF8.self).split(separator: "-")
        let numbers = place.compactMap { Int($0) }
        guard numbers.count == place.count, numbers.isEmpty || numbers.count == 2 && numbers[0] <= numbers[1] else {
            return nil
        }
        let range = numbers.isEmpty ? nil : numbers[0]..<numbers[1]
        self.init(task, Array(bytes[(slash + 1)...]), range)
    }

    init(_ task: Task, _ name: [UInt8], _ range: Range<Int>? = nil) {
        self.task = task
        self.name = name
        self.range = range
    }
}

/// What a worker tells of one request.
struct Tell: Equatable, Sendable {
    /// How far it is.
    enum Kind: Int, Sendable {
        /// The file is being read and converted. It can die of it.
        case begun
        /// With several jobs: the object is whole and waits for its turn.
        case converted
        /// The object is whole and goes to standard output; `value` is its length, its line feed included.
        case writing
        /// It has been written, every byte.
        case written
        /// The file cannot be opened or read; `value` is the error number. Nothing was written.
        case unreadable
        /// Nothing can be written any more, to standard output or the attachments' directory; `value` is the error
        /// number. The worker has said so on standard error, and ends.
        case outputFailed
    }

    /// How far it is.
    let kind: Kind
    /// Which request.
    let number: Int
    /// What `kind` says.
    let value: Int
    /// Of `writing`: how many bytes the worker's first thread has written to all its descriptors until then, this tell
    /// included. By that the parent knows how many of the object got out, should it die: see
    /// `WorkerProcess.bytesWritten`.
    let total: Int

    /// The length of one tell in the pipe.
    static let size = 32

    init(_ kind: Kind, _ number: Int, value: Int = 0, total: Int = 0) {
        self.kind = kind
        self.number = number
        self.value = value
        self.total = total
    }

    /// As it goes through the pipe.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        for word in [kind.rawValue, number, value, total] {
            for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (byte * 8))) }
        }
        return bytes
    }

    /// Reads one tell; nil when it is none.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        func word(_ index: Int) -> Int {
            (0..<8).reduce(0) { $0 | Int(bytes[bytes.startIndex + index * 8 + $1]) << ($1 * 8) }
        }
        guard let kind = Kind(rawValue: word(0)) else { return nil }
        self.init(kind, word(1), value: word(2), total: word(3))
    }
}
