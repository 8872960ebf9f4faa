/// The trace block that the spool's tool has put on top of a message (mailspool(5)), and the envelope in it.
///
/// It is Return-Path first; Delivered-To or X-Original-To lines; Authentication-Results and Received-SPF; exactly one Received. Nothing
/// below it is believed.
public struct TraceBlock: Sendable {
    /// The sender of the envelope; nil: a bounce.
    public internal(set) var mailFrom: [UInt8]?
    /// The recipients, in order.
    public internal(set) var recipients: [[UInt8]] = []
    /// The verdicts that the receiving side has added.
    public internal(set) var authenticationResults: [Field] = []
    /// Its SPF verdict as a field of its own.
    public internal(set) var receivedSPF: [Field] = []
    /// Its Received field.
    public internal(set) var received: Field
    /// What the Received field says.
    public internal(set) var client: ReceivedClient
}

extension Message {
    /// The trace block; nil when the message does not begin with one. Computed at each call.
    public var trace: TraceBlock? {
        let fields = header
        guard let path = fields.first, path.known == .returnPath,
            let end = fields.firstIndex(where: { $0.known == .received })
        else { return nil }
        let span = bytes.span
        var block = TraceBlock(received: fields[end], client: ReceivedClient(span, fields[end].value))
        block.mailFrom = Self.address(span, path.value)
        for field in fields[fields.startIndex + 1..<end] {
            switch field.known {
            case .deliveredTo, .xOriginalTo:
                if let address = Self.address(span, field.value) { block.recipients.append(address) }
            case .authenticationResults: block.authenticationResults.append(field)
            case .receivedSPF: block.receivedSPF.append(field)
            default: return nil
            }
        }
        return block
    }

    /// When the message was received: by the trace block's Received, which is the topmost one.
    public var receivedAt: DateTime? { first(.received).flatMap { date(of: $0) } }

    /// An address with or without angle brackets; nil for an empty one.
    private static func address(_ bytes: Span<UInt8>, _ value: Range<Int>) -> [UInt8]? {
        var range = bytes.trimmed(value)
        if range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "<"),
            bytes[range.upperBound - 1] == UInt8(ascii: ">")
        {
            range = range.lowerBound + 1..<range.upperBound - 1
        }
        guard !range.isEmpty else { return nil }
        var address: [UInt8] = []
        var damage = TextDamage()
        address.appendText(bytes.extracting(range), .header, &damage)
        return address
    }
}
