import Foundation

@testable import MIME

/// Turns appended bytes into a string that tests can read.
func text(_ append: (inout [UInt8]) -> Void) -> String {
    var bytes: [UInt8] = []
    append(&bytes)
    return String(decoding: bytes, as: UTF8.self)
}

extension Message {
    /// A message from text, with CRLF line ends or as it stands.
    static func parse(_ text: String, crlf: Bool = true) -> Message {
        let lines = text.utf8.flatMap { $0 == 0x0A && crlf ? [0x0D, 0x0A] : [$0] }
        return .parse(lines)
    }

    func string(_ name: FieldName) -> String? {
        guard let field = first(name) else { return nil }
        var defects = Defects()
        return MIMETests.text { appendText(of: field, to: &$0, defects: &defects) }
    }

    func type(_ part: Int) -> String { MIMETests.text { appendType(of: parts[part], to: &$0) } }

    func name(_ part: Int) -> String? {
        var defects = Defects()
        var bytes: [UInt8] = []
        return appendName(of: parts[part], to: &bytes, defects: &defects) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    func body(_ part: Int) -> String {
        var defects = Defects()
        return MIMETests.text { appendBody(of: parts[part], to: &$0, defects: &defects) }
    }

    func text(_ part: Int) -> String {
        var defects = Defects()
        return MIMETests.text { appendText(of: parts[part], to: &$0, defects: &defects) }
    }

    /// The codes of all defects, those of decoding every part included.
    var codes: [DefectCode] {
        var defects = Defects(self.defects)
        var ignored: [UInt8] = []
        for part in parts where !part.isMultipart {
            if part.isText {
                appendText(of: part, to: &ignored, defects: &defects)
            } else {
                appendBody(of: part, to: &ignored, defects: &defects)
            }
        }
        for field in fields { appendText(of: field, to: &ignored, defects: &defects) }
        return defects.list.map(\.code)
    }

    /// `(type partID)` of each part, indented by depth: the tree at a glance.
    var outline: String {
        parts.map { part in
            String(repeating: " ", count: part.depth) + type(part.index) + (partID(of: part).map { " " + $0 } ?? "")
        }.joined(separator: "\n")
    }
}

extension AddressList {
    /// Each mailbox as `name <email>`, `-` for no name.
    var strings: [[String?]] {
        mailboxes.map { mailbox in
            [
                mailbox.name.map { String(decoding: text[$0], as: UTF8.self) },
                String(decoding: text[mailbox.email], as: UTF8.self),
            ]
        }
    }
}

extension IDList {
    var strings: [String] { ids.map { String(decoding: text[$0], as: UTF8.self) } }
}

/// The folder of test material beside the package, with a word when it is not there.
let corpora: URL? = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let folder = package.deletingLastPathComponent().appendingPathComponent("shared/corpora")
    if FileManager.default.fileExists(atPath: folder.path) { return folder }
    print("shared/corpora is absent: only the own cases of MIMETests run")
    return nil
}()
