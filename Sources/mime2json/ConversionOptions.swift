import ArgumentParser

/// `--attachments`.
enum AttachmentsMode: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// Base64 in `content`.
    case inline
    /// No content.
    case meta
    /// No list.
    case none
}

/// What a document is to hold.
struct ConversionOptions: Sendable {
    /// Of the fields that `matchedHeaders` passes through, in lower case.
    var headerPrefixes: [[UInt8]] = []
    /// What profile `jmap` is to have besides.
    var headerProperties: [HeaderProperty] = []
    var attachments = AttachmentsMode.inline
    /// The whole message.
    var raw = false
    /// Digests of the message and its attachments.
    var digest = false
    /// Whether the message begins with a spool's trace block.
    var hasTraceBlock = true
    var profile = Profile.email
    var pretty = false
}

extension ConversionOptions {
    /// What the command line asks for.
    init(_ command: Invocation) {
        headerPrefixes = command.headerPrefix.filter { !HeaderProperty.isMeant($0) }
            .map { $0.utf8.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 } }
        headerProperties = command.headerPrefix.compactMap { HeaderProperty($0) }
        attachments = command.attachments
        raw = command.raw
        digest = command.digest
        hasTraceBlock = !command.noEnvelope
        profile = command.profile
        pretty = command.pretty
    }
}
