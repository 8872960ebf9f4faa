import Glibc
import Spool

/// Reads a queue's directories into an index. A million names take a second or two, and no memory but the index's.
enum QueueLoader {
    /// - Parameters:
    ///   - longest: a due time further ahead counts as due.
    ///   - now: in seconds since 1970.
    ///   - milliseconds: the same moment on the monotonic clock.
    static func load(
        _ queue: Queue, longest: TimeSpan, now: Int64, milliseconds: Int64
    ) throws(SystemError) -> (index: RecordIndex, odd: [String]) {
        var index = RecordIndex()
        var odd: [String] = []
        var count = 0
        try forEachName(queue.due) { _ in count += 1 }
        index.reserve(count)
        try forEachName(queue.failed) { name in
            guard let key = key(name, suffix: ".json"), index.find(name.extracting(key)) == nil else { return }
            _ = index.insert(name.extracting(key), RecordIndex.Entry(state: .failed))
        }
        try sweepReasons(queue, index)
        try forEachName(queue.due) { name in
            guard let (due, attempts, range) = QueueName.prefix(name), index.find(name.extracting(range)) == nil else {
                odd.append(String(decoding: copy(name), as: UTF8.self))
                return
            }
            guard isCanonical(name, range) else {
                odd.append(String(copying: name))
                return
            }
            let wake = Deliverer.wake(due: Int64(due), longest: longest, now: now, milliseconds: milliseconds)
            let entry = RecordIndex.Entry(wake: wake, due: due, attempts: attempts, state: .waiting)
            _ = index.insert(name.extracting(range), entry)
        }
        return (index, odd)
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

    private static func forEachName(
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
