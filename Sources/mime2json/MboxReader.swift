import Glibc
import JSON
import Spool

/// The messages of an mbox (RFC 4155), one after the other, with no more than one of them in memory.
///
/// mboxrd and mboxo alike: a message begins with a line "From " that has a time in it and follows an empty line or
/// nothing; in bodies such lines begin with ">", one of which is taken away.
struct MboxReader: ~Copyable {
    private let file: Descriptor
    private var buffer: [UInt8] = []
    /// Where in the file `buffer` begins.
    private var offset = 0
    /// Where the next message begins in `buffer`.
    private var start = 0
    private var isAtEnd = false
    private var isFirst = true

    init(_ file: consuming Descriptor) {
        self.file = file
    }

    /// The next message, its "From " line and the empty line at its end taken away; nil at the end of the file.
    mutating func next() throws(SystemError) -> [UInt8]? {
        guard let range = try nextRange() else { return nil }
        return Self.unquoted(buffer.span.extracting(range.lowerBound - offset..<range.upperBound - offset))
    }

    /// Where in the file the next message stands, its "From " line included; nil at the end of the file.
    mutating func nextRange() throws(SystemError) -> Range<Int>? {
        while true {
            let end = try findEnd()
            defer { start = end }
            guard start < end else { return nil }
            let isSkipped = isFirst && Self.isBlank(buffer.span.extracting(start..<end))
            isFirst = false
            if !isSkipped { return offset + start..<offset + end }
        }
    }

    /// Where the message at `start` ends: at the next separator, or at the end of the file.
    private mutating func findEnd() throws(SystemError) -> Int {
        var line = start
        while true {
            while let next = Self.lineEnd(buffer.span, from: line) {
                if line > start, Self.isSeparator(buffer.span, line..<next), isAfterEmptyLine(line) { return line }
                line = next
            }
            if isAtEnd { return buffer.count }
            line -= start
            try read()
        }
    }

    private func isAfterEmptyLine(_ line: Int) -> Bool {
        guard line - start >= 2 else { return true }
        return buffer[line - 2] == UInt8(ascii: "\n")
            || line - start >= 3 && buffer[line - 2] == UInt8(ascii: "\r") && buffer[line - 3] == UInt8(ascii: "\n")
    }

    /// Reads more, and forgets what has been handed out.
    private mutating func read() throws(SystemError) {
        buffer.removeFirst(start)
        offset += start
        start = 0
        isAtEnd = try file.append(to: &buffer, upTo: max(256 * 1024, buffer.count / 2)) == 0
    }

    // MARK: Lines

    /// The index after the line feed that ends the line; nil when none has come yet.
    private static func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        for index in start..<max(start, bytes.count) where bytes[index] == UInt8(ascii: "\n") { return index + 1 }
        return nil
    }

    private static func startsWithFrom(_ bytes: Span<UInt8>, _ start: Int) -> Bool {
        guard start + 5 <= bytes.count else { return false }
        return bytes[start] == UInt8(ascii: "F") && bytes[start + 1] == UInt8(ascii: "r")
            && bytes[start + 2] == UInt8(ascii: "o") && bytes[start + 3] == UInt8(ascii: "m")
            && bytes[start + 4] == UInt8(ascii: " ")
    }

    /// "From ", and somewhere after it a time: two digits, a colon, two digits.
    private static func isSeparator(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
        guard startsWithFrom(bytes, line.lowerBound), line.count >= 10 else { return false }
        func isDigit(_ index: Int) -> Bool { 0x30...0x39 ~= bytes[index] }
        for index in line.lowerBound + 7..<line.upperBound - 2 where bytes[index] == UInt8(ascii: ":") {
            if isDigit(index - 2), isDigit(index - 1), isDigit(index + 1), isDigit(index + 2) { return true }
        }
        return false
    }

    private static func isBlank(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where bytes[index] != UInt8(ascii: "\n") && bytes[index] != UInt8(ascii: "\r") {
            return false
        }
        return true
    }

    // MARK: Messages

    /// The message that stands in these bytes of an mbox.
    static func unquoted(_ bytes: Span<UInt8>) -> [UInt8] {
        var line = 0
        if let first = lineEnd(bytes, from: 0), isSeparator(bytes, 0..<first) { line = first }
        var message: [UInt8] = []
        message.reserveCapacity(bytes.count)
        var copied = line
        while line < bytes.count {
            let next = lineEnd(bytes, from: line) ?? bytes.count
            if isQuoted(bytes, line..<next) {
                message.append(bytes.extracting(copied..<line))
                copied = line + 1
            }
            line = next
        }
        message.append(bytes.extracting(copied...))
        dropEmptyLine(&message)
        return message
    }

    /// ">From ", with any number of ">".
    private static func isQuoted(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
        var index = line.lowerBound
        while index < line.upperBound, bytes[index] == UInt8(ascii: ">") { index += 1 }
        return index > line.lowerBound && startsWithFrom(bytes, index)
    }

    private static func dropEmptyLine(_ message: inout [UInt8]) {
        if message.suffix(2).elementsEqual([10, 10]) { message.removeLast() }
        if message.suffix(4).elementsEqual([13, 10, 13, 10]) { message.removeLast(2) }
    }
}
