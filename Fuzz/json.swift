// Fuzzes what json-post reads of others: whatever the bytes, nothing traps or hangs, and what is read means what it should. Built by
// Fuzz/json.

import Glibc
import JSON
import Spool

@testable import json_post

/// The first byte chooses what the rest is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let rest = unsafe Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let text = String(decoding: rest, as: UTF8.self)
    switch unsafe start[0] {
    case 0x41: record(rest)
    case 0x42: lines(rest)
    case 0x43: response(rest)
    case 0x44:
        if let wait = RetryAfter.seconds(rest.span, now: 1_795_230_424) { precondition((0...86400).contains(wait)) }
    case 0x45:
        if let route = try? Route(text) { precondition(Route.isName(route.name) && route.url.lowercased().hasPrefix("http")) }
    case 0x46: stanzas(rest)
    case 0x47: schedule(text)
    case 0x48: name(text)
    case 0x49: index(rest)
    default:
        guard let line = try? HeaderLine.checked(text) else { return 0 }
        precondition(!line.utf8.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 })
    }
    return 0
}

/// Ranges lie within the line; a record has a name that a file can have; compressed it is the same again, or not compressed.
private func record(_ bytes: [UInt8]) {
    guard let shape = RecordScanner(recipients: true).scan(bytes.span) else { return }
    precondition(String(validating: bytes, as: UTF8.self) != nil, "a record is UTF-8")
    if let id = shape.id {
        let name = Array(RecordID.name(id, in: bytes.span).utf8)
        precondition(QueueKey.isKey(name.span) && name.count <= 128)
    }
    for range in shape.recipients {
        let recipient = decodedString(bytes.span.extracting(range))
        precondition(String(validating: recipient, as: UTF8.self) != nil)
        precondition(RouteTable().names(for: [recipient]).isEmpty)
    }
    // With white space around it, which makes the words of the fast path fall elsewhere, it is the same record.
    let moved = [0x20, 0x0A, 0x09] + bytes + [0x0D]
    let other = RecordScanner(recipients: true).scan(moved.span)
    precondition(other?.isDiscard == shape.isDiscard && other?.recipients.count == shape.recipients.count)
    precondition(other?.recipients == shape.recipients.map { $0.lowerBound + 3..<$0.upperBound + 3 })
}

/// By a pipe, in whatever pieces the first byte says: the lines are what lies between the line feeds.
private func lines(_ bytes: [UInt8]) {
    guard let limit = bytes.first.map({ Int($0) + 1 }), let pipe = try? Pipe.make() else { return }
    let text = Array(bytes.dropFirst())
    guard (try? pipe.write.writeAll(text.span)) != nil else { return }
    let end = pipe.write.number
    close(end)
    dup2(pipe.read.number, end)  // its owner will close it
    var reader = LineReader(limit: limit)
    var read: [UInt8] = []
    while true {
        switch reader.next() {
        case .line(let range):
            precondition(range.count <= limit)
            read += reader.bytes[range] + [0x0A]
        case .fragment(let range, let last): read += reader.bytes[range] + (last ? [0x0A] : [])
        case .torn(let range): read += reader.bytes[range]
        case .starved: try! reader.fill(from: pipe.read)
        case .end:
            precondition(read == text || read == text + [0x0A])
            return
        }
    }
}

private func response(_ bytes: [UInt8]) {
    var response = Response()
    for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
        _ = response.header((Array(line) + [0x0A]).span)
    }
    precondition(response.retryAfter.count <= 100)
    _ = RetryAfter.seconds(response.retryAfter.span, now: 1_795_230_424)
    _ = response.body(bytes.span)
    precondition(response.excerpt.count <= Response.excerptLimit)
}

private func stanzas(_ bytes: [UInt8]) {
    guard let stanzas = try? RouteStanza.read(bytes, "routes") else { return }
    for stanza in stanzas {
        precondition(Route.isName(stanza.name) && !stanza.patterns.isEmpty && stanza.values(.secretFile)?.count ?? 0 <= 2)
    }
}

private func schedule(_ text: String) {
    guard let schedule = Schedule(text) else { return }
    for attempts in [0, 1, 2, 9, 1000, Int(UInt16.max)] {
        for chance in [0, 0.5, 1] {
            let delay = schedule.delay(afterAttempts: attempts, chance: chance)
            precondition(delay <= schedule.longest && delay.milliseconds >= 0)
        }
    }
}

private func name(_ text: String) {
    guard let name = QueueName(text) else { return }
    precondition(QueueName(name.description) == name)
    precondition(!name.key.contains("/") && !name.key.contains("."))
    let route = QueueKey.route(name.key)
    precondition(route.isEmpty || Route.isName(route))
}

/// The index beside a dictionary: each byte is a key and what happens to it.
private func index(_ bytes: [UInt8]) {
    var index = RecordIndex(seed: 0)
    index.admit(endpoint: 1)
    var model: [String: Int64] = [:]
    for (time, byte) in bytes.enumerated() {
        let key = "k\(byte & 15)"
        let endpoint = Int(byte & 1)
        if byte & 0x80 != 0 {
            let expected = model.filter { Int($0.key.dropFirst())! & 1 == endpoint && $0.value <= Int64(time) }
            guard let slot = index.popDue(endpoint: endpoint, now: Int64(time)) else {
                precondition(expected.isEmpty)
                continue
            }
            precondition(expected[index.key(slot)] == expected.values.min())
            model[index.key(slot)] = nil
            index.remove(slot)
        } else if let slot = index.find(key) {
            index.remove(slot)
            model[key] = nil
        } else {
            let wake = Int64(time) + Int64(byte >> 4)
            _ = index.insert(key, RecordIndex.Entry(wake: wake, endpoint: endpoint, state: .waiting))
            model[key] = wake
        }
        precondition(index.count == model.count && index.waitingCount == model.count)
    }
}
