import Glibc
import JSON
import Spool
import Tool

/// What a document is called: the name of its file if that is `<UUIDv7>.eml`, else `sha256-` and the file's digest.
enum DocumentID: Sendable {
    case known(String)
    /// The digest is still being made.
    case pending(FileDigest)

    /// Bytes of a file from which a thread for its digest is worth its while.
    private static let large = 128 * 1024

    /// The id of a message that came from no spool.
    init(digestOf bytes: [UInt8]) {
        self =
            bytes.count < Self.large ? .known(Self.prefix + Digest.sha256Hex(bytes.span)) : .pending(FileDigest(bytes))
    }

    /// It as it is written. It may have to be waited for.
    var text: String {
        switch self {
        case .known(let text): text
        case .pending(let digest): Self.prefix + digest.hex
        }
    }

    fileprivate static let prefix = "sha256-"
}

/// The SHA-256 of a file, made in a thread of its own: for a large one it takes as long as all the rest.
final class FileDigest: Sendable {
    private let result = Monitor<String?>(nil)

    init(_ bytes: [UInt8]) { DigestThreads.shared.make { self.compute(bytes) } }

    private func compute(_ bytes: [UInt8]) {
        let hex = Digest.sha256Hex(bytes.span)
        result.withLock { $0 = hex }
        result.notifyAll()
    }

    /// It in 64 hexadecimal digits.
    var hex: String { result.wait { $0 } }
}

/// The threads that make digests, one a processor at most. They stay: to start one takes as long as a digest of 100 KB.
private final class DigestThreads: Sendable {
    typealias Job = @Sendable () -> Void

    private struct State {
        var jobs = Queue<Job>()
        /// Threads, and those of them that wait.
        var count = 0
        var idle = 0
    }

    static let shared = DigestThreads()
    private let state = Monitor(State())
    private let largestCount = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))

    /// Has one of them do it. Where none can be started it takes longer, that is all.
    func make(_ job: @escaping Job) {
        let needsThread = state.withLock { state in
            state.jobs.append(job)
            let needsThread = state.idle < state.jobs.count && state.count < largestCount
            if needsThread { state.count += 1 }
            return needsThread
        }
        guard needsThread else { return state.notifyOne() }
        do {
            try Thread.start(name: "digest") { while true { self.next()() } }
        } catch {
            let job = state.withLock { state in
                state.count -= 1
                return state.jobs.popFirst()
            }
            job?()
        }
    }

    private func next() -> Job {
        state.withLock { $0.idle += 1 }
        return state.wait { state in
            guard let job = state.jobs.popFirst() else { return nil }
            state.idle -= 1
            return job
        }
    }
}

extension Queue {
    fileprivate mutating func popFirst() -> Element? {
        guard let first else { return nil }
        removeFirst()
        return first
    }
}

/// An id that is waited for when the object is written out, not before.
private struct PendingID: DeferredText {
    let digest: FileDigest
    private var isWritten = false

    init(_ digest: FileDigest) { self.digest = digest }

    var count: Int { DocumentID.prefix.utf8.count + 64 }

    mutating func appendPiece(to bytes: inout [UInt8]) {
        if !isWritten { bytes += DocumentID.pending(digest).text.utf8 }
        isWritten = true
    }
}

extension JSONWriter {
    /// Writes a member that is an id.
    mutating func member(_ name: StaticString, _ id: DocumentID) {
        switch id {
        case .known(let text): member(name, text)
        case .pending(let digest):
            self.name(name)
            string(deferred: PendingID(digest))
        }
    }
}
