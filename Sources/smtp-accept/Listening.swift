import Glibc
import Spool
import Tool

/// Finds and binds what the daemon listens on: the sockets that systemd passes, and those of the options.
struct Listening {
    private let options: SmtpAccept
    private static let defaultAddress = ListenAddress(everywhere: 2525)

    init(_ options: SmtpAccept) {
        self.options = options
    }

    /// All listeners in the order of the options, and the sockets of `--status`.
    func open() throws(Failure) -> (listeners: [Listener], status: [ListeningSocket]) {
        var listeners: [Listener] = []
        var status: [ListeningSocket] = []
        for (number, name) in ServiceManager.passedSockets() {
            let socket = try Failure.listening(on: "socket \(number) from systemd") { () throws(SystemError) in
                try ListeningSocket.inherited(number)
            }
            if name == "status" {
                status.append(socket)
            } else {
                listeners.append(Listener(socket: socket, service: Service(rawValue: name) ?? .smtp))
            }
        }
        for listener in listeners where listener.service == .lmtp && listener.socket.address.hasSuffix(":25") {
            throw Failure(.config, "\(listener.socket.address) from systemd: LMTP is not for port 25 (RFC 2033)")
        }
        listeners += try bind(wanted(isPassed: !listeners.isEmpty))
        if let address = options.status { status += try sockets(address) }
        return (listeners, status)
    }

    private func wanted(isPassed: Bool) -> [(ListenAddress, Service)] {
        let wanted =
            options.listen.map { ($0, Service.smtp) } + options.listenTls.map { ($0, .smtps) }
            + options.listenLmtp.map { ($0, .lmtp) }
        return wanted.isEmpty && !isPassed ? [(Self.defaultAddress, .smtp)] : wanted
    }

    private func bind(_ wanted: [(ListenAddress, Service)]) throws(Failure) -> [Listener] {
        var listeners: [Listener] = []
        for (address, service) in wanted {
            listeners += try sockets(address).map { Listener(socket: $0, service: service) }
        }
        return listeners
    }

    private func sockets(_ address: ListenAddress) throws(Failure) -> [ListeningSocket] {
        try Failure.listening(on: "\(address)") { () throws(SystemError) in try ListeningSocket.open(address) }
    }
}
