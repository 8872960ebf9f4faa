/// A charset: what turns bytes into text.
struct Charset: Equatable, Sendable {
    /// How it is decoded.
    enum Decoder: Equatable, Sendable {
        /// UTF-8 if it is that, else windows-1252: for text that says nothing or says US-ASCII.
        case guess
        case utf8
        case windows1252
        case utf7
        /// By glibc, under this name.
        case iconv(String)
        /// ISO-2022-JP with what Windows adds to it, and HZ (RFC 1843), which glibc has not.
        case iso2022JP, hz
        /// The one byte charset of WHATWG for everything that is no text: one U+FFFD.
        case replacement
        /// ASCII, and U+F780 and on for the other bytes.
        case userDefined
    }
    let decoder: Decoder

    /// For text without a label.
    static let unlabelled = Charset(decoder: .guess)

    init(decoder: Decoder) { self.decoder = decoder }

    /// The charset of a label, as the WHATWG Encoding standard reads it, else as glibc does; nil when neither knows it.
    init?(label bytes: Span<UInt8>, _ range: Range<Int>) {
        var label = bytes.trimmed(range)
        while label.count > 1, Self.isQuote(bytes[label.lowerBound]) { label = label.lowerBound + 1..<label.upperBound }
        while label.count > 1, Self.isQuote(bytes[label.upperBound - 1]) {
            label = label.lowerBound..<label.upperBound - 1
        }
        guard !label.isEmpty, label.count <= Limits.charsetName else { return nil }
        if let known = Self.common(bytes, label) {
            decoder = known
        } else if let known = CharsetLabels.decoder(bytes, label) {
            decoder = known
        } else if let name = Self.nameForGlibc(bytes, label) {
            decoder = .iconv(name)
        } else if let known = Self.misspelt(bytes, label) {
            decoder = known
        } else {
            return nil
        }
    }

    /// A label of which only letters and digits are right: `windows1251`, `cp-850`, `utf-8//IGNORE`, `win-1252`.
    private static func misspelt(_ bytes: Span<UInt8>, _ label: Range<Int>) -> Decoder? {
        var letters: [UInt8] = []
        for i in label {
            if bytes[i] == UInt8(ascii: ",") || bytes[i] == UInt8(ascii: "/") { break }
            if bytes[i].isAlpha || bytes[i].isDigit { letters.append(bytes[i].lowered) }
        }
        if letters.starts(with: "win1".utf8) { letters.replaceSubrange(0..<3, with: "windows".utf8) }
        if letters.isEmpty { return nil }
        return CharsetLabels.decoderOfLetters[letters]
            ?? nameForGlibc(letters.span, 0..<letters.count).map { .iconv($0) }
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }

    private static func common(_ bytes: Span<UInt8>, _ label: Range<Int>) -> Decoder? {
        switch label.count {
        case 5 where bytes.equals(label, "utf-8"): .utf8
        case 8 where bytes.equals(label, "us-ascii"): .guess
        case 10 where bytes.equals(label, "iso-8859-1"): .windows1252
        case 12 where bytes.equals(label, "windows-1252"): .windows1252
        default: nil
        }
    }

    /// A name that glibc knows. Only letters, digits and `-_.:()+` get there: `//` and `,` mean other things to it.
    private static func nameForGlibc(_ bytes: Span<UInt8>, _ label: Range<Int>) -> String? {
        for i in label {
            guard bytes[i].isAlpha || bytes[i].isDigit || "-_.:()+".utf8.contains(bytes[i]) else { return nil }
        }
        var name = ""
        for i in label { name.unicodeScalars.append(Unicode.Scalar(bytes[i].lowered)) }
        if name.hasPrefix("x-") { name.removeFirst(2) }
        return Iconv(from: name) == nil ? nil : name
    }

    /// Appends the bytes as UTF-8.
    func append(_ bytes: Span<UInt8>, _ mode: TextMode, to output: inout [UInt8], _ damage: inout TextDamage) {
        switch decoder {
        case .utf8: output.appendText(bytes, mode, &damage)
        case .guess where UTF8Sequence.isValid(bytes): output.appendText(bytes, mode, &damage)
        case .guess, .windows1252: output.appendWindows1252(bytes, mode, &damage)
        case .utf7: UTF7.append(bytes, mode, to: &output, &damage)
        case .iconv(let name): appendConverted(bytes, name, mode, to: &output, &damage)
        case .iso2022JP:
            var shifted: [UInt8] = []
            ISO2022JP.appendShiftJIS(bytes, to: &shifted)
            appendConverted(shifted.span, "CP932", repair: CharsetRepair("ISO-2022-JP"), mode, to: &output, &damage)
        case .hz:
            var unshifted: [UInt8] = []
            HZ.appendGB(bytes, to: &unshifted)
            appendConverted(unshifted.span, "GB18030", mode, to: &output, &damage)
        case .replacement:
            if !bytes.isEmpty {
                output.appendReplacement()
                damage.undecodable += 1
            }
        case .userDefined:
            var text: [UInt8] = []
            for i in bytes.indices { text.appendScalar(bytes[i] < 0x80 ? UInt32(bytes[i]) : 0xF700 + UInt32(bytes[i])) }
            output.appendText(text.span, mode, &damage)
        }
    }

    private func appendConverted(
        _ bytes: Span<UInt8>, _ name: String, repair: CharsetRepair? = nil, _ mode: TextMode,
        to output: inout [UInt8], _ damage: inout TextDamage
    ) {
        var text: [UInt8] = []
        guard let converter = Iconv(from: name) else { return output.appendWindows1252(bytes, mode, &damage) }
        let repair = repair ?? CharsetRepair(name)
        var start = 0
        for i in bytes.indices where repair.hasOthers {
            guard let scalar = repair.other(bytes[i]) else { continue }
            damage.undecodable += converter.convert(bytes.extracting(start..<i), repair, to: &text)
            text.appendScalar(scalar)
            start = i + 1
        }
        damage.undecodable += converter.convert(bytes.extracting(start..<bytes.count), repair, to: &text)
        output.appendText(text.span, mode, &damage)
    }
}
