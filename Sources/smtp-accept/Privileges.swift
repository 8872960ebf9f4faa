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
