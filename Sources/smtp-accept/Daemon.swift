import Glibc
import SMTP
import Spool
import Tool

/// The life of the process: from the options to sockets, threads, signals and the end.
struct Daemon {
    let options: SmtpAccept
    private let log: Log
    private let manager = ServiceManager()

    /// How long before its end a certificate should be replaced, in seconds: ACME clients renew sooner.
    private static let renewal: Int64 = 7 * 86_400

    init(_ options: SmtpAccept) {
        self.options = options
        log = Log(level: options.logLevel)
    }

    func run() throws(Failure) {
        try checkReadyDescriptor()
        let signals = try attempt(.osErr) { () throws(SystemError) in try Signals(SIGTERM, SIGINT, SIGHUP) }
        Signals.ignoreBrokenPipe()
        // A connection may need two, for its socket and its message; the daemon itself needs the rest.
        let room = max(0, (raiseDescriptorLimit() - 64) / 2)
        let (listeners, statusSockets) = try Listening(options).open()
        if let user = options.user { try dropPrivileges(to: user) }
        let configuration = try Configuration(reading: options)
        let spool = try openSpool()
        let printer = try options.print ? attempt(.osErr) { () throws(SystemError) in try Printer(spool) } : nil
        let server = Server(
            log: log, spool: spool,
            seats: Seats(limit: options.maxConnections, limitPerSite: options.maxConnectionsPerIp),
            rates: RateLimiter(rate: options.ratePerIp), trust: options.trust, expectsProxy: options.proxyProtocol,
            printer: printer, configuration: configuration)
        announce(listeners, statusSockets, configuration, room)
        try startThreads(server, listeners, statusSockets)
        ready(listeners, statusSockets)
        let code = serve(server, listeners, signals)
        log.info("stopped")
        exit(code.rawValue)
    }

    // MARK: The parts

    /// Better now than when whoever waits for the line waits for ever.
    private func checkReadyDescriptor() throws(Failure) {
        guard let number = options.readyFd else { return }
        let flags = fcntl(number, F_GETFL)
        guard flags >= 0, flags & O_ACCMODE != O_RDONLY else {
            throw Failure(.usage, "--ready-fd \(number): not open for writing; in a shell: --ready-fd 3 3>FILE")
        }
    }

    private func openSpool() throws(Failure) -> SpoolDirectory {
        do throws(SystemError) {
            return try SpoolDirectory(creating: options.spool)
        } catch {
            switch error.number {
            case EXDEV: throw Failure(.config, "\(options.spool): tmp and new are on different devices or mounts")
            case EACCES, EPERM, EROFS: throw Failure(.noPerm, "\(options.spool): \(error)")
            default: throw Failure(.cantCreate, "\(options.spool): \(error)")
            }
        }
    }

    private func attempt<T: ~Copyable>(_ code: Sysexit, _ body: () throws(SystemError) -> T) throws(Failure) -> T {
        do throws(SystemError) { return try body() } catch { throw Failure(code, error.description) }
    }

    // MARK: Starting

    /// The first lines of the log: where we listen, then what one should know.
    private func announce(
        _ listeners: [Listener], _ statusSockets: [ListeningSocket], _ configuration: Configuration, _ room: Int
    ) {
        for listener in listeners {
            log.info("listening", ("address", listener.socket.address), ("service", listener.service.rawValue))
        }
        for socket in statusSockets { log.info("listening", ("address", socket.address), ("service", "status")) }
        warn(of: configuration)
        if room < options.maxConnections {
            let advice = room > 0 ? " or say --max-connections \(room)" : ": the daemon itself needs 64"
            log.warning("descriptors", ("room", String(room)), ("hint", "raise ulimit -n" + advice))
        }
    }

    private func warn(of configuration: Configuration) {
        let policy = configuration.policy
        if !policy.hostname.contains(".") {
            log.warning("hostname", ("name", policy.hostname), ("hint", "no dot in it: set --hostname"))
        }
        if policy.recipients.acceptsAny { log.warning("accepts-any", ("hint", "@* takes mail for every recipient")) }
        if policy.recipients.isEmpty {
            log.warning("no-recipients", ("hint", "no pattern in --rcpt-file: all but postmaster are refused"))
        }
        if let end = configuration.tls?.certificateEnd, end < Clock.now().seconds + Self.renewal {
            log.warning(
                "certificate", ("end", Clock.Time(seconds: end).rfc3339),
                ("hint", "renew it and send SIGHUP: once it has ended, senders that verify it stay away"))
        }
    }

