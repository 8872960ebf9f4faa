/// The text of a part in UTF-8.
public struct PartText: Sendable {
    /// Its bytes.
    public var bytes: [UInt8] = []
    /// How many bytes the decoded body has, where that is known.
    public internal(set) var size: Int?
    /// What is known of a text whose line ends are still those that were sent, CRLF or LF; nil: they are LF.
    public internal(set) var traits: TextTraits?

    /// A text whose line ends are LF.
    public init(bytes: [UInt8] = []) { self.bytes = bytes }

    /// Makes LF of all line ends.
    public mutating func normalizeLines() {
        guard traits != nil else { return }
        traits = nil
        var text: [UInt8] = []
        var damage = TextDamage()
        text.appendText(bytes.span, .body, &damage)
        bytes = text
    }
}
