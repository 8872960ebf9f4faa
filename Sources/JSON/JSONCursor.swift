import Bytes

/// Limits of the scanner.
enum Limit {
    /// How deep arrays and objects may nest (RFC 8259 §9 lets an implementation set one).
    static let depth = 10_000
}

/// Reads JSON texts (RFC 8259) from bytes, strictly and without recursion. Each method reads one production at the
/// cursor and steps over it; `false` or `nil` means that the bytes are not that production.
struct JSONCursor: ~Escapable {
    private let bytes: Span<UInt8>
    /// Where the next byte is read.
    private(set) var at = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { at == bytes.count }

    /// The next byte; 0 at the end, which is no JSON byte outside strings.
    var peek: UInt8 { at < bytes.count ? bytes[at] : 0 }

    /// ws = *( %x20 / %x09 / %x0A / %x0D )
    mutating func skipSpace() {
        while at < bytes.count, isSpace(bytes[at]) { at += 1 }
    }

    /// Steps over `byte` if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// Steps over the literal name (`true`, `false`, `null`) if it is next.
    mutating func take(_ literal: String) -> Bool {
        var end = at
        for scalar in literal.utf8 {
            guard end < bytes.count, bytes[end] == scalar else { return false }
            end += 1
        }
        at = end
        return true
    }

    /// number = [ minus ] int [ frac ] [ exp ]
    mutating func number() -> Range<Int>? {
        let start = at
        _ = take(UInt8(ascii: "-"))
        guard take(UInt8(ascii: "0")) || digits() else { return nil }
        if take(UInt8(ascii: ".")), !digits() { return nil }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            guard digits() else { return nil }
        }
        return start..<at
    }

    private mutating func digits() -> Bool {
        let start = at
        while at < bytes.count, isDigit(bytes[at]) { at += 1 }
        return at > start
    }

    /// A string; the range is what stands between the quotation marks.
    mutating func string() -> Range<Int>? {
        guard take(quote) else { return nil }
        let start = at
        while true {
            skipPlain()
            guard at < bytes.count else { return nil }
            switch bytes[at] {
            case quote:
                at += 1
                return start..<(at - 1)
            case backslash:
                guard escape() else { return nil }
            case 0x80...:
                guard multibyte() else { return nil }
            default:
                return nil  // a control character
            }
        }
    }

    /// Steps over the characters of a string that stand for themselves: 64 or 8 at a time.
    private mutating func skipPlain() {
        while at &+ 64 <= bytes.count, arePlain64(at: at) { at &+= 64 }
        while at &+ 8 <= bytes.count {
            let found = specials(bytes.word(at))
            guard found == 0 else {
                // The lowest is exact: what may be taken for special comes after one that is.
                at &+= found.trailingZeroBitCount / 8
                return
            }
            at &+= 8
        }
        while at < bytes.count, isPlain(bytes[at]) { at &+= 1 }
    }

    /// Whether this and the next 63 bytes, which the caller knows to be there, are plain. The compiler makes vectors of it:
    /// there is no way out of the loop. What is below 0x20 as a signed number is a control character or above ASCII.
    @inline(__always)
    private func arePlain64(at index: Int) -> Bool {
        let block = bytes.extracting(index..<index &+ 64)
        var found: UInt8 = 0
        for offset in 0..<64 {
            let byte = block[offset]
            found |= (Int8(bitPattern: byte) < 0x20 ? 1 : 0) | (byte == quote ? 1 : 0) | (byte == backslash ? 1 : 0)
        }
        return found == 0
    }

    /// escape = %x5C ( one of `"\/bfnrt` / %x75 4HEXDIG )
    private mutating func escape() -> Bool {
        guard bytes.count - at >= 2 else { return false }
        let kind = bytes[at + 1]
        at += 2
        guard kind == UInt8(ascii: "u") else { return simpleEscape(kind) != nil }
        guard bytes.count - at >= 4 else { return false }
        for offset in 0..<4 where hexValue(bytes[at + offset]) == nil { return false }
        at += 4
        return true
    }

    /// One UTF-8 sequence of two to four bytes (RFC 3629 §4): no overlong form, no surrogate, nothing past U+10FFFF.
    private mutating func multibyte() -> Bool {
        let first = bytes[at]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return false
        }
        guard bytes.count - at >= length, second.contains(bytes[at + 1]) else { return false }
        for offset in 2..<max(length, 2) where bytes[at + offset] & 0xC0 != 0x80 { return false }
        at += length
        return true
    }

    /// Any value, white space before it included. Containers are followed with a bit a level, not with recursion.
    mutating func value() -> Bool {
        var nesting = Nesting()
        repeat {
            skipSpace()
            guard begin(&nesting) else { return false }
        } while !nesting.finished
        return true
    }

    /// Reads a scalar, an empty container or the opening of a container, and then what closes or continues those around it.
    private mutating func begin(_ nesting: inout Nesting) -> Bool {
        switch peek {
        case UInt8(ascii: "{"):
            at += 1
            skipSpace()
            if !take(UInt8(ascii: "}")) { return nesting.push(object: true) && key() }
        case UInt8(ascii: "["):
            at += 1
            skipSpace()
            if !take(UInt8(ascii: "]")) { return nesting.push(object: false) }
        case quote:
            guard string() != nil else { return false }
        case UInt8(ascii: "t"):
            guard take("true") else { return false }
        case UInt8(ascii: "f"):
            guard take("false") else { return false }
        case UInt8(ascii: "n"):
            guard take("null") else { return false }
        default:
            guard number() != nil else { return false }
        }
        return finish(&nesting)
    }

    /// A value has been read: closes the containers that end here, or steps to the next element of the innermost.
    private mutating func finish(_ nesting: inout Nesting) -> Bool {
        while !nesting.isEmpty {
            skipSpace()
            let inObject = nesting.inObject
            if take(UInt8(ascii: ",")) { return inObject ? key() : true }
            guard take(inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return false }
            nesting.pop()
        }
        nesting.finished = true
        return true
    }

    /// The name of a member and its colon.
    private mutating func key() -> Bool {
        skipSpace()
        guard string() != nil else { return false }
        skipSpace()
        return take(UInt8(ascii: ":"))
    }
}

/// Which containers are open: one bit a level, set for an object.
private struct Nesting {
    private var top: UInt64 = 0
    private var rest: [UInt64] = []
    private var depth = 0
    var finished = false

    var isEmpty: Bool { depth == 0 }
    var inObject: Bool { top & 1 == 1 }

    mutating func push(object: Bool) -> Bool {
        guard depth < Limit.depth else { return false }
        if depth > 0, depth % 64 == 0 { rest.append(top) }
        top = top << 1 | (object ? 1 : 0)
        depth += 1
        return true
    }

    mutating func pop() {
        depth -= 1
        top >>= 1
        if depth > 0, depth % 64 == 0 { top = rest.removeLast() }
    }
}
