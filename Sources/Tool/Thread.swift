import CLinux
import Glibc
import Spool

/// A detached thread of the operating system.
package enum Thread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }

        /// A thread that names itself saves opening a file below /proc.
        func start() {
            unsafe pthread_setname_np(pthread_self(), String(name.prefix(15)))
            run()
        }
    }

    /// Starts one.
    /// - Parameters:
    ///   - name: shown by ps(1) and debuggers; 15 bytes at most.
    ///   - stackSize: bytes of address space; only what is touched becomes memory.
    /// - Throws: EAGAIN when no further thread can be made; `body` is dropped then.
    package static func start(
        name: String, stackSize: Int = 128 * 1024, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        let box = unsafe Unmanaged.passRetained(Body(name, body))
        var thread = pthread_t()
        let number = unsafe pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().start()
                return nil
            }, box.toOpaque())
        if number != 0 {
            unsafe box.release()
            throw SystemError("pthread_create", number)
        }
    }
}
