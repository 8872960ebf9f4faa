import Glibc
import JSON
import Spool
import Tool

/// A small file that holds a secret or a setting, so that it need not stand in the arguments.
enum SecretFile {
    /// The key in a secret file: `whsec_` and base64, with white space around or without, or anything else as it is. A newline at the end
    /// does not count.
    static func key(_ path: String) throws(Failure) -> [UInt8] {
        let text = try contents(path)
        if text.contains(pem) {
            throw Failure(.config, "\(path): a PEM file; a secret is whsec_ and base64, or any text")
        }
        var word = text[...]
        while word.first.map({ $0 <= 0x20 }) == true { word.removeFirst() }
        while word.last.map({ $0 <= 0x20 }) == true { word.removeLast() }
        guard word.starts(with: "whsec_".utf8) else { return text }
        guard let key = Base64.decode(word.dropFirst(6)), !key.isEmpty else {
            throw Failure(.config, "\(path): what follows whsec_ is not base64")
        }
        return key
    }

    /// What begins each thing in a PEM file (RFC 7468 §2).
    static let pem = Array("-----BEGIN ".utf8)

    /// One line of text: a URL, a token.
    static func line(_ path: String) throws(Failure) -> String {
        let text = try contents(path)
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Failure(.config, "\(path): one line without spaces is expected")
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// USER:PASSWORD: UTF-8 without control characters (RFC 7617 §2).
    static func user(_ path: String) throws(Failure) -> String {
        guard let text = String(validating: try contents(path), as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw Failure(.config, "\(path): one line, USER:PASSWORD, is expected")
        }
        return text
    }

    /// The lines that are neither empty nor comments.
    static func lines(_ path: String) throws(Failure) -> [String] {
        let text = try contents(path)
        return text.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
            .map { $0.hasSuffix("\r") ? String($0.dropLast()) : $0 }
            .filter { !$0.hasPrefix("#") && !$0.allSatisfy { $0 == " " } }
    }

    /// All of it, without a byte order mark and the newline at the end; a mebibyte at most.
    static func contents(_ path: String) throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            let file = try Descriptor.open(path, O_RDONLY)
            warn(path, of: try file.status())
            var bytes = try file.readAll(limit: 1 << 20)
            // As some editors begin every text; a secret would be another one with it.
            if bytes.starts(with: "\u{FEFF}".utf8) { bytes.removeFirst(3) }
            if bytes.last == 0x0A { bytes.removeLast() }
            if bytes.last == 0x0D { bytes.removeLast() }
            guard !bytes.isEmpty else { throw SystemError("read", 0) }
            return bytes
        } catch {
            throw Failure(.noInput, error.number == 0 ? "\(path): the file is empty" : "\(path): \(error)")
        }
    }

    /// A secret that others can read is one no more; but to stop for that would stop mail. Root's files may have a group:
    /// that is how a service is given one.
    private static func warn(_ path: String, of status: stat) {
        let shared = status.st_mode & S_IFMT == S_IFREG ? status.st_mode & (status.st_uid == 0 ? 0o007 : 0o077) : 0
        guard shared != 0 else { return }
        let mode = String(status.st_mode & 0o777, radix: 8)
        Log(level: .warning).warning(
            "file-is-shared", ("path", path), ("mode", mode),
            ("hint", "others can read it; chmod \(status.st_uid == 0 ? "o=" : "go=") \(path)"))
    }
}
