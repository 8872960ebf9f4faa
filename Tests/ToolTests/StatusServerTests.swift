import Testing

@testable import Tool

struct StatusServerTests {
    private func answer(_ request: String) throws -> String {
        let address = try #require(ListenAddress(argument: "127.0.0.1:0"))
        let socket = try #require(try ListeningSocket.open(address).first)
        let server = StatusServer(socket) { path in
            path == "/there" ? StatusServer.Page(status: 503, text: "no\n") : nil
        }
        return String(decoding: server.response(to: Array(request.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        ("GET /there HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 503 Service Unavailable\r\n", "\r\n\r\nno\n"),
        ("GET /there?a=b HTTP/1.0\n\n", "HTTP/1.1 503 ", "no\n"),
        ("HEAD /there HTTP/1.1\r\n\r\n", "HTTP/1.1 503 ", "\r\n\r\n"),
        ("GET /else HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found\r\n", "not found\n"),
        ("POST /there HTTP/1.1\r\n\r\n", "HTTP/1.1 405 ", "GET or HEAD\n"),
        ("POST /there HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody", "HTTP/1.1 405 ", "GET or HEAD\n"),
        ("GET /there\r\n\r\n", "HTTP/1.1 400 ", "bad request\n"),
        ("GET /there HTTP/1.1\r\n", "HTTP/1.1 400 ", "bad request\n"), ("", "HTTP/1.1 400 ", "bad request\n"),
        ("GET  /there HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "bad request\n"),
    ])
    func answers(_ request: String, _ start: String, _ end: String) throws {
        let text = try answer(request)
        #expect(text.hasPrefix(start) && text.hasSuffix(end), "\(text)")
    }

    @Test func theLengthIsThatOfTheText() throws {
        #expect(try answer("HEAD /there HTTP/1.1\r\n\r\n").contains("\r\nContent-Length: 3\r\n"))
        #expect(try answer("PUT /there HTTP/1.1\r\n\r\n").contains("\r\nAllow: GET, HEAD\r\n"))
    }
}
