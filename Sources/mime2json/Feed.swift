import Spool
import Tool

/// Where the supervisor takes the names of files from.
protocol Feed: ~Copyable {
    /// The next message that is known; nil when none is known now.
    mutating func next() -> Request?
    /// Whether no name will come any more.
    var isFinished: Bool { get }
    /// Whether the names ended before their time, which has been told.
    var isLost: Bool { get }
    /// How many messages it has told of and will tell of, when that is known.
    var total: Int? { get }
    /// A descriptor of which more names may come when it is readable.
    var number: CInt? { get }
    /// In how many milliseconds to look again without that; nil: never.
    var timeout: CInt? { get }
    /// Takes in what can be known now: the descriptor is readable, or the time is over.
    mutating func look() throws(Failure)
    /// A file could not be read.
    /// - Returns: whether that is an error to be told.
    mutating func isError(unreadable name: [UInt8], _ number: CInt) -> Bool
}

extension Feed where Self: ~Copyable {
    var isLost: Bool { false }
}
