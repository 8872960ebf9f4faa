import Spool

/// The bytes of one record, at an address that stays while they are sent.
@safe final class RecordBody: @unchecked Sendable {
    private let storage: UnsafeMutableBufferPointer<UInt8>
    let count: Int

    /// Takes a copy of `bytes`.
    convenience init(_ bytes: Span<UInt8>) {
        self.init(room: bytes.count)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            _ = unsafe storage.initialize(fromContentsOf: bytes)
        }
    }

    /// Reads `count` bytes of a file.
    /// - Returns: nil when the file ends before.
    convenience init?(count: Int, from file: borrowing Descriptor) throws(SystemError) {
        self.init(room: count)
        unsafe storage.initialize(repeating: 0)
        var done = 0
        while done < count {
            var rest = unsafe MutableSpan(_unsafeElements: storage.extracting(done...))
            let got = try file.read(into: &rest)
            if got == 0 { return nil }
            done += got
        }
    }

    private init(room count: Int) {
        self.count = count
        unsafe storage = .allocate(capacity: max(count, 1))
    }

    deinit { unsafe storage.deallocate() }

    /// The record.
    var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(storage).extracting(0..<count))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    func isEqual(to other: RecordBody) -> Bool {
        bytes.isEqual(to: other.bytes)
    }

    /// Where they are, for as long as this object lives.
    var address: UnsafeRawPointer { unsafe UnsafeRawPointer(storage.baseAddress.unsafelyUnwrapped) }
}
