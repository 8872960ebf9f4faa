import ArgumentParser

/// Where to listen, as the command line names it: `HOST:PORT`, `[V6]:PORT`, `*:PORT` or `unix:PATH`.
package struct ListenAddress: Equatable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    /// The kinds of places.
    package enum Place: Equatable, Sendable {
        /// All addresses of this machine, IPv4 and IPv6.
        case everywhere(port: UInt16)
        case host(String, port: UInt16)
        case unix(path: String)
    }

    /// Where that is.
    package let place: Place
    /// As it was written.
    package let description: String

    /// `*:PORT`.
    package init(everywhere port: UInt16) {
        place = .everywhere(port: port)
        description = "*:\(port)"
    }

    package init?(argument text: String) {
        description = text
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // sun_path holds 108 bytes, the last of them NUL.
            guard (1...107).contains(path.utf8.count) else { return nil }
            place = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = String(text[..<colon])
        if host == "*" || host.isEmpty {
            place = .everywhere(port: port)
        } else if host.hasPrefix("["), host.hasSuffix("]"), host.count > 2 {
            place = .host(String(host.dropFirst().dropLast()), port: port)
        } else if !host.contains(":"), !host.contains("[") {
            place = .host(host, port: port)
        } else {
            return nil
        }
    }

    private static func port(_ text: Substring) -> UInt16? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? UInt16(text) : nil
    }
}
