import Bytes
import SMTP
import Spool

/// A message on its way into the spool.
///
/// Small pieces gather, so that a message which fits the buffer costs one write(2), and touches the disk only once it
/// is whole; large ones go straight through. Memory is the buffer, whatever the message's size.
struct MessageWriter: ~Copyable {
    let id: MessageID
    private let spool: SpoolDirectory
    private var draft: Draft?
    private var pending: [UInt8]
    /// Bytes of the file so far.
    private(set) var size: Int
    private var hasContent = false

    /// Bytes gathered before they are written; pieces from half of it on are not copied.
    static let capacity = 64 * 1024

    /// Begins with a trace block.
    init(_ id: MessageID, _ spool: SpoolDirectory, traceBlock: consuming [UInt8]) {
        self.id = id
        self.spool = spool
        draft = nil
        size = traceBlock.count
        pending = traceBlock
    }

    mutating func append(_ bytes: Span<UInt8>) throws(SystemError) {
        if !hasContent, bytes.count > 0 { begin(with: bytes[0]) }
        size += bytes.count
        let isLarge = bytes.count >= Self.capacity / 2
        if isLarge || pending.count + bytes.count > Self.capacity { try flush() }
        if isLarge {
            try write(bytes)
        } else {
            pending.append(bytes)
        }
    }

    mutating func append(_ byte: UInt8) throws(SystemError) {
        if !hasContent { begin(with: byte) }
        size += 1
        if pending.count == Self.capacity { try flush() }
        pending.append(byte)
    }

    /// A message that begins with white space would be read as the end of our own Received field: an empty line goes
    /// between the two.
    private mutating func begin(with byte: UInt8) {
        hasContent = true
        guard byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") else { return }
        pending += [0x0D, 0x0A]
        size += 2
    }

    private mutating func flush() throws(SystemError) {
        guard !pending.isEmpty else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &pending)
        try write(bytes.span)
        bytes.removeAll(keepingCapacity: true)
        pending = bytes
    }

    private mutating func write(_ bytes: Span<UInt8>) throws(SystemError) {
        if draft == nil { draft = try spool.draft(id) }
        try draft?.append(bytes)
    }

    /// The commit: when this returns the message is in `new/` for good; when it throws it is nowhere.
    consuming func publish() throws(SystemError) {
        try flush()
        guard let draft = draft.take() else { return }
        try spool.publish(draft, id)
    }
}
