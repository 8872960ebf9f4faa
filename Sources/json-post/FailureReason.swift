/// The text of `failed/<key>.reason`: when the record was set aside, after how many attempts, and why.
///
///     2026-11-21T10:00:00.123Z attempts=3 status 413: no
struct FailureReason: Equatable {
    /// RFC 3339. Nil, as `attempts`: the text is not of this form, and all of it is `words`.
    let failedAt: String?
    let attempts: Int?
    let words: String

    private init(failedAt: String?, attempts: Int?, words: String) {
        (self.failedAt, self.attempts, self.words) = (failedAt, attempts, words)
    }

    init(at time: String, attempts: Int, _ words: String) {
        self.init(failedAt: time, attempts: attempts, words: words)
    }

    /// Takes the text apart.
    init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Self.isTime(parts[0]), parts[1].hasPrefix("attempts="),
            let attempts = Int(parts[1].dropFirst(9))
        else {
            self.init(failedAt: nil, attempts: nil, words: text)
            return
        }
        self.init(at: String(parts[0]), attempts: attempts, String(parts[2]))
    }

    private static func isTime(_ text: Substring) -> Bool {
        text.utf8.count >= 20 && text.hasSuffix("Z") && text.utf8.allSatisfy { "0123456789-:.TZ".utf8.contains($0) }
    }

    var text: String { "\(failedAt ?? "") attempts=\(attempts ?? 0) \(words)" }

    /// The status of the answer that the words tell of; nil when they tell of none.
    static func status(in words: String) -> Int? {
        guard words.hasPrefix("status ") else { return nil }
        return Int(words.dropFirst(7).prefix { $0.isASCII && $0.isNumber })
    }
}
