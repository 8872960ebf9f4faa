/// A domain name for comparing: lower case, and its A-labels as the U-labels that they stand for (RFC 5890 §2.3.2.1), so
/// that `xn--bcher-kva.example` is `Bücher.example`. Strings compare equal whether or not they are composed, which is
/// the rest of what a U-label must be.
///
/// What stands for nothing stays as it is. No table of Unicode is asked which characters a name may have: who could
/// register such a name is none of a server's business that serves another.
func comparableDomain(_ bytes: some Collection<UInt8>) -> String {
    let name = String(decoding: bytes, as: UTF8.self).lowercased()
    guard hasTwoHyphens(bytes) else { return name }
    return name.split(separator: ".", omittingEmptySubsequences: false)
        .map { unicodeLabel(Array($0.utf8)) ?? String($0) }.joined(separator: ".")
}

/// As every A-label has, and hardly any other name.
private func hasTwoHyphens(_ bytes: some Collection<UInt8>) -> Bool {
    var last: UInt8 = 0
    for byte in bytes {
        if byte == UInt8(ascii: "-"), last == byte { return true }
        last = byte
    }
    return false
}

/// The U-label of an A-label; nil for any other label.
private func unicodeLabel(_ label: [UInt8]) -> String? {
    // What is all ASCII must not have two spellings, and a label is 63 bytes at most (RFC 1035 §2.3.4).
    guard label.count <= 63, label.starts(with: "xn--".utf8), label.allSatisfy({ $0 < 0x80 }),
        let scalars = punycodeDecoded(label[4...]), scalars.contains(where: { !$0.isASCII })
    else { return nil }
    return String(String.UnicodeScalarView(scalars))
}

/// Punycode (RFC 3492 §6.2); nil when it is none.
private func punycodeDecoded(_ text: ArraySlice<UInt8>) -> [Unicode.Scalar]? {
    let hyphen = text.lastIndex(of: UInt8(ascii: "-"))
    var output = text[..<(hyphen ?? text.startIndex)].map { Unicode.Scalar($0) }
    var rest = text[(hyphen.map { $0 + 1 } ?? text.startIndex)...]
    var (scalar, index, bias) = (128, 0, 72)
    while !rest.isEmpty {
        guard let delta = takeDelta(&rest, bias) else { return nil }
        let count = output.count + 1
        bias = adapted(delta, count, isFirst: index == 0)
        scalar += (index + delta) / count
        guard let next = Unicode.Scalar(UInt32(scalar)) else { return nil }
        output.insert(next, at: (index + delta) % count)
        index = (index + delta) % count + 1
    }
    return output
}

/// A variable-length integer, by digits of base 36.
private func takeDelta(_ rest: inout ArraySlice<UInt8>, _ bias: Int) -> Int? {
    var (delta, weight, position) = (0, 1, 36)
    while let digit = rest.popFirst().flatMap(punycodeDigit) {
        delta += digit * weight
        // More than any character at any place of a label.
        guard delta <= 0x10FFFF * 64 else { return nil }
        let threshold = min(max(position - bias, 1), 26)
        if digit < threshold { return delta }
        weight *= 36 - threshold
        position += 36
    }
    return nil
}

private func punycodeDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a"))
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) + 26
    default: nil
    }
}

/// The bias after a delta (§6.1).
private func adapted(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / count
    var bias = 0
    while delta > 455 {
        delta /= 35
        bias += 36
    }
    return bias + 36 * delta / (delta + 38)
}
