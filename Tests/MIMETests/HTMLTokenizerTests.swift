import Foundation
import MIME
import Testing

/// The tokenizer tests of html5lib, in their own format. Five files are its serializer's tests, whose input are tokens, and
/// `xmlViolationTests` want what XML's infoset can hold, not what the HTML standard says: those are no tests of a tokenizer.
@Suite struct HTMLTokenizerTests {
    struct Case {
        let name: String
        let input: [UInt8]
        let expected: [String]
        let states: [HTMLTokenizer.State]
        let lastStartTag: String
    }

    @Test func html5libTests() throws {
        guard let folder = Corpora.folder("html5lib-tests") else { return }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".test") }
        var count = 0
        for file in files.sorted() {
            for test in try cases(folder + "/" + file) {
                for state in test.states {
                    count += 1
                    let tokens = Self.tokens(test.input, state, test.lastStartTag)
                    #expect(
                        tokens.map { Array($0.utf8) } == test.expected.map { Array($0.utf8) },
                        "\(file): \(test.name), \(state)")
                }
            }
        }
        #expect(count > 6_000)
    }

    /// Tokens in one notation: the kind, a colon, and what it says; characters in a row are one token.
    static func tokens(_ input: [UInt8], _ state: HTMLTokenizer.State = .data, _ lastStartTag: String = "") -> [String]
    {
        var tokenizer = HTMLTokenizer(input.span, keepsAttributes: true)
        tokenizer.state = state
        tokenizer.lastStartTag = Array(lastStartTag.utf8)
        var tokens: [String] = []
        var text: [UInt8] = []
        func flush() {
            if !text.isEmpty { tokens.append("Character:" + String(decoding: text, as: UTF8.self)) }
            text = []
        }
        while true {
            let token = tokenizer.next()
            switch token {
            case .text(let range):
                // Of CRLF in the data state the CR is left to who lays the text out.
                text += range.lazy.filter { input[$0] != 0x0D || input[$0 + 1] != 0x0A }.map { input[$0] }
                continue
            case .characters:
                text += tokenizer.characters
                continue
            case .startTag, .endTag, .comment, .doctype, .end:
                flush()
            }
            if token == .end { return tokens }
            tokens.append(description(of: token, tokenizer))
        }
    }

    static func description(of token: HTMLTokenizer.Token, _ tokenizer: borrowing HTMLTokenizer) -> String {
        var bytes: [UInt8] = []
        switch token {
        case .comment(let range):
            tokenizer.append(data: range, to: &bytes)
            return "Comment:" + String(decoding: bytes, as: UTF8.self)
        case .doctype:
            return doctype(tokenizer)
        case .startTag, .endTag, .text, .characters, .end:
            tokenizer.append(name: tokenizer.tag.name, to: &bytes)
            let name = String(decoding: bytes, as: UTF8.self)
            return token == .endTag
                ? "EndTag:\(name)" : startTag(name, attributes(tokenizer), tokenizer.tag.selfClosing)
        }
    }

    static func attributes(_ tokenizer: borrowing HTMLTokenizer) -> [String: String] {
        var attributes: [String: String] = [:]
        for attribute in tokenizer.tag.attributes {
            var name: [UInt8] = []
            var value: [UInt8] = []
            tokenizer.append(name: attribute.name, to: &name)
            tokenizer.append(value: attribute.value, to: &value)
            attributes[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        return attributes
    }

    static func startTag(_ name: String, _ attributes: [String: String], _ selfClosing: Bool) -> String {
        let list = attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "StartTag:\(name) \(list)\(selfClosing ? "/" : "")"
    }

    static func doctype(_ tokenizer: borrowing HTMLTokenizer) -> String {
        let doctype = tokenizer.doctype
        var name: [UInt8] = []
        var publicID: [UInt8] = []
        var systemID: [UInt8] = []
        if let range = doctype.name { tokenizer.append(name: range, to: &name) }
        if let range = doctype.publicID { tokenizer.append(data: range, to: &publicID) }
        if let range = doctype.systemID { tokenizer.append(data: range, to: &systemID) }
        func part(_ range: Range<Int>?, _ bytes: [UInt8]) -> String {
            range == nil ? "null" : String(decoding: bytes, as: UTF8.self)
        }
        let parts = [part(doctype.name, name), part(doctype.publicID, publicID), part(doctype.systemID, systemID)]
        return "DOCTYPE:\(parts) \(!doctype.forceQuirks)"
    }

    // MARK: Reading the test files

    private func cases(_ path: String) throws -> [Case] {
        let file = try TestJSON(Data(contentsOf: URL(fileURLWithPath: path)))
        return file["tests"].list.filter { $0["input"].string != nil }.map { test in
            let escaped = test["doubleEscaped"].isTrue
            func text(_ string: String) -> String { escaped ? Self.unescaped(string) : string }
            let states = test["initialStates"].list.compactMap { $0.string.map(Self.state) }
            return Case(
                name: test["description"].string ?? "?", input: Array(text(test["input"].string ?? "").utf8),
                expected: test["output"].list.map { Self.expected($0.list, text) },
                states: states.isEmpty ? [.data] : states, lastStartTag: test["lastStartTag"].string ?? "")
        }
    }

    private static func state(_ name: String) -> HTMLTokenizer.State {
        switch name {
        case "Data state": .data
        case "RCDATA state": .rcdata
        case "RAWTEXT state": .rawtext
        case "Script data state": .scriptData
        case "PLAINTEXT state": .plaintext
        case "CDATA section state": .cdata
        default: fatalError("unknown state: \(name)")
        }
    }

    private static func expected(_ token: [TestJSON], _ text: (String) -> String) -> String {
        let first = text(token[1].string ?? "")
        switch token[0].string {
        case "Character": return "Character:" + first
        case "Comment": return "Comment:" + first
        case "EndTag": return "EndTag:" + first
        case "StartTag":
            let attributes = token[2].members.map { (text($0.key), text($0.value)) }
            return startTag(first, Dictionary(uniqueKeysWithValues: attributes), token.count > 3)
        default:
            let ids = token[1...3].map { $0.string.map(text) ?? "null" }
            return "DOCTYPE:\(ids) \(token[4].isTrue)"
        }
    }

    /// `\uXXXX` within a string that has been read from JSON already; what is no scalar value becomes U+FFFD, as in all UTF-8.
    private static func unescaped(_ string: String) -> String {
        var units: [UInt16] = []
        var rest = Substring(string)
        while let first = rest.utf16.first {
            if rest.hasPrefix("\\u"), let unit = UInt16(rest.dropFirst(2).prefix(4), radix: 16) {
                units.append(unit)
                rest = rest.dropFirst(6)
            } else {
                units.append(first)
                rest = Substring(rest.utf16.dropFirst())
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
