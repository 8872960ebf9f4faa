/// The UTF-8 text of a string that the scanner has accepted, given what stands between its quotation marks.
/// Half of a surrogate pair becomes U+FFFD.
package func decodedString(_ written: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(written.count)
    var at = 0
    while at < written.count {
        guard written[at] == backslash, at + 1 < written.count else {
            text.append(written[at])
            at += 1
            continue
        }
        if let byte = simpleEscape(written[at + 1]) {
            text.append(byte)
            at += 2
        } else {
            let (scalar, length) = unicodeEscape(written, at)
            text.append(contentsOf: Array(String(scalar).utf8))
            at += length
        }
    }
    return text
}

/// The character at `at`, where `\uXXXX` stands, and how many bytes wrote it: 12 for a surrogate pair.
private func unicodeEscape(_ written: Span<UInt8>, _ at: Int) -> (scalar: Unicode.Scalar, length: Int) {
    guard let high = codeUnit(written, at) else { return ("\u{FFFD}", 2) }
    if let scalar = Unicode.Scalar(high) { return (scalar, 6) }
    guard UTF16.isLeadSurrogate(high), let low = codeUnit(written, at + 6), UTF16.isTrailSurrogate(low) else {
        return ("\u{FFFD}", 6)
    }
    let value = 0x1_0000 + (UInt32(high & 0x3FF) << 10 | UInt32(low & 0x3FF))
    return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
}

/// The number in `\uXXXX` at `at`; nil when no such escape stands there.
private func codeUnit(_ written: Span<UInt8>, _ at: Int) -> UInt16? {
    guard at + 6 <= written.count, written[at] == backslash, written[at + 1] == UInt8(ascii: "u") else { return nil }
    var unit: UInt16 = 0
    for offset in 2..<6 {
        guard let digit = hexValue(written[at + offset]) else { return nil }
        unit = unit << 4 | digit
    }
    return unit
}
