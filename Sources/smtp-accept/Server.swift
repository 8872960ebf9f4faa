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
    let seats: Seats
    let printer: Printer?
    private let current: Mutex<Configuration>

    init(log: Log, spool: SpoolDirectory, seats: Seats, printer: Printer?, configuration: Configuration) {
        self.log = log
        self.spool = spool
        self.seats = seats
        self.printer = printer
        current = Mutex(configuration)
    }

    /// As of the last SIGHUP that succeeded.
    var configuration: Configuration {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// A message is safe.
    func accepted(_ id: MessageID) {
        printer?.print(id)
    }

    // MARK: Connections

    /// Accepts connections until the listener is stopped. No error ends it.
    func serve(_ listener: Listener) {
        var spare = Spare()
        while true {
            do throws(SystemError) {
                let accepted = try listener.accept()
                take(accepted, listener.service)
            } catch {
                switch error.number {
                case EINVAL, EBADF: return
                case ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, ENETUNREACH, ENONET, EOPNOTSUPP, EPERM: continue
                default:
                    log.error("accept-failed", ("error", error.description), ("address", listener.address))
                    guard [EMFILE, ENFILE].contains(error.number) else {
                        pause()
                        continue
                    }
                    spare.accept(listener) { accepted, hasRoom in
                        if hasRoom {
                            take(accepted, listener.service)
                        } else {
                            turnAway(Descriptor(owning: accepted.release()), Reply(.noResources))
                        }
                    }
                }
            }
        }
    }

    /// Gives a connection its thread, or says why not.
    private func take(_ accepted: consuming Accepted, _ service: Service) {
        let peer = accepted.peer
        let socket = accepted.release()
        switch seats.admit(socket: socket, site: peer.site) {
        case .failure(let reply):
            log.info("refused", ("reason", reply.name.rawValue), ("reply", reply.line), ("ip", peer.text))
            turnAway(Descriptor(owning: socket), reply)
        case .success(let seat):
            do throws(SystemError) {
                try Thread.start(name: service.rawValue) { [self] in attend(seat, socket, peer, service) }
            } catch {
                log.error("no-thread", ("error", error.description), ("ip", peer.text))
                seats.leave(seat)
                turnAway(Descriptor(owning: socket), Reply(.noResources))
            }
        }
    }

    /// The whole life of a connection's thread.
    private func attend(_ seat: Seat, _ socket: CInt, _ peer: SocketAddress, _ service: Service) {
        var channel = Channel(Descriptor(owning: socket))
        do throws(TLSFailure) {
            let tls = service == .smtps ? try handshake(&channel, seat) : nil
            Connection(self, seat, channel, peer, service, tls).run()
        } catch {
            log.info("tls-failed", ("ip", peer.text), ("error", error.description))
            seats.leave(seat)
        }
    }

    private func handshake(_ channel: inout Channel, _ seat: Seat) throws(TLSFailure) -> TLSInfo {
        let configuration = configuration
        guard let context = configuration.tls else { throw TLSFailure(description: "TLS is off") }
        seat.wait(forHandshake: configuration.policy.timeout)
        return try channel.startTLS(context)
    }

    /// Waits a little when accept(2) fails for a reason that may last.
    private func pause() {
        usleep(100_000)
    }
}

/// Says one line, if the client's socket takes it at once, and closes.
func turnAway(_ socket: consuming Descriptor, _ reply: Reply) {
    var line: [UInt8] = []
    reply.write(into: &line)
    _ = unsafe send(socket.number, line, line.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
}

/// A descriptor kept for the day when there are no others. Given up for a moment it lets one client be told so instead
/// of leaving it in the queue, where it would wake the listener for ever.
private struct Spare: ~Copyable {
    private var descriptor: Descriptor?

    init() {
        descriptor = Self.open()
    }

    private static func open() -> Descriptor? { try? Descriptor.open("/dev/null", O_RDONLY) }

    /// Accepts with the spare descriptor; `use` is told whether there is one again, so that the client can be served.
    mutating func accept(_ listener: Listener, use: (consuming Accepted, Bool) -> Void) {
        descriptor = nil
        guard let accepted = try? listener.accept() else {
            usleep(100_000)
            descriptor = Self.open()
            return
        }
        descriptor = Self.open()
        use(accepted, descriptor != nil)
        // A client that was turned away has left a descriptor behind.
        if descriptor == nil { descriptor = Self.open() }
    }
}
