/// Message ids (RFC 5322 §3.6.4) without their angle brackets.
public struct IDList: Sendable {
    /// The ids, one after another.
    public private(set) var text: [UInt8] = []
    /// Where each of them stands in `text`.
    public private(set) var ids: [Range<Int>] = []

    init() {}

    /// Adds those of a value: everything between `<` and `>`; without any brackets, every word.
    mutating func read(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var found = false
        var i = value.lowerBound
        while i < value.upperBound, ids.count < Limits.messageIDs {
            if bytes[i] == UInt8(ascii: "<") {
                let close = bytes.firstIndex(of: UInt8(ascii: ">"), in: i..<value.upperBound) ?? value.upperBound
                found = true
                add(bytes, i + 1..<close)
                i = close
            }
            i += 1
        }
        if !found { readWords(bytes, value) }
    }

    private mutating func readWords(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var i = bytes.skipCFWS(value.lowerBound, value.upperBound)
        while i < value.upperBound, ids.count < Limits.messageIDs {
            let start = i
            while i < value.upperBound, !bytes[i].isFWS { i += 1 }
            add(bytes, start..<i)
            i = bytes.skipCFWS(i, value.upperBound)
        }
    }

    /// Adds the URLs of a value: what stands between angle brackets, comments and white space aside (RFC 2369 §2).
    mutating func readURLs(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var i = bytes.skipCFWS(value.lowerBound, value.upperBound)
        while i < value.upperBound, ids.count < Limits.messageIDs {
            if bytes[i] == UInt8(ascii: "<") {
                guard let close = bytes.firstIndex(of: UInt8(ascii: ">"), in: i..<value.upperBound) else { return }
                let url = (i + 1..<close).map { bytes[$0] }.filter { !$0.isFWS }
                add(url.span, 0..<url.count)
                i = close
            }
            i = bytes.skipCFWS(i + 1, value.upperBound)
        }
    }

    /// Adds one, unfolded; white space within stays, as it was sent.
    private mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let start = text.count
        var damage = TextDamage()
        let id = bytes.trimmed(range)
        if bytes.firstIndex(of: .lf, in: id) == nil, bytes.firstIndex(of: .cr, in: id) == nil {
            text.appendText(bytes.extracting(id), .header, &damage)
        } else {
            var unfolded: [UInt8] = []
            for i in id where !bytes[i].isFWS { unfolded.append(bytes[i]) }
            text.appendText(unfolded.span, .header, &damage)
        }
        if text.count > start { ids.append(start..<text.count) }
    }
}
