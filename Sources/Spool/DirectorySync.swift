/// fsync(2) of one directory, shared by those who need it at the same time (group commit).
///
/// Whoever comes while no sync runs starts one at once, so a lone message never waits. Whoever comes while one runs
/// waits for the next, since the one under way may have begun before their change; that next one serves them all. When a
/// sync ends those whom it served go on, and of those who wait for the next a single one is woken, to start it.
final class DirectorySync: Sendable {
    private struct State {
        /// Syncs begun; the running one has this number.
        var begun: UInt64 = 0
        /// Number of the last sync that ended.
        var ended: UInt64 = 0
        /// The last sync that somebody waits for.
        var awaited: UInt64 = 0
        /// The last sync that failed. It fails all who still wait for it or for an earlier one: what they
        /// changed is then in doubt, and to doubt once too often only costs a second try.
        var failure: (number: UInt64, error: SystemError)?
    }

    private enum Turn {
        case lead(UInt64)
        case done(SystemError?)
        case wait(for: UInt64)
    }

    private let state = Monitor(State())
    private let ends = Turnstile()

    /// Returns after a sync that began after this call has succeeded.
    func callAsFunction(_ directory: borrowing Descriptor) throws(SystemError) {
        var needed: UInt64?
        while true {
            let seen = ends.count
            switch state.withLock({ Self.turn(&$0, needed) }) {
            case .done(let error?): throw error
            case .done(nil): return
            case .lead(let number): return try lead(number, directory)
            case .wait(let number):
                needed = number
                ends.wait(at: seen, group: number & 1)
            }
        }
    }

    /// What is to be done by one who needs this sync, or has just come: then it is the next to begin.
    private static func turn(_ state: inout State, _ needed: UInt64?) -> Turn {
        let needed = needed ?? state.begun + 1
        if state.ended >= needed {
            return .done(state.failure.flatMap { $0.number >= needed ? $0.error : nil })
        }
        guard state.begun == state.ended else {
            state.awaited = max(state.awaited, needed)
            return .wait(for: needed)
        }
        state.begun += 1
        return .lead(state.begun)
    }

    private func lead(_ number: UInt64, _ directory: borrowing Descriptor) throws(SystemError) {
        var failure: SystemError?
        do throws(SystemError) {
            try directory.sync()
        } catch {
            failure = error
        }
        let awaited = state.withLock { state in
            state.ended = number
            if let failure { state.failure = (number, failure) }
            return state.awaited
        }
        // Waiting are only those for this sync and for the next: odd and even tell them apart.
        ends.turn()
        if awaited > number { ends.wake(group: (number + 1) & 1, atMost: 1) }
        if awaited >= number { ends.wake(group: number & 1) }
        if let failure { throw failure }
    }
}