    private func startThreads(
        _ server: Server, _ listeners: [Listener], _ statusSockets: [ListeningSocket]
    ) throws(Failure) {
        try attempt(.osErr) { () throws(SystemError) in
            try Thread.start(name: "deadlines") { server.seats.watchDeadlines() }
            for listener in listeners {
                try Thread.start(name: "accept") { server.serve(listener) }
            }
            for socket in statusSockets {
                let status = StatusServer(socket) { server.page($0) }
                try Thread.start(name: "status") { status.run() }
            }
            if let printer = server.printer {
                try Thread.start(name: "print") { printer.run { kill(getpid(), SIGTERM) } }
            }
        }
    }

    private func ready(_ listeners: [Listener], _ statusSockets: [ListeningSocket]) {
        manager.notify("READY=1\nSTATUS=Listening on \(listeners.map(\.socket.address).joined(separator: " "))")
        guard let number = options.readyFd else { return }
        let addresses = listeners.map(\.socket.address) + statusSockets.map(\.address)
        let line = Array((addresses.joined(separator: " ") + "\n").utf8)
        if unsafe write(number, line, line.count) != line.count {
            log.warning("ready-fd", ("error", unsafe String(cString: strerror(errno))))
        }
        // A socket would get the number of a standard one, and log lines or paths would go to a client.
        if number > 2 { close(number) }
    }

    // MARK: Signals

    /// Waits for signals until one of them ends the daemon.
    private func serve(_ server: Server, _ listeners: [Listener], _ signals: borrowing Signals) -> Sysexit {
        while true {
            let pause = manager.watchdog.map { CInt(clamping: $0 / 1_000_000) } ?? -1
            _ = try? poll(signals.number, CInt(POLLIN), timeoutMilliseconds: pause)
            if manager.watchdog != nil { manager.notify("WATCHDOG=1") }
            while let signal = signals.next() {
                if signal != SIGHUP { return end(server, listeners, signals) }
                reload(server)
            }
        }
    }

    private func reload(_ server: Server) {
        manager.notify("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonic() / 1000)")
        defer { manager.notify("READY=1") }
        do throws(Failure) {
            server.configuration = try Configuration(reading: options, after: server.configuration)
            log.info("reloaded")
            warn(of: server.configuration)
        } catch {
            log.error("reload-failed", ("error", error.message), ("hint", "what was read before stays"))
        }
    }

    /// Stops listening, lets messages under way finish, and says how it went.
    private func end(_ server: Server, _ listeners: [Listener], _ signals: borrowing Signals) -> Sysexit {
        let isBroken = server.printer?.isBroken.load(ordering: .sequentiallyConsistent) == true
        if isBroken { log.error("reader-gone", ("hint", "nobody reads standard output: restart both")) }
        manager.notify("STOPPING=1")
        for listener in listeners { listener.socket.stop() }
        log.info("draining", ("connections", String(server.seats.count)), ("seconds", String(options.drain)))
        server.seats.drain()
        waitForSessions(server, signals)
        waitForPrinter(server)
        return isBroken ? .tempFail : .ok
    }

    private func waitForSessions(_ server: Server, _ signals: borrowing Signals) {
        let deadline = Clock.monotonic() + Int64(options.drain) * 1_000_000_000
        while server.seats.count > 0, Clock.monotonic() < deadline {
            _ = try? poll(signals.number, CInt(POLLIN), timeoutMilliseconds: 20)
            if let signal = signals.next(), signal != SIGHUP { break }
        }
        // Those that were told to go are saying goodbye, even with --drain 0.
        server.seats.cutBusy()
        if !server.seats.waitUntilEmpty(nanoseconds: 1_000_000_000) { server.seats.cutAll() }
        // What is being committed now is committed; its client will send it again.
        _ = server.seats.waitUntilEmpty(nanoseconds: 2_000_000_000)
    }

    private func waitForPrinter(_ server: Server) {
        guard let printer = server.printer else { return }
        let deadline = Clock.monotonic() + 1_000_000_000
        while !printer.isDone, Clock.monotonic() < deadline { usleep(5000) }
    }
}
