import CLinux
import Glibc
import Spool
import Tool

/// The process that converts, as its parent's requests come by descriptor 0, and tells how far it is by descriptor 3.
///
/// It may die of a message at any moment: nothing depends on it but what the parent has not heard of. Only its first
/// thread writes to standard output, and the kernel counts what a thread writes: by that the parent knows what got out.
struct Worker: ~Copyable {
    private let jobs: Int
    private let shelf: Shelf
    private let options: ConversionOptions
    private let attachments: AttachmentsDirectory?
    private let tells = TellPipe()
    /// Bytes that this thread has written so far, but for files.
    private var written = 0

    /// - Parameter parent: the process that made this one.
    init(
        parent: pid_t, jobs: Int, shelf: Shelf, options: ConversionOptions, attachments: AttachmentsDirectory?
    ) {
        self.jobs = jobs
        self.shelf = shelf
        self.options = options
        self.attachments = attachments
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
    mutating func run() throws {
        let tells = tells
        let isFirstThread = jobs == 1
        let pool = Jobs(jobs, RequestPipe(), shelf, options, attachments) { kind, number in
            tells.send(Tell(kind, number))
        }
        try pool.run { number, outcome, bytesInFiles in
            if isFirstThread { written += Tell.size }
            print(outcome, number, bytesInFiles)
        }
    }

    private mutating func print(_ outcome: Outcome, _ number: Int, _ bytesInFiles: Int) {
        switch outcome {
        case .unreadable(_, let error): tell(.unreadable, number, Int(error.number))
        case .outputFailed(let error): end(error, number)
        case .object(let text):
            tell(.writing, number, text.count, total: bytesInFiles)
            do throws(OutputError) {
                try Output.write(text)
            } catch {
                end(error, number)
            }
            written += text.count
            tell(.written, number)
        }
    }

    private mutating func end(_ error: OutputError, _ number: Int) -> Never {
        Progress.eraseLineOfParent()
        error.complain()
        tell(.outputFailed, number, Int(error.cause.number))
        exit(Sysexit.ioErr.rawValue)
    }

    private mutating func tell(_ kind: Tell.Kind, _ number: Int, _ value: Int = 0, total: Int = 0) {
        written += Tell.size
        tells.send(Tell(kind, number, value: value, total: written + total))
    }
}

/// The way to the parent, for all threads.
final class TellPipe: Sendable {
    private let pipe = Descriptor(owning: WorkerProcess.tellDescriptor)

    /// A parent that cannot be told anything is gone.
    func send(_ tell: Tell) {
        do throws(SystemError) {
            try pipe.writeAll(tell.encoded.span)
        } catch {
            exit(Sysexit.ok.rawValue)
        }
    }
}

/// The requests of the parent.
struct RequestPipe: Intake, ~Copyable {
    private let input = Descriptor(owning: 0)
    /// What was read and is no whole request yet.
    private var rest: ArraySlice<UInt8> = []

    mutating func next() -> Work? {
        while true {
            while let end = rest.firstIndex(of: 0) {
                if Self.isAskedToEnd { return nil }
                defer { rest = rest[(end + 1)...] }
                if let request = Request(rest[..<end]) { return .file(request) }
            }
            var buffer = Array(rest)
            guard let count = try? input.append(to: &buffer, upTo: 4096), count > 0 else { return nil }
            rest = buffer[...]
        }
    }

    /// SIGTERM and SIGINT are blocked, as the parent blocks them: they wait until a message is done.
    private static var isAskedToEnd: Bool {
        var pending = sigset_t()
        unsafe sigpending(&pending)
        return unsafe sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1
    }
}
