import FaultyLibc
import Foundation
import Spool
import Testing

/// A directory of a test's own, gone afterwards.
func withTemporaryDirectory<R>(_ body: (String) throws -> R) throws -> R {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("mailpipe-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Every file below a directory, by its path from there, in order.
func tree(_ path: String) -> [String] {
    (FileManager.default.subpaths(atPath: path) ?? []).sorted()
}

/// The bytes of a file.
func contents(_ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Makes an empty file.
func touch(_ path: String) throws {
    try Data().write(to: URL(fileURLWithPath: path))
}

/// From now on the nth call of this name in this thread fails, see FaultyLibc.h.
func arm(_ call: String, _ nth: Int, _ error: CInt) {
    unsafe faulty_arm(call, CInt(nth), error)
}
