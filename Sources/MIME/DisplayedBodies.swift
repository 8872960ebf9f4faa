/// Which parts a mail program shows, and which it lists (RFC 8621 §4.1.4). Indices into `Message.parts`.
public struct DisplayedBodies: Sendable, Equatable {
    /// The parts shown when plain text is preferred.
    public internal(set) var text: [Int] = []
    /// The parts shown when HTML is preferred.
    public internal(set) var html: [Int] = []
    /// Every leaf whose text is shown by neither, in document order: attachments, inline images, messages.
    public internal(set) var attachments: [Int] = []
    /// What RFC 8621 calls attachments: without the images and sounds that are shown in line.
    public internal(set) var unshown: [Int] = []
}

extension Message {
    /// Chooses the displayed bodies as RFC 8621 §4.1.4 does, without its recursion.
    public func displayedBodies() -> DisplayedBodies {
        var chooser = BodyChooser(message: self)
        return chooser.run()
    }
}

/// The algorithm of RFC 8621 §4.1.4 as a walk over the parts in document order, which is the order of its recursion.
private struct BodyChooser {
    let message: Message
    private var bodies = DisplayedBodies()

    /// A multipart on the way down.
    private struct Frame {
        let kind: MediaKind
        /// Whether it is an alternative or stands in one.
        let inAlternative: Bool
        /// Whether texts, or HTML texts, are still collected here.
        var text: Bool
        var html: Bool
        /// How many there were when it began.
        let textCount: Int
        let htmlCount: Int
        /// Of a multipart/related: which of its children is the one that refers to the others.
        var root = 1
        /// Its next child; -1: none.
        var next: Int
    }

    init(message: Message) { self.message = message }

    mutating func run() -> DisplayedBodies {
        var stack: [Frame] = []
        // The RFC begins with the message as the only part of a multipart/mixed.
        var top = Frame(
            kind: .multipart, inAlternative: false, text: true, html: true, textCount: 0, htmlCount: 0, next: 0)
        while true {
            guard top.next >= 0 else {
                close(top)
                guard let above = stack.popLast() else { return finished() }
                top = above
                continue
            }
            let part = message.parts[top.next]
            top.next = part.nextSibling
            if part.isMultipart {
                stack.append(top)
                top = Frame(
                    kind: part.kind, inAlternative: top.inAlternative || part.kind == .alternative, text: top.text,
                    html: top.html, textCount: bodies.text.count, htmlCount: bodies.html.count,
                    root: part.kind == .related ? root(of: part) : 1, next: part.firstChild)
            } else {
                leaf(part, in: &top)
            }
        }
    }

    private mutating func leaf(_ part: Part, in frame: inout Frame) {
        let isMedia = part.kind == .image || part.kind == .audio || part.kind == .video
        guard isShown(part, isMedia, in: frame) else { return bodies.unshown.append(part.index) }
        if frame.kind == .alternative {
            switch part.kind {
            case .plain: if frame.text { bodies.text.append(part.index) }
            case .html: if frame.html { bodies.html.append(part.index) }
            default: bodies.unshown.append(part.index)
            }
            return
        }
        if frame.inAlternative {
            if part.kind == .plain { frame.html = false }
            if part.kind == .html { frame.text = false }
        }
        if frame.text { bodies.text.append(part.index) }
        if frame.html { bodies.html.append(part.index) }
        if isMedia, !(frame.text && frame.html) { bodies.unshown.append(part.index) }
    }

    /// The child that the parameter `start` names (RFC 2387 §3.2), else the first; RFC 8621 knows no other than the first.
    private func root(of related: Part) -> Int {
        var start: [UInt8] = []
        var ignored = Defects()
        let field = message.fields[related.typeField]
        guard message.appendParameter("start", of: field, to: &start, defects: &ignored) else { return 1 }
        let name = start.span.withoutBrackets
        var id: [UInt8] = []
        for child in message.children(of: related) {
            id.removeAll(keepingCapacity: true)
            guard message.appendContentID(of: message.parts[child], to: &id) else { continue }
            if id[...] == start[name] { return message.parts[child].ordinal }
        }
        return 1
    }

    /// Of a multipart/related only its root is shown. A text with a file name is, when it comes first.
    private func isShown(_ part: Part, _ isMedia: Bool, in frame: Frame) -> Bool {
        guard part.disposition != .attachment, isMedia || part.kind == .plain || part.kind == .html else {
            return false
        }
        if frame.kind == .related { return part.ordinal == frame.root }
        return part.ordinal == 1 || isMedia || !hasName(part)
    }

    private func hasName(_ part: Part) -> Bool {
        var name: [UInt8] = []
        var ignored = Defects()
        return message.appendName(of: part, to: &name, defects: &ignored) && !name.isEmpty
    }

    /// An alternative that has only one of the two shows it for both.
    private mutating func close(_ frame: Frame) {
        guard frame.kind == .alternative, frame.text, frame.html else { return }
        if bodies.text.count == frame.textCount, bodies.html.count != frame.htmlCount {
            bodies.text.append(contentsOf: bodies.html[frame.htmlCount...])
        } else if bodies.html.count == frame.htmlCount, bodies.text.count != frame.textCount {
            bodies.html.append(contentsOf: bodies.text[frame.textCount...])
        }
    }

    private mutating func finished() -> DisplayedBodies {
        var shown = [Bool](repeating: false, count: message.parts.count)
        for index in bodies.text + bodies.html where message.parts[index].isText { shown[index] = true }
        for part in message.parts where !part.isMultipart && !shown[part.index] {
            // A text that is not shown is listed whole.
            if part.isFileInText, !shown[part.parent] { continue }
            bodies.attachments.append(part.index)
            if part.isFileInText { bodies.unshown.append(part.index) }
        }
        return bodies
    }
}

extension Span<UInt8> {
    /// All of it, without the angle brackets of a message id.
    fileprivate var withoutBrackets: Range<Int> {
        var range = trimmed(0..<count)
        if let first = range.first, self[first] == UInt8(ascii: "<") { range = range.dropFirst() }
        if let last = range.last, self[last] == UInt8(ascii: ">") { range = range.dropLast() }
        return range
    }
}
