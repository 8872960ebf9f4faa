// Fuzzes the session: whatever bytes come, in whatever pieces, it neither traps nor hangs, replies with whole lines,
// and stores only what was declared. Built into one module with Sources/SMTP, beside Sources/Bytes, by Fuzz/smtp.

/// The first byte chooses protocol, policy and the size of the pieces; the rest is what the client sends.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let choice = unsafe start[0]
    let bytes = unsafe Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let patterns = ["@example.com", "a@b", "@.c"].compactMap { try? AddressPattern($0) }
    let policy = Policy(
        hostname: "mx.example.com", recipients: RecipientTable(patterns, delimiters: "+"), maxSize: 200,
        maxRecipients: 3,
        maxErrors: 1000, bareNewline: choice & 1 == 0 ? .normalize : .refuse, tls: choice & 2 == 0 ? .may : .require)
    var run = Run(
        session: Session(
            policy: policy, dialect: choice & 4 == 0 ? .smtp : .lmtp, client: Client(address: nil),
            isTrusted: choice & 8 != 0, tls: nil, now: 0))
    let piece = [1, 2, 7, 64, 4096][Int(choice >> 4) % 5]
    for start in stride(from: 0, to: bytes.count, by: piece) where !run.isClosed {
        run.feed(bytes[start..<min(bytes.count, start + piece)])
    }
    precondition(run.session.output.suffix(2) == [13, 10])
    return 0
}

struct Run: ~Copyable {
    var session: Session
    var input: [UInt8] = []
    var isClosed = false
    var stored: Int?

    mutating func feed(_ bytes: ArraySlice<UInt8>) {
        input += bytes
        var position = 0
        let shown = input
        var steps = 0
        loop: while true {
            steps += 1
            precondition(steps < 10 * shown.count + 100, "it turns in circles")
            switch session.step(shown.span, &position, now: 0) {
            case .more: break loop
            case .next: continue
            case .judge: session.allowed()
            case .identify: session.identified()
            case .open:
                stored = 0
                writeTrace()
                session.opened()
            case .content(let range):
                precondition(range.upperBound <= shown.count && !range.isEmpty)
                stored? += range.count
            case .carriageReturn: stored? += 1
            case .discard: stored = nil
            case .commit:
                guard let size = stored, size <= 200 else { preconditionFailure("stored \(stored ?? -1)") }
                stored = nil
                session.stored(id: "id", now: 0)
            case .startTLS: session.secured(TLSInfo(version: "TLSv1.3", cipher: "C"), now: 0)
            case .close:
                isClosed = true
                break loop
            }
        }
        input.removeFirst(position)
        precondition(isClosed || input.count <= Policy.longestCommand)
    }

    /// The trace block is whole lines without controls, whatever the addresses are.
    private func writeTrace() {
        var block: [UInt8] = []
        session.envelope?.writeTraceBlock(id: "id", hostname: "h", date: "d", into: &block)
        let lines = block.split(separator: 10)
        precondition(
            lines.allSatisfy { $0.last == 13 && !$0.dropLast().contains { $0 < 0x20 && $0 != 9 || $0 == 127 } })
    }
}
