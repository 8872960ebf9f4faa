import Foundation

/// Test material written by others, which lies beside the package and not in it.
enum Corpora {
    /// The path of `shared/corpora/NAME` beside the package; nil, said aloud, when it is not there.
    static func folder(_ name: String, from file: String = #filePath) -> String? {
        let package = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = package.deletingLastPathComponent().appendingPathComponent("shared/corpora/\(name)").path
        if FileManager.default.fileExists(atPath: path) { return path }
        print("NOT RUN: \(path) is absent; only the package's own cases are tested")
        return nil
    }

    /// The objects of a file of JSON lines.
    static func lines(_ name: String) throws -> [TestJSON] {
        guard let path = folder(name) else { return [] }
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return try data.split(separator: UInt8(ascii: "\n")).map { try TestJSON(Data($0)) }
    }
}

/// What Foundation reads from JSON.
struct TestJSON {
    let value: Any?

    init(_ value: Any?) { self.value = value }
    init(_ data: Data) throws { value = try JSONSerialization.jsonObject(with: data) }

    subscript(_ name: String) -> TestJSON { TestJSON((value as? [String: Any])?[name]) }
    var string: String? { value as? String }
    var list: [TestJSON] { (value as? [Any] ?? []).map { TestJSON($0) } }
    var members: [String: String] { value as? [String: String] ?? [:] }
    var isTrue: Bool { value as? Bool == true }
}
