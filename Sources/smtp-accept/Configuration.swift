import Glibc
import SMTP
import Spool
import Tool

/// What SIGHUP replaces.
struct Configuration: Sendable {
    let policy: Policy
    /// nil when TLS is off.
    let tls: TLSContext?

    /// Reads what the options name.
    /// - Parameter last: what was read before; a certificate that was made then stays in use.
    init(reading options: SmtpAccept, after last: Configuration? = nil) throws(Failure) {
        if last != nil { try Self.requireFiles(options) }
        let hostname = options.hostname ?? Self.systemName
        policy = Policy(
            hostname: hostname,
            recipients: RecipientTable(try Self.patterns(options), delimiters: options.recipientDelimiter),
            maxSize: options.maxSize.bytes, maxRecipients: options.maxRecipients, maxErrors: options.maxErrors,
            timeout: options.timeout, greetDelay: options.greetDelay, bareNewline: options.bareNewline, tls: options.tls
        )
        tls = try Self.tlsContext(options, hostname, last?.tls)
    }

    /// A pipe gives what it has once: to read it again would wait for a writer, and no signal would be heard meanwhile.
    private static func requireFiles(_ options: SmtpAccept) throws(Failure) {
        for path in [options.rcptFile, options.tlsCert, options.tlsKey].compactMap(\.self) {
            var status = stat()
            guard unsafe stat(path, &status) == 0 else { continue }
            guard ![S_IFIFO, S_IFCHR].contains(status.st_mode & S_IFMT) else {
                throw Failure(.noInput, "\(path): a pipe or device cannot be read again")
            }
        }
    }

    private static func patterns(_ options: SmtpAccept) throws(Failure) -> [AddressPattern] {
        var patterns: [AddressPattern] = []
        for text in options.rcpt { patterns.append(try pattern(text, "--rcpt")) }
        guard let file = options.rcptFile else { return patterns }
        for (index, line) in try readLines(file).enumerated() {
            let text = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if !text.isEmpty { patterns.append(try pattern(text, "\(file):\(index + 1)")) }
        }
        return patterns
    }

    private static func pattern(_ text: String, _ place: String) throws(Failure) -> AddressPattern {
        do throws(AddressPattern.Malformed) {
            return try AddressPattern(text)
        } catch {
            throw Failure(.config, "\(place): \(error)")
        }
    }

    private static func readLines(_ path: String) throws(Failure) -> [Substring] {
        do throws(SystemError) {
            let bytes = try Descriptor.open(path, O_RDONLY).readAll()
            // Some editors begin a file with a byte order mark.
            let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
            return String(decoding: text, as: UTF8.self).split(
                omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        } catch {
            throw Failure(error.number == EACCES ? .noPerm : .noInput, "\(path): \(error)")
        }
    }

    private static func tlsContext(
        _ options: SmtpAccept, _ hostname: String, _ last: TLSContext?
    ) throws(Failure) -> TLSContext? {
        guard options.tls != .off else { return nil }
        guard let certificate = options.tlsCert, let key = options.tlsKey else {
            if let last { return last }
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
}
