import Glibc
import Spool
import Tool

/// `--files-from`: paths, each ended by a line feed or, with `-0`, by NUL. They are taken as they come, so that a
/// program that prints one now and then is served at once.
struct PathList: Feed, ~Copyable {
    private let file: Descriptor
    private let separator: UInt8
    private var paths = Queue<[UInt8]>()
    private var handedOut = 0
    /// What came after the last separator.
    private var rest: [UInt8] = []
    private var isAtEnd = false

    /// No path is longer (PATH_MAX is 4,096); what is gets cut, and then named in a complaint.
    private static let longest = 64 * 1024

    /// - Parameter path: the list's own path; `-` is standard input.
    init(_ path: String, separator: UInt8) throws(Failure) {
        self.separator = separator
        do throws(SystemError) {
            file = path == "-" ? Descriptor(owning: 0) : try .open(path, O_RDONLY)
        } catch {
            throw Failure(.noInput, "\(displayed(Array(path.utf8))): \(error.reason)")
        }
    }

    mutating func next() -> Request? {
        nextPath().map { Request(.convert, $0) }
    }

    /// The next path that is known.
    mutating func nextPath() -> [UInt8]? {
        guard let path = paths.first else { return nil }
        paths.removeFirst()
        handedOut += 1
        return path
    }

    /// Nothing more is read while there are enough paths: the program that prints them waits then.
    var number: CInt? { isAtEnd || paths.count >= 256 ? nil : file.number }
    var isFinished: Bool { isAtEnd && paths.isEmpty }
    var total: Int? { isAtEnd ? handedOut + paths.count : nil }
    var timeout: CInt? { nil }

    mutating func look() throws(Failure) {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        do throws(SystemError) {
            var span = buffer.mutableSpan
            let count = try file.read(into: &span)
            take(buffer[..<count])
        } catch {
            throw Failure(.noInput, "the list of files: \(error.reason)")
        }
    }

    /// Splits what was read; nothing read is the end, where a last path needs no separator.
    mutating func take(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte == separator || rest.count == Self.longest { endPath() }
            if byte != separator { rest.append(byte) }
        }
        if bytes.isEmpty {
            endPath()
            isAtEnd = true
        }
    }

    private mutating func endPath() {
        if !rest.isEmpty { paths.append(rest) }
        rest.removeAll(keepingCapacity: true)
    }

    func isError(unreadable name: [UInt8], _ number: CInt) -> Bool { true }
}
