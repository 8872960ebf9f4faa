import Glibc
import Spool

/// A small HTTP/1.1 server for health checks and metrics: GET and HEAD, one request a connection, a few connections at
/// a time, two seconds each: who connects and says nothing keeps nobody else from asking.
package final class StatusServer: Sendable {
    /// What a path shows.
    package struct Page: Sendable {
        /// 200, or 503 when something is wrong.
        package let status: Int
        /// Plain text.
        package let text: String

        package init(status: Int = 200, text: String) {
            self.status = status
            self.text = text
        }
    }

    private let socket: ListeningSocket
    private let page: @Sendable (_ path: String) -> Page?
    /// Connections that are being served.
    private let open = Monitor(0)

    /// Connections at a time; others wait until one of them ends.
    private static let places = 16
    /// Longest request head.
    private static let longestHead = 8192
    /// Nanoseconds for a request and its answer.
    private static let patience: Int64 = 2_000_000_000

    /// - Parameter page: what to show at a path; nil: nothing is there.
    package init(_ socket: ListeningSocket, page: @escaping @Sendable (_ path: String) -> Page?) {
        self.socket = socket
        self.page = page
    }

    /// Serves until the socket is stopped.
    package func run() {
        while true {
            do throws(SystemError) {
                attend(try socket.accept())
            } catch {
                if error.number == EINVAL { return }
                usleep(100_000)
            }
        }
    }

    /// Answers in a thread of its own, or in this one if none can be made.
    private func attend(_ connection: consuming Accepted) {
        open.wait { open -> Void? in
            guard open < Self.places else { return nil }
            return open += 1
        }
        let number = connection.release()
        do throws(SystemError) {
            try Thread.start(name: "status") { [self] in answer(Descriptor(owning: number)) }
        } catch {
            answer(Descriptor(owning: number))
        }
    }

    private func answer(_ socket: consuming Descriptor) {
        let deadline = Clock.monotonic() + Self.patience
        if let head = Self.readHead(socket, deadline) {
            Self.send(response(to: head), socket, deadline)
            shutdown(socket.number, CInt(SHUT_WR))
        }
        open.withLock { $0 -= 1 }
        open.notifyAll()
    }

    /// The head of the request, or what came of it at most; nil when the client is too slow or gone.
    private static func readHead(_ socket: borrowing Descriptor, _ deadline: Int64) -> [UInt8]? {
        var head: [UInt8] = []
        while head.count < longestHead, !isWhole(head) {
            guard isReady(socket.number, CInt(POLLIN), deadline) else { return nil }
            var room = [UInt8](repeating: 0, count: longestHead - head.count)
            var span = room.mutableSpan
            guard let count = try? socket.read(into: &span), count > 0 else { return nil }
            head += room.prefix(count)
        }
        return head
    }

    /// Whether an empty line has come; a body that nobody asked for may follow.
    private static func isWhole(_ head: [UInt8]) -> Bool {
        head.indices.contains { head[$0...].starts(with: [13, 10, 13, 10]) || head[$0...].starts(with: [10, 10]) }
    }

    private static func isReady(_ number: CInt, _ events: CInt, _ deadline: Int64) -> Bool {
        let left = max(0, deadline - Clock.monotonic()) / 1_000_000
        return (try? poll(number, events, timeoutMilliseconds: CInt(left))) ?? 0 != 0
    }

    private static func send(_ bytes: [UInt8], _ socket: borrowing Descriptor, _ deadline: Int64) {
        var done = 0
        while done < bytes.count, isReady(socket.number, CInt(POLLOUT), deadline) {
            let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
            let count = unsafe bytes[done...].withUnsafeBytes {
                unsafe Glibc.send(socket.number, $0.baseAddress, $0.count, flags)
            }
            if count < 0, errno != EAGAIN { return }
            done += max(0, count)
        }
    }

    /// The answer to a request, head and body.
    func response(to head: [UInt8]) -> [UInt8] {
        let line = head.prefix { $0 != 13 && $0 != 10 }.split(separator: 0x20, omittingEmptySubsequences: false)
        guard Self.isWhole(head), line.count == 3, line[2].starts(with: Array("HTTP/1.".utf8)) else {
            return Self.response(Page(status: 400, text: "bad request\n"), withBody: true)
        }
        let method = String(decoding: line[0], as: UTF8.self)
        guard method == "GET" || method == "HEAD" else {
            return Self.response(Page(status: 405, text: "GET or HEAD\n"), withBody: true)
        }
        let path = String(decoding: line[1].prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
        return Self.response(page(path) ?? Page(status: 404, text: "not found\n"), withBody: method == "GET")
    }

    private static func response(_ page: Page, withBody: Bool) -> [UInt8] {
        let reasons = [200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"]
        let head = """
            HTTP/1.1 \(page.status) \(reasons[page.status] ?? "Service Unavailable")\r
            Content-Type: text/plain; version=0.0.4; charset=utf-8\r
            Content-Length: \(page.text.utf8.count)\r
            Allow: GET, HEAD\r
            Cache-Control: no-store\r
            Connection: close\r\n\r\n
            """
        return Array((withBody ? head + page.text : head).utf8)
    }
}
