import Foundation
import Spool
import Testing

@testable import smtp_accept

@Suite struct MessageWriterTests {
    /// Pieces of every size around the buffer's limits, in every order, come out as they went in.
    @Test func keepsTheOrderOfPieces() throws {
        try withTemporarySpool { spool in
            let ids = MessageIDGenerator()
            let capacity = MessageWriter.capacity
            let sizes = [0, 1, capacity / 2 - 1, capacity / 2, capacity, capacity * 2]
            for first in sizes {
                for second in sizes {
                    for third in sizes {
                        var expected = Array("trace\r\n".utf8)
                        let id = ids.next()
                        var writer = MessageWriter(id, spool, traceBlock: expected)
                        for (mark, size) in [first, second, third].enumerated() {
                            let piece = [UInt8](repeating: UInt8(mark), count: size)
                            try writer.append(piece.span)
                            try writer.append(UInt8(0xF0 + mark))
                            expected += piece + [UInt8(0xF0 + mark)]
                        }
                        #expect(writer.size == expected.count)
                        try writer.publish()
                        let stored = try [UInt8](Data(contentsOf: URL(fileURLWithPath: spool.path(of: id))))
                        // Not `#expect(stored == expected)`: nobody wants to read the difference.
                        let isSame = stored == expected
                        #expect(isSame, "\(first), \(second), \(third)")
                        try spool.remove(id)
                    }
                }
            }
        }
    }
}
