import Glibc
import JSON
import Spool

/// `--attachments-dir`: the decoded parts of each message in a directory of its own, `DIR/<id>/<partId>-<name>`.
///
/// A file has its name only when it is whole and on disk, so a crash leaves none half written, and a message that is
/// converted again finds its files there. What differs is replaced.
struct AttachmentsDirectory {
    private let root: DurableDirectory
    /// The ids whose files are being written.
    private let busy = Monitor(Set<String>())

    init(_ path: String) throws(OutputError) {
        do throws(SystemError) {
            root = try .create(path)
        } catch {
            throw OutputError(place: path, cause: error)
        }
    }

    /// Keeps an id for this thread until `release(_:)`: two messages of one id would meet in the same files.
    func reserve(_ id: String) {
        busy.wait { $0.insert(id).inserted ? () : nil }
    }

    /// Lets others have the id.
    func release(_ id: String) {
        busy.withLock { _ = $0.remove(id) }
        busy.notifyAll()
    }

    /// One message's files, to be added one by one.
    func message(_ id: String) throws(OutputError) -> Message {
        do throws(SystemError) {
            return Message(directory: try root.subdirectory(id, create: true), root: root)
        } catch {
            throw OutputError(place: "\(root.path)/\(id)", cause: error)
        }
    }

    /// The files of one message.
    struct Message {
        fileprivate let directory: DurableDirectory
        fileprivate let root: DurableDirectory

        /// Writes a part.
        /// - Returns: its path, as the directory was named on the command line.
        func add(partID: String, name: String?, _ bytes: Span<UInt8>) throws(OutputError) -> String {
            let name = fileName(partID: partID, name: name)
            do throws(SystemError) {
                try publish(bytes, as: name)
            } catch {
                throw OutputError(place: "\(directory.path)/\(name)", cause: error)
            }
            return "\(directory.path)/\(name)"
        }

        /// Makes the names last. Only then may they be told to anybody.
        func sync() throws(OutputError) {
            do throws(SystemError) {
                try directory.sync()
                try root.sync()
            } catch {
                throw OutputError(place: directory.path, cause: error)
            }
        }

        private func publish(_ bytes: Span<UInt8>, as name: String) throws(SystemError) {
            do throws(SystemError) {
                try draft(bytes, name)
            } catch  where error.number == EEXIST {
                if try holds(bytes, name) { return }
                try directory.remove(name)
                try draft(bytes, name)
            }
        }

        private func draft(_ bytes: Span<UInt8>, _ name: String) throws(SystemError) {
            var draft = try directory.draft(".\(name).tmp", mode: 0o600)
            try draft.append(bytes)
            try draft.publishUnsynced(in: directory, as: name)
        }

        /// Whether the file that is there is the one that is to be.
        private func holds(_ bytes: Span<UInt8>, _ name: String) throws(SystemError) -> Bool {
            let status = try directory.status(name)
            guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == bytes.count else { return false }
            let present = try directory.openFile(name, O_RDONLY).readMessage()
            guard present.count == bytes.count else { return false }
            for index in present.indices where present[index] != bytes[index] { return false }
            return true
        }
    }
}

/// Where the attachments of one message go: into a directory, made when the first one comes, or nowhere.
struct AttachmentFiles {
    private let directory: AttachmentsDirectory?
    private let id: DocumentID
    private var message: AttachmentsDirectory.Message?
    /// How many bytes were written.
    private(set) var bytesWritten = 0

    init(_ directory: AttachmentsDirectory?, id: DocumentID) {
        self.directory = directory
        self.id = id
    }

    /// Whether there is a directory.
    var isWanted: Bool { directory != nil }

    /// Writes a part.
    /// - Returns: its path; nil when there is no directory.
    mutating func add(partID: String, name: String?, _ bytes: Span<UInt8>) throws(OutputError) -> String? {
        guard let directory else { return nil }
        let message: AttachmentsDirectory.Message
        if let open = self.message { message = open } else { message = try directory.message(id.text) }
        self.message = message
        let path = try message.add(partID: partID, name: name, bytes)
        bytesWritten += bytes.count
        return path
    }

    /// Makes the names last. Only then may the document be printed.
    func sync() throws(OutputError) {
        try message?.sync()
    }
}

/// `<partId>-<safe name>`: letters, digits, `.`, `-` and `_` of any script; all else is `_`. It begins with a digit
/// and holds no slash, so it is neither hidden nor a way out; it is at most 200 bytes long, its extension kept.
func fileName(partID: String, name: String?) -> String {
    var safe = ""
    for scalar in (name ?? "").unicodeScalars {
        let properties = scalar.properties
        let isSafe = properties.isAlphabetic || properties.numericType != nil || ".-_".unicodeScalars.contains(scalar)
        safe.unicodeScalars.append(isSafe ? scalar : "_")
    }
    if safe.isEmpty { safe = "part" }
    return partID + "-" + shortened(safe, to: 200 - partID.utf8.count - 1)
}

/// Cuts out of the middle, so that an extension stays.
private func shortened(_ name: String, to limit: Int) -> String {
    guard name.utf8.count > limit else { return name }
    let dot = name.lastIndex(of: ".") ?? name.endIndex
    let tail = name[dot...].utf8.count <= 16 ? String(name[dot...]) : ""
    var head = ""
    for character in name {
        if head.utf8.count + String(character).utf8.count + tail.utf8.count > limit { break }
        head.append(character)
    }
    return head + tail
}
