import CLinux
import Glibc
import Spool
import Tool

/// The process that converts, as its parent's requests come by descriptor 0, and tells how far it is by descriptor 3.
///
/// It may die of a message at any moment: nothing depends on it but what the parent has not heard of.
struct Worker: ~Copyable {
    private let shelf: Shelf
    private var converter: Converter
    private let tells = Descriptor(owning: WorkerProcess.tellDescriptor)
    private let input = Descriptor(owning: 0)
    private var number = 0
    /// Bytes written so far, but for those that `converter` counts.
    private var written = 0

    /// - Parameter parent: the process that made this one.
    init(parent: pid_t, shelf: Shelf, converter: consuming Converter) {
        self.shelf = shelf
        self.converter = converter
        _ = clinux_set_parent_death_signal(SIGKILL)
        // It may have ended before the line above.
        if getppid() != parent { exit(Sysexit.ok.rawValue) }
        // Started by way of /proc it would be listed as "exe".
        unsafe pthread_setname_np(pthread_self(), "mime2json")
        volunteerForOutOfMemory()
    }

    /// When memory runs out, the kernel is to end the worker rather than anything else: that costs least.
    private mutating func volunteerForOutOfMemory() {
        guard let file = try? Descriptor.open("/proc/self/oom_score_adj", O_WRONLY) else { return }
        written += (try? file.write([UInt8]("900".utf8).span)) ?? 0
    }

    /// Does what it is asked for until the parent closes the pipe, or a signal asks it to end.
    mutating func run() throws(SystemError) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var rest: [UInt8] = []
        while true {
            let count = try read(into: &buffer)
            if count == 0 { return }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: 0) {
                if Self.isAskedToEnd { return }
                if let request = Request(rest[..<end]) { serve(request) }
                rest.removeFirst(end + 1)
            }
        }
    }

    private func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
        var span = buffer.mutableSpan
        return try input.read(into: &span)
    }

    /// SIGTERM and SIGINT are blocked, as the parent blocks them: they wait until a message is done.
    private static var isAskedToEnd: Bool {
        var pending = sigset_t()
        unsafe sigpending(&pending)
        return unsafe sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1
    }

    private mutating func serve(_ request: Request) {
        defer { number += 1 }
        tell(.begun)
        let file: MessageFile
        do throws(SystemError) {
            file = try request.task == .convert ? shelf.load(request.name) : shelf.loadAgain(request.name)
        } catch {
            return tell(.unreadable, Int(error.number))
        }
        do throws(OutputError) {
            try print(file, request.task)
        } catch {
            error.complain()
            tell(.outputFailed, Int(error.cause.number))
            exit(Sysexit.ioErr.rawValue)
        }
    }

    private mutating func print(_ file: MessageFile, _ task: Request.Task) throws(OutputError) {
        switch task {
        case .convert: try converter.convert(file)
        case .substitute: converter.substitute(file)
        }
        tell(.writing, converter.json.bytes.count)
        try converter.write()
        tell(.written)
    }

    /// A parent that cannot be told anything is gone.
    private mutating func tell(_ kind: Tell.Kind, _ value: Int = 0) {
        do throws(SystemError) {
            written += Tell.size
            let tell = Tell(kind, number, value: value, total: written + converter.bytesWritten)
            try tells.writeAll(tell.encoded.span)
        } catch {
            exit(Sysexit.ok.rawValue)
        }
    }
}
