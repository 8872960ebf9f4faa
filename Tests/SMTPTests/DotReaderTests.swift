import SMTP
import Testing

struct DotReaderTests {
    /// Reads pieces as they come; nil when the terminator did not.
    private func read(_ pieces: [ArraySlice<UInt8>], looksForBareCR: Bool = false) -> (
        content: [UInt8], rest: Int, bare: Bool
    )? {
        var reader = DotReader(looksForBareCR: looksForBareCR)
        var content: [UInt8] = []
        var consumed = 0
        for piece in pieces {
            let bytes = Array(piece)
            var position = 0
            loop: while true {
                switch reader.next(bytes.span, &position) {
                case .content(let range): content += bytes[range]
                case .carriageReturn: content.append(13)
                case .more: break loop
                case .end: return (content, consumed + position, reader.hasBareNewline)
                }
            }
            consumed += bytes.count
        }
        return nil
    }

    /// The rule, put another way: lines end at CRLF, a lone dot ends the message, a first dot of a line goes, a bare LF
    /// gets a CR, and of two dots after it one goes.
    private func model(_ bytes: [UInt8]) -> (content: [UInt8], rest: Int, bare: Bool)? {
        var content: [UInt8] = []
        var bare = false
        var start = 0
        while let end = endOfLine(bytes, start) {
            let line = bytes[start..<end]
            if Array(line) == [0x2E, 13, 10] { return (content, end, bare) }
            for (index, byte) in zip(line.indices, line) where index > start || byte != 0x2E {
                if index >= start + 2, byte == 0x2E, bytes[index - 1] == 0x2E, isBareLF(bytes, index - 2, start) {
                    continue
                }
                if byte == 10, index < end - 1 {
                    content.append(13)
                    bare = true
                }
                content.append(byte)
            }
            start = end
        }
        return nil
    }

    /// Whether there is an LF without CR at `index` of the line that begins at `start`: its first byte is one, unless it is a
    /// stuffed dot's.
    private func isBareLF(_ bytes: [UInt8], _ index: Int, _ start: Int) -> Bool {
        bytes[index] == 10 && (index == start || bytes[index - 1] != 13)
    }

    private func endOfLine(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard start + 1 < bytes.count else { return nil }
        for index in (start + 1)..<bytes.count where bytes[index] == 10 && bytes[index - 1] == 13 { return index + 1 }
        return nil
    }

    /// Every string of up to seven of the bytes that matter, then a terminator: whole, at every split into two, and one
    /// byte at a time.
    @Test func everySplitOfEveryCase() throws {
        let alphabet: [UInt8] = [13, 10, 0x2E, 0x61]
        for length in 0...6 {
            var digits = [Int](repeating: 0, count: length)
            repeat {
                let bytes = digits.map { alphabet[$0] } + Array("\r\n.\r\nNEXT".utf8)
                let expected = try #require(model(bytes))
                for split in 0..<bytes.count {
                    let result = try #require(read([bytes[..<split], bytes[split...]]))
                    guard result == expected else {
                        Issue.record("\(bytes) at \(split): \(result), not \(expected)")
                        return
                    }
                }
                let single = try #require(read(bytes.indices.map { bytes[$0...$0] }))
                guard single == expected else {
                    Issue.record("\(bytes) by bytes: \(single), not \(expected)")
                    return
                }
            } while increment(&digits, alphabet.count)
        }
    }

    /// What ends a line or seems to, at every place of lines around the size of the blocks that are searched, and cut there.
    @Test(arguments: ["\n", "\r", "\r\n", "\r\n.", "\r\n..", "\n.\r\n", "\n..", "\r\n.\n", "\r\r\n", "\n\n", ".\r\n"])
    func longLines(_ found: String) throws {
        for size in [0, 1, 7, 8, 15, 16, 17, 31, 33, 40] {
            for place in 0...size {
                var bytes = [UInt8](repeating: 0x61, count: size)
                bytes.insert(contentsOf: found.utf8, at: place)
                bytes += Array("\r\n.\r\nNEXT".utf8)
                let expected = try #require(model(bytes))
                let isBare = expected.bare || found.split(separator: "\r\n").contains { $0.utf8.contains(13) }
                for split in [0, place, place + 1, place + found.utf8.count, bytes.count - 6] {
                    let pieces = [bytes[..<split], bytes[split...]]
                    #expect(try #require(read(pieces)) == expected)
                    #expect(try #require(read(pieces, looksForBareCR: true)).bare == isBare)
                }
            }
        }
    }

    private func increment(_ digits: inout [Int], _ base: Int) -> Bool {
        for index in digits.indices {
            digits[index] += 1
            if digits[index] < base { return true }
            digits[index] = 0
        }
        return false
    }

    @Test(arguments: [
        ("a\rb\r\n.\r\n", true), ("a\r\r\n.\r\n", true), ("a\nb\r\n.\r\n", true), ("a\r\n.\r\n", false),
        (".\r\n", false), ("\r\n.\r\n", false), (".a\r\n.\r\n", false), (".\r\r\n.\r\n", true), ("..\r\n.\r\n", false),
    ])
    func bareNewlinesAreNoticedAtEverySplit(_ text: String, _ isBare: Bool) throws {
        let bytes = Array(text.utf8)
        for split in 0...bytes.count {
            #expect(try #require(read([bytes[..<split], bytes[split...]], looksForBareCR: true)).bare == isBare)
        }
    }

    @Test func linesPassThroughTogether() {
        let bytes = Array((String(repeating: "A line of text.\r\n", count: 100) + ".\r\n").utf8)
        var reader = DotReader()
        var position = 0
        #expect(reader.next(bytes.span, &position) == .content(0..<1700))
        #expect(reader.next(bytes.span, &position) == .end)
    }
}
