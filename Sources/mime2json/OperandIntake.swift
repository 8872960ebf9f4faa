import Spool

/// FILE operands, or standard input, as messages or as mboxes.
struct OperandIntake: Intake, ~Copyable {
    private var names: Queue<[UInt8]>
    private let shelf: Shelf
    private let isMbox: Bool
    private var box: MboxReader?

    /// - Parameter names: `-` is standard input.
    init(_ names: [[UInt8]], _ shelf: Shelf, isMbox: Bool) {
        self.names = Queue(names)
        self.shelf = shelf
        self.isMbox = isMbox
    }

    mutating func next() -> Work? {
        while let name = names.first {
            if !isMbox {
                names.removeFirst()
                return name == Self.standardInput ? .standardInput : .file(Request(.convert, name))
            }
            do throws(SystemError) {
                if box == nil { box = MboxReader(try open(name)) }
                if let message = try box?.next() { return .message(message) }
            } catch {
                endBox()
                return .unreadable(name, error)
            }
            endBox()
        }
        return nil
    }

    private func open(_ name: [UInt8]) throws(SystemError) -> Descriptor {
        name == Self.standardInput ? try .standardInput() : try shelf.open(name)
    }

    private mutating func endBox() {
        box = nil
        names.removeFirst()
    }

    private static let standardInput = [UInt8(ascii: "-")]
}
