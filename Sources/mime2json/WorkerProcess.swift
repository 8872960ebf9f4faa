import CLinux
import Glibc
import Spool

/// A worker, as its parent holds it: the process and the two pipes to it.
///
/// The worker has this program's options, standard output and standard error, the far ends of the pipes as its
/// descriptors 0 and 3, and nothing else. It dies with its parent.
struct WorkerProcess: ~Copyable {
    private let process: pid_t
    private var requests: Descriptor?
    private let tells: Descriptor
    private var isReaped = false

    /// Where the worker writes its tells.
    static let tellDescriptor: CInt = 3

    /// Starts one.
    /// - Parameter arguments: the command line after the program's name.
    static func start(arguments: [String]) throws(SystemError) -> WorkerProcess {
        let down = try Pipe.make()
        let up = try Pipe.make()
        // Of each pipe one end is kept; the other closes here, so that the worker's end is the only one.
        let requests = try down.write.duplicate()
        let tells = try up.read.duplicate()
        let process = try spawn(arguments: arguments, input: down.read.number, output: up.write.number)
        return WorkerProcess(process: process, requests: requests, tells: tells)
    }

    private init(process: pid_t, requests: consuming Descriptor, tells: consuming Descriptor) {
        self.process = process
        self.requests = .some(requests)
        self.tells = tells
    }

    /// A worker that is dropped is not needed any more, and one that hangs must not outlive its use.
    deinit {
        guard !isReaped else { return }
        Glibc.kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    // MARK: Talking

    /// The descriptor to poll for tells.
    var tellNumber: CInt { tells.number }

    /// Hands over requests. It does not block as long as less than a page of requests waits in the pipe.
    ///
    /// That the worker is dead shows when its tells are read, not here.
    func send(_ list: [Request]) throws(SystemError) {
        let bytes = list.flatMap(\.encoded)
        do throws(SystemError) {
            try requests?.writeAll(bytes.span)
        } catch  where error.number == EPIPE {}
    }

    /// Reads what the worker has told.
    /// - Returns: how many bytes; 0 when it is dead.
    func readTells(into buffer: inout [UInt8]) throws(SystemError) -> Int {
        var span = buffer.mutableSpan
        return try tells.read(into: &span)
    }

    // MARK: Ending

    /// Ends it at once.
    func kill() {
        Glibc.kill(process, SIGKILL)
    }

    /// How many bytes its first thread has written to all its descriptors, dead or alive, until `end()`. The kernel
    /// counts that (proc(5), io, wchar), also for a write(2) that a SIGKILL cut short. Nil where there is no such count.
    var bytesWritten: Int? {
        let path = "/proc/\(process)/task/\(process)/io"
        guard let file = try? Descriptor.open(path, O_RDONLY), let bytes = try? file.readAll() else { return nil }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            if words.count == 2, words[0] == "wchar:" { return Int(words[1]) }
        }
        return nil
    }

    /// Asks it to end after the message that it is at.
    func stop() {
        Glibc.kill(process, SIGTERM)
    }

    /// Closes its requests, of which it ends once it has done them, and waits for that.
    /// - Returns: in words, how it ended.
    mutating func end() -> String {
        requests = nil
        var status: CInt = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        isReaped = true
        let signal = status & 0x7F
        return signal != 0 ? "killed by signal \(signal)" : "exit status \(status >> 8 & 0xFF)"
    }

    // MARK: Starting

    private static func spawn(arguments: [String], input: CInt, output: CInt) throws(SystemError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // `input` may be descriptor 3 itself, so it goes first. Nothing here is below 3: see `StandardStreams`.
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, tellDescriptor)
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, tellDescriptor + 1)
        var words: [UnsafeMutablePointer<CChar>?] = unsafe (["mime2json"] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { word in unsafe free(word) } }
        var process = pid_t()
        let number = unsafe posix_spawn(&process, executable, &actions, nil, &words, environ)
        if number != 0 { throw SystemError("posix_spawn", number) }
        return process
    }

    /// This program's file, even if it was replaced meanwhile; in a chroot without /proc, as it was called.
    private static var executable: String {
        let link = "/proc/self/exe"
        if unsafe access(link, X_OK) == 0 { return link }
        return CommandLine.arguments.first ?? link
    }
}
