/// fsync(2) of one directory, shared by those who need it at the same time (group commit).
///
/// Whoever comes while no sync runs starts one at once, so a lone message never waits. Whoever comes while one runs
/// waits for the next, since the one under way may have begun before their change; that next one serves them all.
final class DirectorySync: Sendable {
    private struct State {
        /// Syncs begun; the running one has this number.
        var begun: UInt64 = 0
        /// Number of the last sync that ended.
        var ended: UInt64 = 0
        /// The last sync that failed. It fails all who still wait for it or for an earlier one: what they
        /// changed is then in doubt, and to doubt once too often only costs a second try.
        var failure: (number: UInt64, error: SystemError)?
    }

    private enum Turn {
        case lead(UInt64)
        case done(SystemError?)
    }

    private let state = Monitor(State())

    /// Returns after a sync that began after this call has succeeded.
    func callAsFunction(_ directory: borrowing Descriptor) throws(SystemError) {
        let needed = state.withLock { $0.begun + 1 }
        let turn: Turn = state.wait { state in
            if state.ended >= needed {
                return .done(state.failure.flatMap { $0.number >= needed ? $0.error : nil })
            }
            guard state.begun == state.ended else { return nil }
            state.begun += 1
            return .lead(state.begun)
        }
        switch turn {
        case .done(let error?): throw error
        case .done(nil): return
        case .lead(let number): try lead(number, directory)
        }
    }

    private func lead(_ number: UInt64, _ directory: borrowing Descriptor) throws(SystemError) {
        var failure: SystemError?
        do throws(SystemError) {
            try directory.sync()
        } catch {
            failure = error
        }
        state.withLock { state in
            state.ended = number
            if let failure { state.failure = (number, failure) }
        }
        state.notifyAll()
        if let failure { throw failure }
    }
}
