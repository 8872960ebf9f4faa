import Bytes

/// Base64 (RFC 2045 §6.8), as damaged as mail has it. Bytes outside the alphabet are ignored, as the RFC asks for.
///
/// Padding ends a run. More runs may follow (senders encode in chunks); but text after padding that is no base64 is a footer that a
/// mailing list has put there, and decoding stops.
enum Base64 {
    /// What was wrong.
    struct Damage: Equatable {
        /// Bytes outside the alphabet, line ends aside.
        var ignored = 0
        /// Bytes after the padding that are no base64.
        var footer = 0
        /// The last group was not whole.
        var truncated = false

        /// In words; nil when nothing was wrong.
        var description: String? {
            if ignored > 0 { return "\(ignored) byte\(ignored == 1 ? "" : "s") outside the alphabet ignored" }
            if footer > 0 { return "\(footer) byte\(footer == 1 ? "" : "s") after the padding ignored" }
            return truncated ? "ends within a group of four" : nil
        }
    }

    /// The value of a byte of the alphabet.
    @inline(__always)
    static func value(_ byte: UInt8) -> UInt8? {
        let value = values[Int(byte)]
        return value < 64 ? value : nil
    }

    /// The bytes of a block that are of the alphabet: `/` and the digits follow each other.
    @inline(__always)
    static func symbols(_ block: Block) -> BlockMask {
        let lowered = block | .all(0x20)
        let isLetter = (lowered .> .all(0x60)) .& (lowered .< .all(0x7B))
        let isDigit = (block .> .all(0x2E)) .& (block .< .all(0x3A))
        return isLetter .| isDigit .| (block .== .all(UInt8(ascii: "+")))
    }

    /// 64: white space that lines may have. 65: padding. 66: none of it.
    static let values: [UInt8] = {
        var table = [UInt8](repeating: 66, count: 256)
        for (i, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(i) }
        for byte in [UInt8.space, .tab, .cr, .lf] { table[Int(byte)] = 64 }
        table[Int(UInt8(ascii: "="))] = 65
        return table
    }()

    static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Appends the decoded bytes.
    static func decode(_ bytes: Span<UInt8>, to output: inout [UInt8]) -> Damage {
        var damage = Damage()
        let values = values.span
        if output.isEmpty { output.reserveCapacity(bytes.count / 4 * 3 + 16) }
        var bits: UInt32 = 0
        var held = 0
        var i = 0
        while i < bytes.count {
            if held == 0 { i = decodeGroups(bytes, i, values, to: &output) }
            guard i < bytes.count else { break }
            let value = values[Int(bytes[i])]
            i += 1
            if value < 64 {
                bits = bits << 6 | UInt32(value)
                held += 1
                if held == 4 { flush(&bits, &held, to: &output, &damage) }
            } else if value == 65 {
                if held > 1 {
                    flush(&bits, &held, to: &output, &damage)
                    i = afterPadding(bytes, i, values, &damage)
                }
            } else if value == 66 {
                damage.ignored += 1
            }
        }
        damage.truncated = held > 0
        flush(&bits, &held, to: &output, &damage)
        return damage
    }

    /// Decodes whole groups of four as long as nothing but the ends of lines comes between them.
    @inline(__always)
    private static func decodeGroups(
        _ bytes: Span<UInt8>, _ start: Int, _ values: Span<UInt8>, to output: inout [UInt8]
    ) -> Int {
        var i = start
        let groups = (bytes.count - start) / 4
        guard groups > 0 else { return start }
        // A number is stored whole, and what of it is no content taken back.
        output.appendInRegisters(groups * 3 + 2) { room in
            while true {
                i = decodeBlocks(bytes, i, &room)
                i = decodeFours(bytes, i, values, &room)
                guard i < bytes.count, bytes[i] == .cr || bytes[i] == .lf else { return }
                i += 1
            }
        }
        return i
    }

    @inline(__always)
    private static func decodeFours(
        _ bytes: Span<UInt8>, _ start: Int, _ values: Span<UInt8>, _ room: inout OutputSpan<UInt8>
    ) -> Int {
        var i = start
        while bytes.count &- i >= 4 {
            let four = bytes.extracting(i..<i &+ 4)
            let (a, b) = (values[Int(four[0])], values[Int(four[1])])
            let (c, d) = (values[Int(four[2])], values[Int(four[3])])
            guard a | b | c | d < 64 else { return i }
            room.append(a << 2 | b >> 4)
            room.append(b << 4 | c >> 2)
            room.append(c << 6 | d)
            i &+= 4
        }
        return i
    }

