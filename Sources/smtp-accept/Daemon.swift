import Glibc
import SMTP
import Spool
import Tool

/// The life of the process: from the options to sockets, threads, signals and the end.
struct Daemon {
    private let options: SmtpAccept
    private let log: Log

    init(_ options: SmtpAccept) {
        self.options = options
        log = Log(level: options.logLevel)
    }

    func run() throws(Failure) {
        let signals = try attempt(.osErr) { () throws(SystemError) in try Signals(SIGTERM, SIGINT, SIGHUP) }
        Signals.ignoreBrokenPipe()
        let room = raiseDescriptorLimit()
        let listeners = try listen()
        if let user = options.user { try dropPrivileges(to: user) }
        let configuration = try readConfiguration()
        let spool = try openSpool()
        let printer = try options.print ? attempt(.osErr) { () throws(SystemError) in try Printer(spool) } : nil
        let server = Server(
            log: log, spool: spool,
            seats: Seats(limit: options.maxConnections, limitPerSite: options.maxConnectionsPerIp),
            rates: RateLimiter(rate: options.ratePerIp), trust: options.trust, expectsProxy: options.proxyProtocol,
            printer: printer, configuration: configuration)
        announce(listeners, configuration, room)
        try startThreads(server, listeners)
        ready(listeners)
        let code = serve(server, listeners, signals)
        log.info("stopped")
        exit(code.rawValue)
    }

    // MARK: The parts

    private func listen() throws(Failure) -> [Listener] {
        var wanted = options.listen.map { ($0, Service.smtp) }
        wanted += options.listenTls.map { ($0, .smtps) } + options.listenLmtp.map { ($0, .lmtp) }
        if wanted.isEmpty { wanted = [(Self.defaultAddress, .smtp)] }
        var listeners: [Listener] = []
        for (address, service) in wanted {
            do throws(SystemError) {
                listeners += try Listener.open(address, service)
            } catch {
                throw Failure(Self.code(ofBindError: error), "cannot listen on \(address): \(error)")
            }
        }
        return listeners
    }

    private static let defaultAddress = ListenAddress(everywhere: 2525)

    private static func code(ofBindError error: SystemError) -> Sysexit {
        switch error.number {
        case EACCES, EPERM: .noPerm
        case EADDRINUSE: .tempFail
        case EADDRNOTAVAIL: .config
        default: .osErr
        }
    }

    private func openSpool() throws(Failure) -> SpoolDirectory {
        do throws(SystemError) {
            return try SpoolDirectory(creating: options.spool)
        } catch {
            switch error.number {
            case EXDEV: throw Failure(.config, "\(options.spool): tmp and new are on different devices")
            case EACCES, EPERM, EROFS: throw Failure(.noPerm, "\(options.spool): \(error)")
            default: throw Failure(.cantCreate, "\(options.spool): \(error)")
            }
        }
    }

    private func readConfiguration() throws(Failure) -> Configuration {
        let hostname = options.hostname ?? Self.systemName
        let policy = Policy(
            hostname: hostname, recipients: RecipientTable(try patterns(), delimiters: options.recipientDelimiter),
            maxSize: options.maxSize.bytes, maxRecipients: options.maxRecipients, maxErrors: options.maxErrors,
            timeout: options.timeout, bareNewline: options.bareNewline, tls: options.tls)
        return Configuration(policy: policy, tls: try tlsContext(hostname))
    }

    private func patterns() throws(Failure) -> [AddressPattern] {
        var texts = options.rcpt
        if let file = options.rcptFile { texts += try readPatternFile(file) }
        do throws(AddressPattern.Malformed) {
            return try texts.map { (text) throws(AddressPattern.Malformed) in try AddressPattern(text) }
        } catch {
            throw Failure(.config, error.description)
        }
    }

