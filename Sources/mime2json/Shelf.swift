import Glibc
import Spool
import Tool

/// Where the files lie that requests name: a spool's new/, or anywhere.
enum Shelf: Sendable {
    /// Names are `<id>.eml`, opened in the directory that was opened at the start.
    case spool(SpoolDirectory)
    /// Names are paths.
    case paths

    /// The shelf of a command line.
    init(spool: String?) throws(Failure) {
        guard let spool else {
            self = .paths
            return
        }
        do throws(SystemError) {
            self = .spool(try SpoolDirectory(opening: spool))
        } catch {
            throw Failure(.noInput, "\(displayed(Array(spool.utf8)))/new: \(error.reason)")
        }
    }

    /// Reads the message that a request names: a whole file, or what of an mbox is one message.
    ///
    /// A FIFO or a device in a spool, or one that a worker died of, would hold up all that come after, so there the file
    /// must be a regular one.
    func load(_ request: Request) throws(SystemError) -> MessageFile {
        guard let range = request.range else { return try loadWhole(request) }
        let file = try openRegular(request.name)
        let bytes = try file.read(range)
        return MessageFile(name: nil, bytes: MboxReader.unquoted(bytes.span))
    }

    private func loadWhole(_ request: Request) throws(SystemError) -> MessageFile {
        if case .paths = self, request.task == .convert {
            return try MessageFile(name: request.name, bytes: open(request.name).readMessage())
        }
        return try MessageFile(name: request.name, bytes: openRegular(request.name).readMessage())
    }

    /// Opens a file, which must be a regular one, without waiting.
    func openRegular(_ name: [UInt8]) throws(SystemError) -> Descriptor {
        let file = try open(name, O_NONBLOCK)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw SystemError("open", EINVAL) }
        return file
    }

    /// Opens a file to read it bit by bit.
    func open(_ name: [UInt8], _ flags: CInt = 0) throws(SystemError) -> Descriptor {
        switch self {
        case .spool(let spool):
            return try spool.new.openFile(String(decoding: name, as: UTF8.self), O_RDONLY | flags)
        case .paths:
            var path: [CChar] = []
            path.reserveCapacity(name.count + 1)
            for byte in name { path.append(CChar(bitPattern: byte)) }
            path.append(0)
            let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | flags
            return try Descriptor(owning: systemCall("open") { unsafe Glibc.open(path, flags) })
        }
    }

    /// As a person would name the file.
    func path(_ name: [UInt8]) -> String {
        switch self {
        case .spool(let spool): displayed(Array(spool.new.path.utf8) + [UInt8(ascii: "/")] + name)
        case .paths: displayed(name)
        }
    }
}

/// A file that was read: one message, or a box of them.
struct MessageFile {
    /// What its document is called.
    let id: DocumentID
    /// All of it.
    let bytes: [UInt8]

    /// - Parameter name: the file's path; nil for standard input.
    init(name: [UInt8]?, bytes: [UInt8]) {
        self.bytes = bytes
        let spoolID = name.flatMap { name in
            let start = name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
            return SpoolDirectory.messageID(fileName: name.span.extracting(start...))
        }
        id = spoolID.map { .known($0.description) } ?? DocumentID(digestOf: bytes)
    }

    /// Standard input, read to its end.
    static func standardInput() throws(SystemError) -> MessageFile {
        MessageFile(name: nil, bytes: try Descriptor.standardInput().readMessage())
    }

    /// The file's digest.
    var sha256: String {
        if case .pending(let digest) = id { return digest.hex }
        return Digest.sha256Hex(bytes.span)
    }
}

extension Descriptor {
    /// A descriptor of its own for standard input, which stays open: `-` may be named twice.
    static func standardInput() throws(SystemError) -> Descriptor {
        try Descriptor(owning: systemCall("fcntl") { fcntl(0, F_DUPFD_CLOEXEC, 3) })
    }

    /// Reads to the end, into memory that is neither cleared before nor, for a regular file, moved.
    borrowing func readMessage() throws(SystemError) -> [UInt8] {
        let status = try status()
        let expected = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(max(16 * 1024, expected + 1))
        var count = 0
        repeat {
            let room = bytes.capacity - bytes.count
            count = try append(to: &bytes, upTo: room > 0 ? room : 64 * 1024)
            // There was room for more: a file that is as long as it says is at its end.
        } while count > 0 && bytes.count != expected
        return bytes
    }

    /// Reads these bytes of a file, or as many of them as it has.
    borrowing func read(_ range: Range<Int>) throws(SystemError) -> [UInt8] {
        let number = self.number
        _ = try systemCall("lseek") { lseek(number, off_t(range.lowerBound), SEEK_SET) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        while bytes.count < range.count, try append(to: &bytes, upTo: range.count - bytes.count) > 0 {}
        return bytes
    }

    /// Reads once, and adds what came at the end of an array.
    /// - Returns: how many bytes; 0 at the end of the file.
    borrowing func append(to bytes: inout [UInt8], upTo count: Int) throws(SystemError) -> Int {
        while true {
            do throws(SystemError) {
                return try appendWhatIsThere(to: &bytes, upTo: count)
            } catch  where error.number == EAGAIN {
                try wait(for: POLLIN)
            }
        }
    }

    private borrowing func appendWhatIsThere(to bytes: inout [UInt8], upTo count: Int) throws(SystemError) -> Int {
        let number = self.number
        let before = bytes.count
        try bytes.append(addingCapacity: count) { output throws(SystemError) in
            try unsafe output.withUnsafeMutableBufferPointer { memory, filled throws(SystemError) in
                unsafe adviseHugePages(UnsafeMutableRawBufferPointer(memory))
                filled = try systemCall("read") { unsafe Glibc.read(number, memory.baseAddress, memory.count) }
            }
        }
        return bytes.count - before
    }
}

/// Asks for large pages where much memory is about to be filled for the first time: a fault for each 2 MB instead of each 4 KB.
private func adviseHugePages(_ memory: UnsafeMutableRawBufferPointer) {
    let page = 4096
    guard memory.count >= 4 << 20, let address = memory.baseAddress else { return }
    let start = unsafe address.alignedUp(toMultipleOf: page)
    // Where the kernel does not know them, nothing is lost.
    _ = unsafe madvise(start, (memory.count - page) / page * page, MADV_HUGEPAGE)
}

/// A name made fit for a terminal: control characters escaped, not too long.
func displayed(_ name: [UInt8]) -> String {
    let text = String(decoding: name.prefix(1000), as: UTF8.self)
    let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F ~= $0.value) }
    return isPlain ? text : Log.escaped(text)
}