    /// Decodes sixteen symbols at a time.
    @inline(__always)
    private static func decodeBlocks(_ bytes: Span<UInt8>, _ start: Int, _ room: inout OutputSpan<UInt8>) -> Int {
        var i = start
        while bytes.count &- i >= 16, !(.!symbols(bytes.block(i))).isSet {
            let words = values(bytes.block(i))
            for k in 0..<2 {
                room.append(bytesOf: (packed(words[k].byteSwapped) &<< 16).bigEndian)
                room.removeLast(2)
            }
            i &+= 16
        }
        return i
    }

    /// The values of sixteen symbols, a byte each.
    @inline(__always)
    private static func values(_ symbols: Block) -> SIMD2<UInt64> {
        let offsets = Block(repeating: 4).replacing(with: -65, where: symbols .> .all(0x40))
            .replacing(with: -71, where: symbols .> .all(0x60))
            .replacing(with: 16, where: symbols .== .all(UInt8(ascii: "/")))
            .replacing(with: 19, where: symbols .== .all(UInt8(ascii: "+")))
        // `unsafe` is only that any sixteen bytes make two words.
        return unsafe unsafeBitCast(symbols &+ offsets, to: SIMD2<UInt64>.self)
    }

    /// The 48 bits that eight values stand for, the first one highest.
    @inline(__always)
    private static func packed(_ values: UInt64) -> UInt64 {
        let pairs = (values & 0x3F00_3F00_3F00_3F00) &>> 2 | values & 0x003F_003F_003F_003F
        let fours = (pairs & 0x0FFF_0000_0FFF_0000) &>> 4 | pairs & 0x0000_0FFF_0000_0FFF
        return (fours & 0x00FF_FFFF_0000_0000) &>> 8 | fours & 0xFF_FFFF
    }

    private static func flush(
        _ bits: inout UInt32, _ held: inout Int, to output: inout [UInt8], _ damage: inout Damage
    ) {
        let shifted = bits << UInt32(6 * (4 - held))
        if held > 1 { output.append(UInt8(truncatingIfNeeded: shifted >> 16)) }
        if held > 2 { output.append(UInt8(truncatingIfNeeded: shifted >> 8)) }
        if held > 3 { output.append(UInt8(truncatingIfNeeded: shifted)) }
        bits = 0
        held = 0
    }

    /// Where decoding goes on after padding: at the next run, or at the end.
    private static func afterPadding(
        _ bytes: Span<UInt8>, _ start: Int, _ values: Span<UInt8>, _ damage: inout Damage
    ) -> Int {
        var i = start
        while i < bytes.count, values[Int(bytes[i])] == 65 || values[Int(bytes[i])] == 64 { i += 1 }
        var k = i
        while k < bytes.count {
            let byte = bytes[k]
            if byte == UInt8(ascii: "=") { return i }
            if values[Int(byte)] == 66 || byte == .space || byte == .tab {
                damage.footer = bytes.count - i
                return bytes.count
            }
            k += 1
        }
        return i
    }

    /// Appends the bytes in base64, padded, on one line.
    static func encode(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let alphabet = alphabet.span
        output.append(addingCapacity: (bytes.count + 2) / 3 * 4) { (room: inout OutputSpan<UInt8>) in
            var i = 0
            while i + 3 <= bytes.count {
                let a = bytes[i]
                let b = bytes[i + 1]
                let c = bytes[i + 2]
                room.append(alphabet[Int(a >> 2)])
                room.append(alphabet[Int(a << 4 & 0x30 | b >> 4)])
                room.append(alphabet[Int(b << 2 & 0x3C | c >> 6)])
                room.append(alphabet[Int(c & 0x3F)])
                i += 3
            }
            guard i < bytes.count else { return }
            let a = bytes[i]
            let b = i + 1 < bytes.count ? bytes[i + 1] : 0
            room.append(alphabet[Int(a >> 2)])
            room.append(alphabet[Int(a << 4 & 0x30 | b >> 4)])
            room.append(i + 1 < bytes.count ? alphabet[Int(b << 2 & 0x3C)] : UInt8(ascii: "="))
            room.append(UInt8(ascii: "="))
        }
    }
}
