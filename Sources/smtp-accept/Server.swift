import Glibc
import SMTP
import Spool
import Synchronization
import Tool

/// What all threads of the daemon share.
final class Server: Sendable {
    let log: Log
    let spool: SpoolDirectory
    let ids = MessageIDGenerator()
    let metrics = Metrics()
    let seats: Seats
    let printer: Printer?
    let rates: RateLimiter
    private let trust: [AddressRange]
    /// Whether every TCP connection begins with a header of the PROXY protocol.
    private let expectsProxy: Bool
    private let current: Monitor<Configuration>
    private let crew = Crew(name: "connection")
    private let addressSpace = AddressSpace()

    init(
        log: Log, spool: SpoolDirectory, seats: Seats, rates: RateLimiter, trust: [AddressRange], expectsProxy: Bool,
        printer: Printer?, configuration: Configuration
    ) {
        self.rates = rates
        self.trust = trust
        self.expectsProxy = expectsProxy
        self.log = log
        self.spool = spool
        self.seats = seats
        self.printer = printer
        current = Monitor(configuration)
    }

    /// As of the last SIGHUP that succeeded.
    var configuration: Configuration {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    // MARK: Connections

    /// Accepts connections until the listener is stopped. No error ends it.
    func serve(_ listener: Listener) {
        var spare = Spare()
        while true {
            do throws(SystemError) {
                let accepted = try listener.socket.accept()
                take(accepted, listener.service)
            } catch {
                switch error.number {
                case EINVAL: return
                case EAGAIN, ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, ENETUNREACH, ENONET, EOPNOTSUPP, EPERM:
                    continue
                default:
                    log.error("accept-failed", ("error", error.description), ("address", listener.socket.address))
                    guard [EMFILE, ENFILE].contains(error.number) else {
                        usleep(acceptPause)
                        continue
                    }
                    spare.accept(listener) { accepted, hasRoom in
                        if hasRoom {
                            take(accepted, listener.service)
                        } else {
                            let client = Client(address: IPAddress(accepted.peer))
                            refuse(accepted.socket, client, listener.service, Reply(.noResources))
                        }
                    }
                }
            }
        }
    }

    /// Gives a connection its thread, or says why not.
    private func take(_ accepted: consuming Accepted, _ service: Service) {
        metrics.connections.add()
        let client = Client(address: IPAddress(accepted.peer))
        let isTrusted = trust.contains { $0.contains(client.address) }
        let socket = accepted.release()
        guard isTrusted || !expectsProxy || client.address == nil else {
            refuse(client, .notAProxy)
            _ = close(socket)
            return
        }
        switch seats.admit(socket: socket, site: isTrusted ? nil : client.address?.site) {
        case .failure(let reply): refuse(Descriptor(owning: socket), client, service, reply)
        case .success(let seat):
            do throws(SystemError) {
                try addressSpace.require(connections: seats.count)
                try crew.start { [self] in
                    attend(seat, socket, Introduced(client: client, isTrusted: isTrusted), service)
                }
            } catch {
                log.error("no-thread", ("error", error.description), ("ip", client.text))
                seats.leave(seat)
                refuse(Descriptor(owning: socket), client, service, Reply(.noResources))
            }
        }
    }

    private func refuse(_ socket: borrowing Descriptor, _ client: Client, _ service: Service, _ reply: Reply) {
        metrics.refused(reply.name)
        log.info(
            "refused", ("reason", reply.name.rawValue), ("reply", reply.line), ("hint", reply.name.hint),
            ("ip", client.text))
        // Inside TLS nothing can be said before a handshake.
        if service != .smtps { say(reply, on: socket) }
    }

    private func refuse(_ client: Client, _ reason: ProxyRefusal) {
        metrics.refused(reason)
        log.info("refused", ("reason", reason.rawValue), ("ip", client.text))
    }

    /// Who a connection is from.
    struct Introduced: Sendable {
        var client: Client
        var isTrusted: Bool
    }

    /// The whole life of a connection's thread.
    private func attend(_ seat: Seat, _ socket: CInt, _ introduced: Introduced, _ service: Service) {
        var channel = Channel(Descriptor(owning: socket))
        guard let from = proxied(channel.socket, seat, introduced, service) else { return seats.leave(seat) }
        var tls: TLSInfo?
        if service == .smtps {
            tls = handshake(&channel, seat, from.client)
            if tls == nil { return seats.leave(seat) }
        }
        Connection(self, seat, channel, from, service, tls).run()
    }

    /// Reads the header of `--proxy-protocol`; nil when the connection is refused. The client that it names is not trusted,
    /// whoever it is.
    private func proxied(
        _ socket: borrowing Descriptor, _ seat: Seat, _ introduced: Introduced, _ service: Service
    ) -> Introduced? {
        guard expectsProxy, introduced.client.address != nil else { return introduced }
        seat.wait(forHandshake: configuration.policy.timeout)
        defer { seat.wait(until: Int64.max) }
        var client = introduced.client
        switch readProxyHeader(socket) {
        case nil:
            refuse(client, .proxyHeader)
            return nil
        case .own: return introduced
        // Whoever it is counts as coming from the proxy, but has none of its rights.
        case .unknown: break
        case .client(let address): client = Client(address: address)
        }
        if let reply = seats.move(seat, to: client.address?.site) {
            refuse(socket, client, service, reply)
            return nil
        }
        return Introduced(client: client, isTrusted: false)
    }

    /// Does the handshake; nil when it fails.
    func handshake(_ channel: inout Channel, _ seat: Seat, _ client: Client) -> TLSInfo? {
        let configuration = configuration
        seat.wait(forHandshake: configuration.policy.timeout)
        defer { seat.wait(until: Int64.max) }
        do throws(TLSFailure) {
            // A socket of systemd's may be named smtps whatever --tls says.
            guard let context = configuration.tls else { throw TLSFailure(description: "TLS is off") }
            let info = try channel.startTLS(context)
            metrics.secured(info)
            return info
        } catch {
            metrics.tlsFailures.add()
            log.info("tls-failed", ("ip", client.text), ("error", reason(error, seat)))
            return nil
        }
    }

    /// What made a handshake fail: where we have ended it, OpenSSL sees the connection end.
    private func reason(_ failure: TLSFailure, _ seat: Seat) -> String {
        switch seat.wake.load(ordering: .sequentiallyConsistent) {
        case .none: failure.description
        case .deadline: "handshake: took longer than a minute or --timeout"
        case .drain: "handshake: shutting down"
        }
    }
}

/// Microseconds to wait when accept(2) fails for a reason that may last.
private let acceptPause: useconds_t = 100_000

/// Says one line, if the client's socket takes it at once: for those who are turned away.
private func say(_ reply: Reply, on socket: borrowing Descriptor) {
    var line: [UInt8] = []
    reply.write(into: &line)
    _ = unsafe send(socket.number, line, line.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
}

/// A descriptor kept for the day when there are no others. Given up for a moment it lets one client be told so instead
/// of leaving it in the queue, where it would wake the listener for ever.
private struct Spare {
    // A number, for an owner that nothing is read from may be destroyed at once: the optimiser did that.
    private var number = Self.open()

    private static func open() -> CInt { (try? Descriptor.open("/dev/null", O_RDONLY))?.release() ?? -1 }

    private mutating func giveUp() {
        if number >= 0 { close(number) }
        number = -1
    }

    /// Accepts with the spare descriptor; `use` is told whether there is one again, so that the client can be served.
    mutating func accept(_ listener: Listener, use: (consuming Accepted, Bool) -> Void) {
        giveUp()
        if let accepted = try? listener.socket.accept() {
            number = Self.open()
            use(accepted, number >= 0)
        } else {
            usleep(acceptPause)
        }
        // A client that was turned away has left a descriptor behind.
        if number < 0 { number = Self.open() }
    }
}
