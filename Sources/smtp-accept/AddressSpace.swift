import Glibc
import Spool

/// What `ulimit -v` leaves: where malloc(3) fails, Swift ends the program, so that one more connection is taken only
/// while there is room for all that those which are open may come to need.
struct AddressSpace {
    private let isLimited: Bool

    /// Bytes: room for content, a message's buffer, TLS, and as much again for what lies between.
    private static let perConnection = 256 * 1024

    init() {
        var limit = rlimit()
        isLimited =
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 && limit.rlim_cur != rlim_t.max
    }

    /// - Throws: ENOMEM when so many connections could not have what they may need.
    func require(connections: Int) throws(SystemError) {
        guard isLimited else { return }
        let length = connections * Self.perConnection
        let place = unsafe mmap(nil, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard unsafe place != MAP_FAILED else { throw SystemError("mmap", errno) }
        unsafe munmap(place, length)
    }
}
