import JSON
import Spool

/// One message to be converted, as a process hands it to its threads.
enum Work: Sendable {
    /// A file, by name.
    case file(Request)
    /// All of standard input.
    case standardInput
    /// The bytes of a message that stood in an mbox.
    case message([UInt8])
    /// An input that cannot be read, by name.
    case unreadable([UInt8], SystemError)
}

/// What became of one message.
enum Outcome: Sendable {
    /// The object, its line feed included.
    case object(JSONText)
    /// The input cannot be read; by name.
    case unreadable([UInt8], SystemError)
    /// The files of its attachments cannot be written, and so the object is not to be printed.
    case outputFailed(OutputError)
}

/// Where messages come from, one after the other.
protocol Intake: ~Copyable, Sendable {
    /// The next one; it may block. Nil at the end.
    mutating func next() -> Work?
}

extension Converter {
    /// Converts one message.
    mutating func perform(_ work: Work, _ shelf: Shelf) -> Outcome {
        do {
            switch work {
            case .unreadable(let name, let error): return .unreadable(name, error)
            case .standardInput: try convert(MessageFile.standardInput())
            case .message(let bytes): try convert(MessageFile(name: nil, bytes: bytes))
            case .file(let request):
                switch request.task {
                case .convert: try convert(shelf.load(request))
                case .substitute: substitute(try shelf.load(request))
                }
            }
            return .object(json.text)
        } catch let error as OutputError {
            return .outputFailed(error)
        } catch {
            // Loading throws nothing else.
            return .unreadable(work.name, error as? SystemError ?? SystemError("read", 0))
        }
    }
}

extension Work {
    /// The name of its input.
    var name: [UInt8] {
        switch self {
        case .file(let request): request.name
        case .unreadable(let name, _): name
        case .standardInput, .message: [UInt8(ascii: "-")]
        }
    }
}
