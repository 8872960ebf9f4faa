/// Measures the header section of a message as its bytes come, in memory for one state: up to the first empty line, or
/// the first that is no header field (RFC 5322 §2.2) nor continues one.
struct HeaderMeter: Sendable, Equatable {
    /// What the bytes before mean for the next one. A CR changes nothing, so that bare line ends count too.
    private enum State: Sendable, Equatable {
        /// After a line's end. Exits: name, body, ended.
        case line
        /// Within what may be a field's name, of so many bytes. Exits: body by a colon, else ended.
        case name(Int)
        /// Within a field's body. Exits: line.
        case body
        /// Behind the header section. No exit.
        case ended
    }

    /// Bytes of the header section so far, the empty line included.
    private(set) var size = 0
    private var state = State.line

    /// Whether the header section has ended.
    var hasEnded: Bool { state == .ended }

    /// Longest name: a line's length (RFC 5322 §2.1.1). What is longer without a colon is no field.
    private static let longestName = 998

    /// Takes in the next bytes of the message.
    mutating func read(_ bytes: Span<UInt8>) {
        var position = 0
        while position < bytes.count, state != .ended {
            if state == .body {
                let feed = bytes.firstIndex(of: 0x0A, from: position)
                if feed != nil { state = .line }
                size += (feed.map { $0 + 1 } ?? bytes.count) - position
                position = feed.map { $0 + 1 } ?? bytes.count
            } else {
                size += 1
                read(bytes[position])
                position += 1
            }
        }
    }

    /// A byte at the beginning of a line or within a field's name.
    private mutating func read(_ byte: UInt8) {
        switch (state, byte) {
        case (_, 0x0D): break
        case (.line, 0x20), (.line, 0x09), (.name, UInt8(ascii: ":")): state = .body
        case (.line, 0x21...0x7E) where byte != UInt8(ascii: ":"): state = .name(1)
        case (.name(let count), 0x20...0x7E) where count < Self.longestName: state = .name(count + 1)
        default: state = .ended
        }
    }
}
