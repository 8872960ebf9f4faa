import Foundation
import Spool

/// A spool of a test's own, gone afterwards.
func withTemporarySpool(_ body: (SpoolDirectory) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("mailpipe-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(SpoolDirectory(creating: path))
}
