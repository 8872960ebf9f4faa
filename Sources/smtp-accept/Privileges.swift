import Glibc
import Tool

/// Becomes the user NAME for good: its groups, its group, then itself.
func dropPrivileges(to name: String) throws(Failure) {
    guard let entry = unsafe getpwnam(name) else { throw Failure(.config, "--user \(name): no such user") }
    let (user, group) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
    if getuid() == user, geteuid() == user { return }
    guard unsafe initgroups(name, group) == 0, setgid(group) == 0, setuid(user) == 0 else {
        throw Failure(.noPerm, "--user \(name): \(unsafe String(cString: strerror(errno))); start as root")
    }
    if user != 0, setuid(0) == 0 { throw Failure(.software, "--user \(name): privileges came back") }
}

/// Raises the number of descriptors that may be open to what the system allows.
///
/// - Returns: how many connections there is room for, 0 or more: each may need two, for its socket and its message.
func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int.max }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return max(0, (Int(clamping: limit.rlim_cur) - 64) / 2)
}
