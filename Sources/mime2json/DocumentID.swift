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

    private static let crew = Crew(name: "digest")

    init(_ bytes: [UInt8]) {
        do throws(SystemError) {
            try Self.crew.start { self.compute(bytes) }
        } catch {
            // No further thread can be made: it takes longer, that is all.
            compute(bytes)
        }
    }

    private func compute(_ bytes: [UInt8]) {
        let hex = Digest.sha256Hex(bytes.span)
        result.withLock { $0 = hex }
        result.notifyAll()
    }

    /// It in 64 hexadecimal digits.
    var hex: String { result.wait { $0 } }
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
