import Glibc
import Spool

/// Reads a queue's directories into an index. A million names take a second or two, and no memory but the index's.
struct QueueLoader {
    private let queue: Queue
    /// A due time further ahead counts as due.
    private let longest: TimeSpan
    /// In seconds since 1970, and the same moment on the monotonic clock.
    private let (now, milliseconds): (Int64, Int64)

    init(_ queue: Queue, longest: TimeSpan, now: Int64, milliseconds: Int64) {
        (self.queue, self.longest, self.now, self.milliseconds) = (queue, longest, now, milliseconds)
    }

    /// What lies in a queue.
    struct Contents {
        var index = RecordIndex()
        /// The names of endpoints, by number.
        var endpoints: [String]
        /// Names in due/ that are not as we write them, or whose record is there twice.
        var odd: [String] = []

        /// The number of an endpoint; a name that is not known yet gets the next.
        fileprivate mutating func number(_ name: String) -> Int {
            let number = endpoints.firstIndex(of: name) ?? endpoints.count
            if number == endpoints.count { endpoints.append(name) }
            index.admit(endpoint: number)
            return number
        }
    }

    /// - Parameter endpoints: the names that are known, by number; first the operand's, which is empty.
    func load(endpoints: [String]) throws(SystemError) -> Contents {
        var contents = Contents(endpoints: endpoints)
        var count = 0
        try Self.forEachName(queue.due) { _ in count += 1 }
        contents.index.reserve(count)
        contents.index.admit(endpoint: endpoints.count - 1)
        try Self.forEachName(queue.failed) { name in
            guard let key = Self.key(name, suffix: ".json"), contents.index.find(name.extracting(key)) == nil else {
                return
            }
            _ = contents.index.insert(name.extracting(key), RecordIndex.Entry(state: .failed))
        }
        try Self.sweepReasons(queue, contents.index)
        var route = (name: "", number: 0)
        try Self.forEachName(queue.due) { name in
            guard let (due, attempts, range) = QueueName.prefix(name), Self.isCanonical(name, range),
                contents.index.find(name.extracting(range)) == nil
            else {
                contents.odd.append(String(decoding: Self.copy(name), as: UTF8.self))
                return
            }
            let key = name.extracting(range)
            let other = QueueKey.route(key)
            if other != route.name { route = (other, contents.number(other)) }
            let wake = Deliverer.wake(due: Int64(due), longest: longest, now: now, milliseconds: milliseconds)
            _ = contents.index.insert(
                key,
                RecordIndex.Entry(
                    wake: wake, due: due, attempts: attempts, endpoint: route.number, state: .waiting))
        }
        return contents
    }

    /// A reason without its record is what a crash left between writing the one and moving the other.
    private static func sweepReasons(_ queue: Queue, _ index: borrowing RecordIndex) throws(SystemError) {
        var lone: [String] = []
        try forEachName(queue.failed) { name in
            guard let key = key(name, suffix: ".reason"), index.find(name.extracting(key)) == nil else { return }
            lone.append(String(copying: name))
        }
        for name in lone { try queue.failed.remove(name) }
    }

    /// Calls `body` with the bytes of each name.
    static func forEachName(
        _ directory: DurableDirectory, _ body: (Span<UInt8>) -> Void
    ) throws(SystemError) {
        try unsafe directory.forEachName { name in
            let raw = unsafe UnsafeRawBufferPointer(start: name, count: strlen(name))
            unsafe raw.withMemoryRebound(to: UInt8.self) { unsafe body($0.span) }
        }
    }

    private static func key(_ name: Span<UInt8>, suffix: String) -> Range<Int>? {
        let end = name.count - suffix.utf8.count
        guard end > 0 else { return nil }
        for (offset, byte) in suffix.utf8.enumerated() where name[end + offset] != byte { return nil }
        return QueueKey.isKey(name.extracting(0..<end)) ? 0..<end : nil
    }

    /// Neither number has a leading zero, and neither was cut.
    private static func isCanonical(_ name: Span<UInt8>, _ key: Range<Int>) -> Bool {
        var digits = 0
        var start = 0
        for index in 0..<key.lowerBound {
            if name[index] == UInt8(ascii: ".") {
                if digits > 1, name[start] == 0x30 { return false }
                if digits > (start == 0 ? 10 : 5) { return false }
                (start, digits) = (index + 1, 0)
            } else {
                digits += 1
            }
        }
        return true
    }

    private static func copy(_ name: Span<UInt8>) -> [UInt8] {
        (0..<name.count).map { name[$0] }
    }
}
