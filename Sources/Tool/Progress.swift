import Glibc
import Spool

/// The line on a terminal that tells how far a long run is. There is one terminal, and so one of these.
package enum Progress {
    /// What is counted, and by whom.
    package struct Work: Sendable {
        let program: String
        let unit: String
        let isPrinted: Bool

        /// - Parameters:
        ///   - unit: in the plural.
        ///   - isPrinted: they go to standard output, which then must be no terminal.
        package init(_ program: String, _ unit: String, isPrinted: Bool) {
            (self.program, self.unit, self.isPrinted) = (program, unit, isPrinted)
        }
    }

    private struct State {
        /// When the first of this run of work was noted, by the monotonic clock, and how many there were before.
        var start: Int64?
        var before = 0
        var lastShown: Int64 = 0
        var isShown = false
    }

    private static let state = Monitor(State())
    /// Standard error is a terminal that can erase.
    private static let isPossible = isatty(2) == 1 && environmentVariable("TERM") != "dumb"
    private static let isOutputTerminal = isatty(1) == 1

    /// Fewer are done before anybody wonders.
    private static let many = 100
    /// The line is written anew after this many nanoseconds at the earliest.
    private static let interval: Int64 = 200_000_000
    private static let eraser = "\r\u{1B}[K"

    /// So many have been done since the program's start.
    /// - Parameter total: how many there will be, as far as that is known.
    package static func note(_ work: Work, done: Int, of total: Int?) {
        guard done >= many, isPossible, !work.isPrinted || !isOutputTerminal else { return }
        state.withLock { state in
            let now = Clock.monotonic()
            guard let start = state.start else {
                // The first hundred pass too soon to tell a rate, and show at once that there is something to see.
                (state.start, state.before) = (now, done)
                return show(&state, "\(work.program): \(done)\(of(total)) \(work.unit)", now)
            }
            if now - state.lastShown < interval { return }
            let rate = Int64(done - state.before) * 1_000_000_000 / max(1, now - start)
            show(&state, "\(work.program): \(done)\(of(total)) \(work.unit), \(rate)/s", now)
        }
    }

    private static func of(_ total: Int?) -> String { total.map { " of \($0)" } ?? "" }

    private static func show(_ state: inout State, _ text: String, _ now: Int64) {
        write(eraser + text)
        state.lastShown = now
        state.isShown = true
    }

    /// Takes the line away: another one is to be written, or nothing is done any more for now.
    /// - Parameter isIdle: the time from here to the next one does not count.
    package static func erase(isIdle: Bool = false) {
        state.withLock { state in
            if isIdle { state.start = nil }
            guard state.isShown else { return }
            write(eraser)
            state.isShown = false
        }
    }

    /// Erases what another process, the parent, may have written.
    package static func eraseLineOfParent() {
        if isatty(2) == 1 { write(eraser) }
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe bytes.span.withUnsafeBufferPointer { _ = unsafe Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
