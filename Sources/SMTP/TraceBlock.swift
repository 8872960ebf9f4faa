// The header fields that smtp-accept puts on top of a message: DESIGN.md, "The spool".

extension Envelope {
    /// Appends Return-Path, a Delivered-To for each recipient and one Received.
    ///
    /// - Parameters:
    ///   - id: the message's name in the spool.
    ///   - hostname: ours.
    ///   - now: seconds since 1970.
    package func writeTraceBlock(id: String, hostname: String, now: Int64, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + 512 + 64 * recipients.count)
        output.append("Return-Path: <")
        output.append(contentsOf: sender?.bytes ?? [])
        output.append(">\r\n")
        for recipient in recipients {
            output.append("Delivered-To: ")
            output.append(contentsOf: recipient.bytes)
            output.append("\r\n")
        }
        writeReceived(id: id, hostname: hostname, now: now, into: &output)
    }

    private func writeReceived(id: String, hostname: String, now: Int64, into output: inout [UInt8]) {
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
        MailDate(seconds: now).write(into: &output)
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

/// A moment in UTC as RFC 5322 §3.3 writes it.
struct MailDate {
    /// Since 1970-01-01T00:00:00Z.
    let seconds: Int64

    func write(into output: inout [UInt8]) {
        let days = Int((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
        let second = Int(seconds) - days * 86_400
        let (year, month, day) = Self.civil(days)
        output.append(Self.weekdays[((days % 7) + 7) % 7])
        output.append(", ")
        output.append(decimal: day, digits: 2)
        output.append(Self.months[month - 1])
        output.append(decimal: year)
        output.append(" ")
        output.append(decimal: second / 3600, digits: 2)
        output.append(":")
        output.append(decimal: second / 60 % 60, digits: 2)
        output.append(":")
        output.append(decimal: second % 60, digits: 2)
        output.append(" +0000")
    }

    private static let weekdays: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months: [StaticString] = [
        " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec ",
    ]

    /// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar: years begin in
    /// March, so that the leap day is a year's last.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
