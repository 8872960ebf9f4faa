import Glibc
import Synchronization

/// A converter of glibc to UTF-8. The only file of this module that meets C.
@safe struct Iconv: ~Copyable {
    private let handle: iconv_t
    private let charset: String

    /// Opens the converter from a charset of glibc; nil when it knows none of that name.
    init?(from charset: String) {
        self.charset = charset
        if let spare = spares.withLock({ $0.removeValue(forKey: charset) }) {
            unsafe handle = spare.handle
        } else {
            let opened = unsafe iconv_open("UTF-8", charset)
            guard let opened = unsafe opened, Int(bitPattern: opened) != -1 else { return nil }
            unsafe handle = opened
        }
    }

    deinit {
        let surplus = spares.withLock { unsafe $0.updateValue(Spare(handle: handle), forKey: charset) }
        if let surplus { unsafe iconv_close(surplus.handle) }
    }

    /// Appends the text as UTF-8, U+FFFD for each byte or sequence that is none, and returns how many those were.
    func convert(_ input: Span<UInt8>, _ repair: CharsetRepair, to output: inout [UInt8]) -> Int {
        var damaged = 0
        var position = 0
        while position < input.count {
            let step = advance(input.extracting(position..<input.count), to: &output)
            position += step.consumed
            if step.damaged, position < input.count {
                let (length, scalar) = repair.refused(input, position)
                if let scalar { output.appendScalar(scalar) } else { output.appendReplacement() }
                if scalar == nil { damaged += 1 }
                position += length
            }
        }
        flush(to: &output)
        return damaged
    }

    /// Converts until the input is at an end or a byte is no text.
    private func advance(_ input: Span<UInt8>, to output: inout [UInt8]) -> (consumed: Int, damaged: Bool) {
        var damaged = false
        var left = input.count
        output.append(addingCapacity: max(64, 2 * input.count)) { (room: inout OutputSpan<UInt8>) in
            unsafe room.withUnsafeMutableBufferPointer { (buffer, initialized) in
                unsafe input.withUnsafeBufferPointer { (source) in
                    var from = unsafe UnsafeMutableRawPointer(mutating: source.baseAddress)?
                        .assumingMemoryBound(to: CChar.self)
                    var to = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
                    unsafe to = to?.advanced(by: initialized)
                    let room = buffer.count - initialized
                    var free = room
                    let result = unsafe iconv(handle, &from, &left, &to, &free)
                    damaged = result == -1 && (errno == EILSEQ || errno == EINVAL)
                    initialized += room - free
                }
            }
        }
        return (input.count - left, damaged)
    }

    /// Writes what the converter still holds, and resets it.
    private func flush(to output: inout [UInt8]) {
        output.append(addingCapacity: 64) { (room: inout OutputSpan<UInt8>) in
            unsafe room.withUnsafeMutableBufferPointer { (buffer, initialized) in
                var to = unsafe UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
                unsafe to = to?.advanced(by: initialized)
                let room = buffer.count - initialized
                var free = room
                _ = unsafe iconv(handle, nil, nil, &to, &free)
                initialized += room - free
            }
        }
    }
}

/// A converter that is in its initial state and in no use.
@safe private struct Spare: @unchecked Sendable {
    // Unchecked: whoever takes it out is the only one who has it.
    let handle: iconv_t
}

/// One converter of each charset stays open between its uses. With the last one glibc unloads what it needs for the charset, and loading that again
/// takes a hundred times as long as an encoded word: a header that changes its charset with each word took minutes. glibc knows 1,200 names,
/// the converters of which take 8 MB together. What they give does not depend on who used them before.
private let spares = Mutex<[String: Spare]>([:])
