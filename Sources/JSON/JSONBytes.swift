/// The bytes that RFC 8259 names.
let quote = UInt8(ascii: "\"")
let backslash = UInt8(ascii: "\\")
let lf: UInt8 = 0x0A
let cr: UInt8 = 0x0D

/// ws of RFC 8259 §2.
@inline(__always)
func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10
}

/// ASCII that stands for itself within a string: neither a control character, nor `"`, nor `\`.
@inline(__always)
func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x80 && byte != quote && byte != backslash
}

/// The same for eight bytes at once. A byte `x` below 0x80 is zero, or below 0x20, exactly when its subtraction borrows
/// into bit 7; a borrow from a neighbour can only make a plain byte look special, never the reverse.
///
/// - Returns: 0 when all are plain.
@inline(__always)
func specials(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = (word ^ (ones &* UInt64(quote))) &- ones
    let backslashes = (word ^ (ones &* UInt64(backslash))) &- ones
    let controls = word &- (ones &* 0x20)
    return (word | quotes | backslashes | controls) & (ones &* 0x80)
}

/// The value of a hexadecimal digit, of either case.
func hexValue(_ byte: UInt8) -> UInt16? {
    switch byte {
    case 0x30...0x39: UInt16(byte - 0x30)
    case 0x41...0x46: UInt16(byte - 0x41 + 10)
    case 0x61...0x66: UInt16(byte - 0x61 + 10)
    default: nil
    }
}

/// What `\x` stands for, for every escape but `\u`.
func simpleEscape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case quote, backslash, UInt8(ascii: "/"): byte
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
}
