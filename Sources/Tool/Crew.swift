import CLinux
import Glibc
import Spool

/// Threads for work that comes in pieces: who has finished one waits a moment for the next before he ends. To make a
/// thread, with the stack and all that libraries keep for it, costs as much as a fifth of a small message.
package final class Crew: Sendable {
    /// A piece of work.
    package typealias Work = @Sendable () -> Void

    private struct State {
        /// Threads that wait, those included that have been called but do not run yet.
        var idle = 0
        /// For these; never more than they are.
        var work: [Work] = []

        /// Gives one that waits his work, if there is any.
        mutating func takeWork() -> Work? {
            guard let next = work.popLast() else { return nil }
            idle -= 1
            return next
        }
    }

    private let name: String
    private let patience: Int64
    private let limit: Int
    private let state = Monitor(State())

    /// - Parameters:
    ///   - name: of its threads, as `Thread.start` takes it.
    ///   - patience: nanoseconds for which a thread without work waits.
    ///   - limit: how many wait at most.
    package init(name: String, patience: Int64 = 2_000_000_000, limit: Int = 64) {
        self.name = name
        self.patience = patience
        self.limit = limit
    }

    /// Has this done by a thread that waits, or by a new one.
    /// - Throws: EAGAIN when no further thread can be made; `work` is dropped then.
    package func start(_ work: @escaping Work) throws(SystemError) {
        let isTaken = state.withLock { state in
            guard state.idle > state.work.count else { return false }
            state.work.append(work)
            return true
        }
        guard !isTaken else { return state.notifyOne() }
        try Thread.start(name: name) { [self] in
            work()
            while let next = next() { next() }
        }
    }

    /// Waits for work; nil when none came.
    private func next() -> Work? {
        let stays = state.withLock { state in
            guard state.idle < limit else { return false }
            state.idle += 1
            return true
        }
        guard stays else { return nil }
        return state.wait(nanoseconds: patience) { $0.takeWork() }
            ?? state.withLock { state in
                // It may have come at the last moment. One that came for another is left to him.
                if state.idle <= state.work.count { return state.takeWork() }
                state.idle -= 1
                return nil
            }
    }
}
