import Bytes

// The header fields that smtp-accept puts on top of a message: DESIGN.md, "The spool".

extension Envelope {
    /// Appends Return-Path, a Delivered-To for each recipient and one Received.
    ///
    /// - Parameters:
    ///   - id: the message's name in the spool.
    ///   - hostname: ours.
    ///   - date: the time now, as RFC 5322 §3.3 has it.
    package func writeTraceBlock(id: String, hostname: String, date: String, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + 512 + 64 * recipients.count)
        output.append("Return-Path: <")
        output.append(contentsOf: sender?.bytes ?? [])
        output.append(">\r\n")
        for recipient in recipients {
            output.append("Delivered-To: ")
            output.append(contentsOf: recipient.bytes)
            output.append("\r\n")
        }
        writeReceived(id: id, hostname: hostname, date: date, into: &output)
    }

    private func writeReceived(id: String, hostname: String, date: String, into output: inout [UInt8]) {
        output.append("Received: from ")
        output.append(contentsOf: traceName(introduction.name))
        writeClient(into: &output)
        if let tls {
            output.append(" (using ")
            output.append(text: tls.version)
            output.append(" with cipher ")
            output.append(text: tls.cipher)
            output.append(")")
        }
        output.append("\r\n\tby ")
        output.append(text: hostname)
        output.append(" with ")
        output.append(text: protocolName)
        output.append(" id ")
        output.append(text: id)
        if recipients.count == 1 {
            output.append("\r\n\tfor <")
            output.append(contentsOf: recipients[0].bytes)
            output.append(">")
        }
        output.append(";\r\n\t")
        output.append(text: date)
        output.append("\r\n")
    }

    private func writeClient(into output: inout [UInt8]) {
        guard let address = client.address else {
            output.append(" (local)")
            return
        }
        output.append(" (")
        if let hostname = client.hostname {
            output.append(contentsOf: traceName(Array(hostname.utf8)))
        } else {
            output.append("unknown")
        }
        output.append(" [")
        output.append(text: address.literal)
        output.append("])")
    }
}

/// A name that a stranger gave, made harmless for a trace line: every byte outside `[A-Za-z0-9.:_-]` is a `?`, but the
/// brackets of an address literal stay.
func traceName(_ name: [UInt8]) -> [UInt8] {
    let isLiteral = name.count > 2 && name.first == UInt8(ascii: "[") && name.last == UInt8(ascii: "]")
    var safe = (isLiteral ? name.dropFirst().dropLast() : name[...]).prefix(255).map(harmless)
    if isLiteral { safe = [UInt8(ascii: "[")] + safe + [UInt8(ascii: "]")] }
    return safe
}

private func harmless(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "-"): byte
    default: byte.isLetterOrDigit ? byte : UInt8(ascii: "?")
    }
}
