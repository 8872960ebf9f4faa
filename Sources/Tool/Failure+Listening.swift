import Glibc
import Spool

extension Failure {
    /// Runs what opens a socket to listen on.
    /// - Throws: what it could not, with the exit code that a supervisor needs (75 for what may pass) and what to do.
    package static func listening<T>(on what: String, _ body: () throws(SystemError) -> T) throws(Failure) -> T {
        do throws(SystemError) {
            return try body()
        } catch {
            throw Failure(listeningCode(of: error), "cannot listen on \(what): \(error)\(listeningAdvice(on: error))")
        }
    }

    private static func listeningCode(of error: SystemError) -> Sysexit {
        switch error.number {
        case EACCES, EPERM: .noPerm
        case EADDRINUSE, EAI_AGAIN: .tempFail
        case EADDRNOTAVAIL, EAI_NONAME, EEXIST, ENOENT, ENOTDIR, EINVAL, ENOTSOCK: .config
        default: .osErr
        }
    }

    private static func listeningAdvice(on error: SystemError) -> String {
        switch error.number {
        case EACCES, EPERM: "; a port below 1024 is for root: start as root with --user NAME, or by systemd's socket"
        case EADDRINUSE: "; another program listens there: ss -ltnp shows which"
        case EADDRNOTAVAIL, EAI_NONAME: "; say an address of this machine (ip address shows them), or *:PORT for all"
        case EEXIST: "; what has this name is no socket, and is left alone"
        case ENOENT, ENOTDIR: "; its directory must exist"
        case EINVAL, ENOTSOCK: "; it must be a stream socket that listens (ListenStream=)"
        default: ""
        }
    }
}