    private func readPatternFile(_ path: String) throws(Failure) -> [String] {
        do throws(SystemError) {
            let bytes = try Descriptor.open(path, O_RDONLY).readAll()
            return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
                .map { $0.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
                .filter { !$0.isEmpty }
        } catch {
            throw Failure(error.number == EACCES ? .noPerm : .noInput, "\(path): \(error)")
        }
    }

    private func tlsContext(_ hostname: String) throws(Failure) -> TLSContext? {
        guard options.tls != .off else { return nil }
        guard let certificate = options.tlsCert, let key = options.tlsKey else {
            do throws(TLSFailure) {
                return try TLSContext(selfSignedFor: hostname)
            } catch {
                throw Failure(.software, error.description)
            }
        }
        for path in [certificate, key] where unsafe access(path, R_OK) != 0 {
            let code: Sysexit = errno == EACCES ? .noPerm : .noInput
            throw Failure(code, "\(path): \(unsafe String(cString: strerror(errno)))")
        }
        do throws(TLSFailure) {
            return try TLSContext(certificate: certificate, key: key)
        } catch {
            throw Failure(.config, error.description)
        }
    }

    private static var systemName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return isHostName(text) ? text : "localhost"
    }

    private func attempt<T: ~Copyable>(_ code: Sysexit, _ body: () throws(SystemError) -> T) throws(Failure) -> T {
        do throws(SystemError) { return try body() } catch { throw Failure(code, error.description) }
    }

    // MARK: Starting

    /// The first lines of the log: where we listen, then what one should know.
    private func announce(_ listeners: [Listener], _ configuration: Configuration, _ room: Int) {
        for listener in listeners {
            log.info("listening", ("address", listener.address), ("service", listener.service.rawValue))
        }
        let policy = configuration.policy
        if !policy.hostname.contains(".") {
            log.warning("hostname", ("name", policy.hostname), ("hint", "no dot in it: set --hostname"))
        }
        if policy.recipients.acceptsAny { log.warning("accepts-any", ("hint", "@* takes mail for every recipient")) }
        if room < options.maxConnections {
            log.warning(
                "descriptors", ("room", String(room)), ("hint", "raise ulimit -n or say --max-connections \(room)"))
        }
    }

    private func startThreads(_ server: Server, _ listeners: [Listener]) throws(Failure) {
        try attempt(.osErr) { () throws(SystemError) in
            try Thread.start(name: "deadlines") { server.seats.watchDeadlines() }
            for listener in listeners {
                try Thread.start(name: "accept") { server.serve(listener) }
            }
            if let printer = server.printer {
                try Thread.start(name: "print") { printer.run { kill(getpid(), SIGTERM) } }
            }
        }
    }

    private func ready(_ listeners: [Listener]) {
        guard let number = options.readyFd else { return }
        let line = Array((listeners.map(\.address).joined(separator: " ") + "\n").utf8)
        if unsafe write(number, line, line.count) != line.count {
            log.warning("ready-fd", ("error", unsafe String(cString: strerror(errno))))
        }
        close(number)
    }

    // MARK: Signals

    /// Waits for signals until one of them ends the daemon.
    private func serve(_ server: Server, _ listeners: [Listener], _ signals: borrowing Signals) -> Sysexit {
        while true {
            _ = try? poll(signals.number, CInt(POLLIN), timeoutMilliseconds: -1)
            while let signal = signals.next() {
                if signal != SIGHUP { return end(server, listeners, signals) }
                reload(server)
            }
        }
    }

    private func reload(_ server: Server) {
        do throws(Failure) {
            server.configuration = try readConfiguration()
            log.info("reloaded")
        } catch {
            log.error("reload-failed", ("error", error.message), ("hint", "what was read before stays"))
        }
    }

    /// Stops listening, lets messages under way finish, and says how it went.
    private func end(_ server: Server, _ listeners: [Listener], _ signals: borrowing Signals) -> Sysexit {
        let isBroken = server.printer?.isBroken.load(ordering: .sequentiallyConsistent) == true
        if isBroken { log.error("reader-gone", ("hint", "nobody reads standard output: restart both")) }
        for listener in listeners { listener.stop() }
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
        server.seats.cutAll()
        // What is being committed now is committed; its client will send it again.
        _ = server.seats.waitUntilEmpty(nanoseconds: 2_000_000_000)
    }

    private func waitForPrinter(_ server: Server) {
        guard let printer = server.printer else { return }
        let deadline = Clock.monotonic() + 1_000_000_000
        while !printer.isDone, Clock.monotonic() < deadline { usleep(5000) }
    }
}
