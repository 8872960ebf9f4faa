import JSON
import MIME

/// What somebody wrote now, apart from what is quoted.
struct Reply {
    /// The new text; not with the quoted part or the signature.
    let text: [UInt8]
    let quoted: [UInt8]
    let signature: [UInt8]
    /// By which sign the quoted part was found.
    let method: String

    /// Texts of more bytes than this are not written by a person.
    static let largest = 1 << 20

    /// Writes the member `reply`. Empty members are left out.
    func write(to json: inout JSONWriter) {
        json.name("reply")
        json.object { json in
            json.name("text")
            json.string(text.span)
            if !quoted.isEmpty {
                json.name("quoted")
                json.string(quoted.span)
            }
            if !signature.isEmpty {
                json.name("signature")
                json.string(signature.span)
            }
            json.member("method", method)
        }
    }
}

extension EmailDocument {
    var saysThatItAnswers: Bool {
        mutating get {
            message.first(.inReplyTo) != nil || message.first(.references) != nil
                || Self.answerWords.contains(subjectWord)
        }
    }

    /// Whether its subject says that it passes another message on. Outlook puts the same lines above that as above one it answers.
    private var isForward: Bool {
        mutating get { Self.forwardWords.contains(subjectWord) }
    }

    var firstWordOfSubject: String {
        mutating get {
            guard let subject else { return "" }
            let start = subject.prefix(10).prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "[") && $0 != 0xEF }
            guard start.count < min(subject.count, 10) else { return "" }
            return String(decoding: start, as: UTF8.self).lowercased()
        }
    }

    /// The same languages as below.
    private static let answerWords: Set<String> = [
        "re", "aw", "antw", "antwort", "rép", "res", "rif", "r", "sv", "vs", "odp", "ynt", "回复", "答复", "回覆", "返信",
        "ответ",
    ]

    /// English, German, French, Spanish, Italian and Portuguese, Dutch, the Nordic languages, Polish, Turkish, Chinese, Japanese; "vs" is a
    /// reply in Finnish elsewhere, and so it is not here.
    private static let forwardWords: Set<String> = [
        "fw", "fwd", "wg", "tr", "rv", "i", "enc", "doorst", "vb", "vl", "pd", "ilt", "转发", "轉寄", "転送",
    ]

    /// Whether a displayed text is to be split: it is an answer's, or has marks. Without those, a close look would take as long as all
    /// the rest.
    private mutating func mayHaveReply(_ text: Span<UInt8>) -> Bool {
        text.count <= Reply.largest && (isAnswer || ReplySplit.hasMarks(text))
    }

    /// Splits the displayed text; nil when there is neither a quotation nor a signature, so that all of it is new.
    ///
    /// An answer's HTML tells best what its program has quoted, so that comes first; for others it would cost more than it tells.
    mutating func reply(_ text: PartText, _ html: PartText?) -> Reply? {
        if isForward { return nil }
        if isAnswer, let html, html.range.count <= Reply.largest, let reply = Self.reply(html: html.bytes) {
            return reply
        }
        guard text.traits == nil, mayHaveReply(text.span) else { return nil }
        let text = text.bytes
        return Self.reply(ReplySplit(text: text), text)
    }

    private static func reply(html: [UInt8]) -> Reply? {
        var text: [UInt8] = []
        let split = ReplySplit(html: html.span, text: &text)
        return reply(split, text)
    }

    private static func reply(_ split: ReplySplit, _ text: [UInt8]) -> Reply? {
        if split.quoted.isEmpty, split.signature.isEmpty { return nil }
        return Reply(
            text: Array(text[split.text]), quoted: Array(text[split.quoted]), signature: Array(text[split.signature]),
            method: split.method.rawValue)
    }
}
