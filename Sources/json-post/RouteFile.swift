import SMTP
import Tool

/// The text of --route-file: a stanza for each route, begun by `route NAME`, then a word and its value on each line.
///
///     route sales
///     rcpt @sales.example.com
///     url https://hooks.example/sales
///     secret-file /etc/mailpipe/sales.secret
///
/// Empty lines and those that begin with `#` do not count. But for `rcpt`, the words are options of json-post.
struct RouteStanza {
    let name: String
    private(set) var patterns: [AddressPattern] = []
    /// Words and values in order. A value may be a secret: no message repeats it.
    private(set) var words: [(word: Word, value: String)] = []

    /// What a line may begin with.
    enum Word: String, CaseIterable {
        case rcpt, url, header, cacert, cert, key, proxy
        case urlFile = "url-file"
        case secretFile = "secret-file"
        case headerFile = "header-file"
        case bearerFile = "bearer-file"
        case userFile = "user-file"
        case unixSocket = "unix-socket"

        /// It may be said again, and each counts.
        var isList: Bool { [.rcpt, .header, .headerFile, .secretFile].contains(self) }
    }

    /// The values of a word; nil when it is not said. Said without a value: none.
    func values(_ word: Word) -> [String]? {
        let values = words.filter { $0.word == word }.map(\.value)
        return values.isEmpty ? nil : values.filter { !$0.isEmpty }
    }

    /// Reads the whole text.
    /// - Parameter path: for messages, with the number of the line.
    static func read(_ text: [UInt8], _ path: String) throws(Failure) -> [RouteStanza] {
        var stanzas: [RouteStanza] = []
        for (index, bytes) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let (word, value) = split(bytes)
            if word.isEmpty || word.hasPrefix("#") { continue }
            let place = "\(path):\(index + 1)"
            if word == "route" {
                try stanzas.last?.check(path)
                guard Route.isName(value), !stanzas.contains(where: { $0.name == value }) else {
                    throw Failure(.usage, "\(place): a route needs a NAME of its own, 1 to 32 of a-z, 0-9 and -")
                }
                stanzas.append(RouteStanza(name: value))
            } else {
                guard !stanzas.isEmpty else { throw Failure(.usage, "\(place): 'route NAME' must come first") }
                try stanzas[stanzas.count - 1].add(word, value, place)
            }
        }
        try stanzas.last?.check(path)
        return stanzas
    }

    private init(name: String) {
        self.name = name
    }

    /// The first word of a line, and what follows it; white space around them does not count.
    private static func split(_ line: ArraySlice<UInt8>) -> (String, String) {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var rest = line.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        let word = rest.prefix { !isSpace($0) }
        return (
            String(decoding: word, as: UTF8.self),
            String(decoding: rest.dropFirst(word.count).drop(while: isSpace), as: UTF8.self)
        )
    }

    private mutating func add(_ text: String, _ value: String, _ place: String) throws(Failure) {
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.usage, "\(place): no such word: '\(Log.escaped(text))' (route, \(known))")
        }
        if word == .rcpt {
            patterns.append(try Route.pattern(value, place))
        } else {
            guard word.isList || !words.contains(where: { $0.word == word }) else {
                throw Failure(.usage, "\(place): \(text) is said twice")
            }
            words.append((word, value))
        }
    }

    private func check(_ path: String) throws(Failure) {
        let urls = (values(.url) ?? []) + (values(.urlFile) ?? [])
        guard !patterns.isEmpty, urls.count == 1 else {
            throw Failure(.usage, "\(path): route \(name) needs a rcpt line, and one of url and url-file")
        }
        guard values(.secretFile)?.count ?? 0 <= 2 else {
            throw Failure(.usage, "\(path): route \(name): two secret files at most, the new one and the old")
        }
    }
}
