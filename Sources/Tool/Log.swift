import ArgumentParser
import Bytes
import Glibc

/// How much the log tells; each level includes those before it.
package enum LogLevel: String, Sendable, CaseIterable, Comparable, ExpressibleByArgument {
    case error, warning, info, debug

    /// The priority of syslog(3), which systemd reads from `<N>`.
    var priority: Int {
        switch self {
        case .error: 3
        case .warning: 4
        case .info: 6
        case .debug: 7
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.priority < right.priority }
}

/// The log: one event a line, logfmt, on stderr, as `LogOutput` writes it.
///
/// `time=2026-11-21T10:00:00.123Z level=info event=accepted id=…`; when stderr is systemd's journal, `<6>` stands in
/// front and the time is left out. Values that hold anything but plain characters are quoted and escaped, so that
/// what a stranger sends can neither forge a field nor move a terminal's cursor.
package struct Log: Sendable {
    /// What is above this is not written.
    package let level: LogLevel
    private let journal: Bool

    package init(level: LogLevel) {
        self.level = level
        journal = Self.isJournal
    }

    /// Something is broken and wants a person.
    package func error(_ event: String, _ fields: (String, String?)...) { write(.error, event, fields) }
    /// Something is wrong and is dealt with.
    package func warning(_ event: String, _ fields: (String, String?)...) { write(.warning, event, fields) }
    /// What happened, one line each.
    package func info(_ event: String, _ fields: (String, String?)...) { write(.info, event, fields) }
    /// What helps to find out why.
    package func debug(_ event: @autoclosure () -> String, _ fields: @autoclosure () -> [(String, String?)] = []) {
        if level >= .debug { write(.debug, event(), fields()) }
    }

    private func write(_ level: LogLevel, _ event: String, _ fields: [(String, String?)]) {
        guard level <= self.level else { return }
        Progress.erase()
        let now = journal ? nil : Clock.now()
        LogOutput.write(line(level, event, fields, now: now)) { dropped in
            line(.warning, "lines-dropped", [("count", "\(dropped)")], now: now)
        }
    }

    /// The whole line, newline included. Without a time it is one for the journal.
    ///
    /// As bytes: to put strings together takes several times as long.
    func line(_ level: LogLevel, _ event: String, _ fields: [(String, String?)], now: Clock.Time?) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(512)
        if let now {
            line.append(text: "time=")
            line.append(text: now.rfc3339)
            line.append(text: " level=")
            line.append(text: level.rawValue)
            line.append(text: " event=")
        } else {
            line.append(text: "<\(level.priority)>event=")
        }
        line.append(text: Self.escaped(event))
        for case (let name, let value?) in fields {
            line.append(text: " ")
            line.append(text: name)
            line.append(text: "=")
            line.append(text: Self.escaped(value))
        }
        line.append(text: "\n")
        return line
    }

    /// The value as logfmt has it: bare when it is plain ASCII, else quoted, with everything escaped that is not
    /// a printable character.
    package static func escaped(_ value: String) -> String {
        if isPlain(value.utf8.span) { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            append(scalar, to: &text)
        }
        return text + "\""
    }

    private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            let byte = bytes[index]
            guard 0x21...0x7E ~= byte, byte != 0x22, byte != 0x3D, byte != 0x5C else { return false }
        }
        return !bytes.isEmpty
    }

    /// The value with everything escaped that is not a printable character: for people, where nothing needs quotes.
    package static func printable(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars { append(scalar, to: &text) }
        return text
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where isPrintable(scalar): text.unicodeScalars.append(scalar)
        default: text += "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return 0x20...0x7E ~= scalar.value }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return false
        default: return true
        }
    }

    /// systemd names the device and inode of the journal's socket; stderr may have been redirected since.
    private static var isJournal: Bool {
        guard let stream = environmentVariable("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard unsafe fstat(2, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }
}
