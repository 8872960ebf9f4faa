import Tool

/// What is spoken on a listening socket.
enum Service: String, Sendable {
    case smtp, smtps, lmtp
}

/// A listening socket and what is spoken on it.
struct Listener: Sendable {
    let socket: ListeningSocket
    let service: Service
}
