import Glibc
import Spool
import Tool

/// `--files-from` with `--mbox`: where in each of the boxes listed a message stands.
///
/// To know that, the parent looks for the lines that begin with "From ", and for nothing else; it keeps none of them.
/// A worker that dies of a message then loses no other one of its box.
struct MboxFeed: Feed, ~Copyable {
    private var list: PathList
    private let shelf: Shelf
    private var path: [UInt8]?
    private var box: MboxReader?

    init(_ list: consuming PathList, _ shelf: Shelf) {
        self.list = list
        self.shelf = shelf
    }

    mutating func next() -> Request? {
        while true {
            if path == nil { path = list.nextPath() }
            guard let path else { return nil }
            do throws(SystemError) {
                if box == nil { box = MboxReader(try shelf.openRegular(path)) }
                if let range = try box?.nextRange() { return Request(.convert, path, range) }
                endBox()
            } catch {
                // The worker meets the same error, and tells of it when its turn has come.
                endBox()
                return Request(.convert, path, 0..<0)
            }
        }
    }

    private mutating func endBox() {
        box = nil
        path = nil
    }

    var isFinished: Bool { path == nil && list.isFinished }
    var total: Int? { nil }
    var number: CInt? { list.number }
    var timeout: CInt? { list.timeout }
    mutating func look() throws(Failure) { try list.look() }
    func isError(unreadable name: [UInt8], _ number: CInt) -> Bool { true }
}
