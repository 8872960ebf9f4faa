import CLinux
import Glibc
import Spool

/// What is ready, by epoll(7). New wishes are told to the kernel only before it waits, so that those which change
/// meanwhile cost one call.
///
/// So is a descriptor that is let go, and one that rests meanwhile or is wished again need not be taken out at all. Its owner
/// may have closed it without a word, as libcurl does with the socket pair of its resolver, and its number may be another's:
/// then the kernel is asked. Of a connection, which is what has rested once, the owner says that it closes it.
@safe struct EventPoll: ~Copyable {
    /// What may be wished, and what is reported.
    struct Events: OptionSet {
        let rawValue: UInt8
        static let read = Events(rawValue: 1)
        static let write = Events(rawValue: 2)
        static let error = Events(rawValue: 4)
        /// It is of a descriptor that rests.
        static let stray = Events(rawValue: 8)
    }

    private struct Entry {
        var wished: Events = []
        var told: Events = []
        var isDirty = false
        /// The wish is ours, and not its owner's.
        var isResting = false
        /// Its owner says when it closes it.
        var isConnection = false
    }

    private let descriptor: Descriptor
    private var entries: [Entry] = []
    private var dirty: [CInt] = []
    private var buffer = unsafe [epoll_event](repeating: epoll_event(), count: 64)

    init() throws(SystemError) {
        descriptor = try Descriptor(owning: systemCall("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
    }

    /// Wishes to hear of these events from now on; of none: no more.
    mutating func wish(_ events: Events, for number: CInt) {
        let index = Int(number)
        while entries.count <= index { entries.append(Entry()) }
        let isLetGo = entries[index].wished.isEmpty && !entries[index].told.isEmpty
        if isLetGo, !entries[index].isConnection { entries[index].told.insert(.stray) }
        (entries[index].wished, entries[index].isResting) = (events, false)
        tellLater(number)
    }

    /// Its owner closes it now, and so the kernel forgets it.
    mutating func forget(_ number: CInt) {
        guard entries.indices.contains(Int(number)) else { return }
        // It may still be among the dirty ones.
        entries[Int(number)] = Entry(isDirty: entries[Int(number)].isDirty)
    }

    /// Its owner expects nothing from this descriptor now and keeps it open: what comes all the same, or its end, is `stray`.
    mutating func rest(_ number: CInt) {
        let index = Int(number)
        guard entries.indices.contains(index), entries[index].wished.isEmpty else { return }
        if !entries[index].isConnection { entries[index].told.insert(.stray) }
        (entries[index].wished, entries[index].isResting, entries[index].isConnection) = (.read, true, true)
        tellLater(number)
    }

    private mutating func tellLater(_ number: CInt) {
        guard !entries[Int(number)].isDirty else { return }
        entries[Int(number)].isDirty = true
        dirty.append(number)
    }

    /// Waits until something is ready, or the time is over.
    mutating func wait(milliseconds: CInt, _ found: (CInt, Events) -> Void) throws(SystemError) {
        try tell()
        let (number, most) = (descriptor.number, CInt(unsafe buffer.count))
        let count = try systemCall("epoll_wait") { unsafe epoll_wait(number, &buffer, most, milliseconds) }
        for index in 0..<Int(count) {
            var events: Events = []
            let bits = unsafe buffer[index].events
            if bits & EPOLLIN.rawValue != 0 { events.insert(.read) }
            if bits & EPOLLOUT.rawValue != 0 { events.insert(.write) }
            if bits & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { events.insert(.error) }
            let number = unsafe buffer[index].data.fd
            if entries[Int(number)].isResting { events.insert(.stray) }
            found(number, events)
        }
    }

    private mutating func tell() throws(SystemError) {
        for number in dirty { try tell(number) }
        dirty.removeAll(keepingCapacity: true)
    }

    private mutating func tell(_ number: CInt) throws(SystemError) {
        let index = Int(number)
        entries[index].isDirty = false
        let (wished, told) = (entries[index].wished, entries[index].told)
        guard wished != told else { return }
        entries[index].told = wished
        guard !wished.isEmpty else { return _ = control(EPOLL_CTL_DEL, number, []) }
        // Told and yet unknown to the kernel: the descriptor was closed and its number given away meanwhile.
        let failure = told.isEmpty ? ENOENT : control(EPOLL_CTL_MOD, number, wished)
        guard failure == ENOENT else { return }
        let error = control(EPOLL_CTL_ADD, number, wished)
        if entries[index].isResting, error != 0 { return entries[index] = Entry() }
        if error != 0, error != EEXIST { throw SystemError("epoll_ctl", error) }
    }

    /// epoll_ctl(2). The descriptor is libcurl's, which knows best whether it is still open: EBADF is no fault of ours.
    /// - Returns: the error number, or 0.
    private func control(_ operation: CInt, _ number: CInt, _ events: Events) -> CInt {
        var event = unsafe epoll_event()
        if events.contains(.read) { unsafe event.events |= EPOLLIN.rawValue }
        if events.contains(.write) { unsafe event.events |= EPOLLOUT.rawValue }
        unsafe event.data = epoll_data_t(fd: number)
        return unsafe epoll_ctl(descriptor.number, operation, number, &event) == 0 ? 0 : errno
    }
}
