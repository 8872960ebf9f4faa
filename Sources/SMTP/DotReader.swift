import Bytes

/// Reads the content of DATA (RFC 5321 §4.5.2) out of the bytes of a connection.
///
/// CRLF.CRLF alone ends it. Everything else that software somewhere has taken for an end (SMTP smuggling) is content:
/// a dot after a bare LF or CR is a dot. Of two dots after a bare LF one goes: some who end lines so stuff them there
/// (Python's smtplib), some do not (curl), and this way neither loses or gains a dot at a line that begins with one.
/// The reader starts in the state "after CRLF", so that the first line needs no special case. It copies nothing: runs of
/// content are ranges of the input, whole lines together, and only a stuffed dot or a bare LF cuts them.
package struct DotReader: Sendable, Equatable {
    /// What the bytes before mean for the next one.
    private enum State: Sendable {
        /// After CRLF; a dot here is not content. Exits: dot, carriageReturn, text.
        case line
        /// Within a line. Exits: carriageReturn, and text by a bare LF.
        case text
        /// After CR, which was passed on. Exits: line by LF, else text.
        case carriageReturn
        /// After CRLF and a dot, which is held back for good: the end, or stuffing. Exits: dotCR, text.
        case dot
        /// After CRLF, a dot and CR, which is held back. Exits: the end by LF, else carriageReturn.
        case dotCR
        /// Before a bare LF whose missing CR was supplied. Exits: bareLine, bareDot, text, never line.
        case bareLF
        /// After a bare LF that ended the input. Exits: bareDot, text.
        case bareLine
        /// After a bare LF and a dot, which was passed on; another one here is not content. Exit: text.
        case bareDot
    }

    /// What comes next in the input.
    package enum Piece: Equatable, Sendable {
        /// These bytes of the input are content.
        case content(Range<Int>)
        /// A CR is content here: one that was held back, or one that a bare LF lacked.
        case carriageReturn
        /// The input is used up.
        case more
        /// The terminator was read; the position is behind it.
        case end
    }

    private var state = State.line
    private let looksForBareCR: Bool
    /// Whether an LF came without CR, or (when asked to look) a CR without LF.
    package private(set) var hasBareNewline = false

    /// - Parameter looksForBareCR: whether a CR without LF is to be noticed too; that costs a second look.
    package init(looksForBareCR: Bool = false) {
        self.looksForBareCR = looksForBareCR
    }

    /// The next piece of `input` from `position`, which moves behind it.
    package mutating func next(_ input: Span<UInt8>, _ position: inout Int) -> Piece {
        while position < input.count {
            switch state {
            case .line where input[position] == UInt8(ascii: "."):
                position += 1
                state = .dot
            case .dot:
                state = input[position] == 0x0D ? .dotCR : .text
                if state == .dotCR { position += 1 }
            case .dotCR where input[position] == 0x0A:
                position += 1
                state = .line
                return .end
            case .dotCR:
                state = .carriageReturn
                return .carriageReturn
            case .bareLine where input[position] == UInt8(ascii: "."):
                position += 1
                state = .bareDot
                return .content(position - 1..<position)
            case .bareLine:
                state = .text
            case .bareDot:
                if input[position] == UInt8(ascii: ".") { position += 1 }
                state = .text
            case .line where input[position] == 0x0A, .text where input[position] == 0x0A:
                hasBareNewline = true
                state = .bareLF
                return .carriageReturn
            case .line, .text, .carriageReturn, .bareLF:
                return run(input, &position)
            }
        }
        return .more
    }

    /// The longest piece of content from `position` on: to a line that begins with a dot, to a bare LF, or to the end.
    private mutating func run(_ input: Span<UInt8>, _ position: inout Int) -> Piece {
        let start = position
        var next = state == .bareLF ? start + 1 : start
        var end = input.count
        var after = State.text
        if state == .bareLF, next == input.count || input[next] == UInt8(ascii: ".") {
            (end, after) = next == input.count ? (next, .bareLine) : (next + 1, .bareDot)
        }
        while after == .text, let feed = input.firstIndex(of: 0x0A, from: next) {
            guard feed > start ? input[feed - 1] == 0x0D : state == .carriageReturn else {
                end = feed
                break
            }
            next = feed + 1
            if next == input.count || input[next] == UInt8(ascii: ".") {
                (end, after) = (next, .line)
                break
            }
        }
        if looksForBareCR { noticeBareCR(input, start, end) }
        if after == .text, input[end - 1] == 0x0D { after = .carriageReturn }
        position = end
        state = after
        return .content(start..<end)
    }

    /// Looks for a CR that something else than LF follows; one at the end is judged with the next run.
    private mutating func noticeBareCR(_ input: Span<UInt8>, _ start: Int, _ end: Int) {
        if state == .carriageReturn, start < end, input[start] != 0x0A { hasBareNewline = true }
        var next = start
        while let mark = input.firstIndex(of: 0x0D, in: next..<end), mark + 1 < end {
            if input[mark + 1] != 0x0A { hasBareNewline = true }
            next = mark + 1
        }
    }
}
