/// Which records are under way, wait or have failed, by key; and which waiting one is next. Made for a million records:
/// 24 bytes each, the text of the key, and about 12 bytes of hash table and heap.
struct RecordIndex {
    /// Where a record stands.
    enum State: UInt8 {
        /// Not in use, or gone from the index while its place in the heap remains.
        case free
        /// Waits for its time.
        case waiting
        /// Is being sent, or held until it can be stored.
        case busy
        /// Lies in failed/.
        case failed
    }

    /// A number that stands for a record for as long as it is in the index.
    typealias Slot = UInt32

    struct Entry {
        /// When it is due, in milliseconds on the monotonic clock.
        var wake: Int64 = 0
        /// The due time in its file's name, in seconds since 1970.
        var due: UInt32 = 0
        fileprivate var text: UInt32 = 0
        /// As in its file's name.
        var attempts: UInt16 = 0
        /// Which endpoint it is for.
        var endpoint: UInt16 = 0
        fileprivate var length: UInt8 = 0
        var state = State.free
        /// Its last attempt failed because of the endpoint; so it is taken of one whose attempts another process made.
        var blamesEndpoint: Bool

        init(wake: Int64 = 0, due: UInt32 = 0, attempts: UInt16 = 0, endpoint: Int = 0, state: State) {
            self.endpoint = UInt16(endpoint)
            self.wake = wake
            self.due = due
            self.attempts = attempts
            self.state = state
            blamesEndpoint = attempts > 0
        }
    }

    private var entries: [Entry] = []
    private var freeSlots: [Slot] = []
    /// The keys' bytes, one after the other; holes are closed when they outweigh the rest.
    private var text: [UInt8] = []
    private var deadText = 0
    /// Slot + 1 by hash of the key, linear probing; 0 is empty. The size is a power of two.
    private var table: [UInt32] = []
    private var used = 0
    /// A binary heap of slots for each endpoint, the next due on top.
    private var heaps: [[Slot]]
    private let seed: UInt64
    private(set) var waitingCount = 0
    private(set) var failedCount = 0

    init(seed: UInt64 = .random(in: .min ... .max)) {
        heaps = [[]]
        table = Array(repeating: 0, count: 1024)
        self.seed = seed
    }

    /// Makes room for so many records, whose keys are as long as ids of a spool: growing step by step would hold some
    /// things twice for a moment.
    mutating func reserve(_ count: Int) {
        entries.reserveCapacity(count)
        text.reserveCapacity(count * 36)
        heaps[0].reserveCapacity(count)
        while table.count * 3 < (used + count + 1) * 4 { rehash() }
    }

    /// Makes room for an endpoint's records.
    mutating func admit(endpoint: Int) {
        while heaps.count <= endpoint { heaps.append([]) }
    }

    /// How many records wait for an endpoint, and a few that were removed meanwhile.
    func backlog(endpoint: Int) -> Int { heaps[endpoint].count }

    /// How many records it knows.
    var count: Int { used }

    subscript(slot: Slot) -> Entry {
        get { entries[Int(slot)] }
        set { entries[Int(slot)] = newValue }
    }

    func key(_ slot: Slot) -> String {
        let entry = entries[Int(slot)]
        let start = Int(entry.text)
        return String(copying: text.span.extracting(start..<start + Int(entry.length)))
    }

    // MARK: Keys

    func find(_ key: Span<UInt8>) -> Slot? {
        let place = place(key)
        return table[place] == 0 ? nil : table[place] - 1
    }

    func find(_ key: String) -> Slot? {
        var key = key
        return key.withUTF8Span { find($0) }
    }

    /// Takes in a record that is not there yet.
    mutating func insert(_ key: Span<UInt8>, _ entry: Entry) -> Slot {
        if (used + 1) * 4 > table.count * 3 { rehash() }
        var entry = entry
        entry.text = UInt32(text.count)
        entry.length = UInt8(key.count)
        for index in 0..<key.count { text.append(key[index]) }
        let slot = freeSlots.popLast() ?? Slot(entries.count)
        if Int(slot) == entries.count { entries.append(entry) } else { entries[Int(slot)] = entry }
        table[place(key)] = slot + 1
        used += 1
        count(entry.state, 1)
        if entry.state == .waiting { push(slot) }
        return slot
    }

    mutating func insert(_ key: String, _ entry: Entry) -> Slot {
        let bytes = Array(key.utf8)
        return insert(bytes.span, entry)
    }

    /// Forgets a record.
    mutating func remove(_ slot: Slot) {
        let entry = entries[Int(slot)]
        unlink(slot)
        count(entry.state, -1)
        used -= 1
        deadText += Int(entry.length)
        entries[Int(slot)].state = .free
        // While the heap names it, the slot must not be given to another.
        if entry.state != .waiting { freeSlots.append(slot) }
        if deadText > 65_536, deadText * 2 > text.count { compact() }
    }

    // MARK: States

    /// The record waits until its `wake`.
    mutating func wait(_ slot: Slot, wake: Int64, due: UInt32, attempts: UInt16) {
        count(entries[Int(slot)].state, -1)
        entries[Int(slot)].wake = wake
        entries[Int(slot)].due = due
        entries[Int(slot)].attempts = attempts
        entries[Int(slot)].state = .waiting
        count(.waiting, 1)
        push(slot)
    }

    /// A record that does not wait changes its state.
    mutating func set(_ slot: Slot, _ state: State) {
        precondition(entries[Int(slot)].state != .waiting && state != .waiting, "the heap would not know")
        count(entries[Int(slot)].state, -1)
        entries[Int(slot)].state = state
        count(state, 1)
    }

    /// When the next record of an endpoint is due.
    mutating func nextWake(endpoint: Int) -> Int64? {
        dropStale(endpoint)
        return heaps[endpoint].first.map { entries[Int($0)].wake }
    }

    /// Takes the next record that is due; it is busy from now on.
    mutating func popDue(endpoint: Int, now: Int64) -> Slot? {
        dropStale(endpoint)
        guard let slot = heaps[endpoint].first, entries[Int(slot)].wake <= now else { return nil }
        popHeap(endpoint)
        count(.waiting, -1)
        entries[Int(slot)].state = .busy
        count(.busy, 1)
        return slot
    }

    /// Makes due now what waits for an endpoint because of it. What was due first stays first.
    /// - Returns: how many records.
    mutating func bringForward(endpoint: Int, now: Int64) -> Int {
        var count = 0
        for slot in heaps[endpoint] {
            let entry = entries[Int(slot)]
            guard entry.state == .waiting, entry.blamesEndpoint, entry.wake > now else { continue }
            entries[Int(slot)].wake = now
            count += 1
        }
        guard count > 0 else { return 0 }
        for parent in (0..<heaps[endpoint].count / 2).reversed() { siftDown(parent, endpoint) }
        return count
    }

    /// Every record in some state.
    func forEach(_ state: State, _ body: (Slot) -> Void) {
        for slot in entries.indices where entries[slot].state == state { body(Slot(slot)) }
    }

    private mutating func count(_ state: State, _ change: Int) {
        switch state {
        case .waiting: waitingCount += change
        case .failed: failedCount += change
        case .busy, .free: break
        }
    }
}

// MARK: - Hash table

extension RecordIndex {
    /// FNV-1a, seeded, so that nobody can choose ids that meet in one place.
    private func hash(_ key: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
        for index in 0..<key.count { hash = (hash ^ UInt64(key[index])) &* 0x0000_0100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7FFF_FFFF_FFFF)
    }

    private func span(_ slot: Slot) -> Range<Int> {
        let entry = entries[Int(slot)]
        return Int(entry.text)..<Int(entry.text) + Int(entry.length)
    }

    /// Where the key is, or the empty place where it would be.
    private func place(_ key: Span<UInt8>) -> Int {
        let mask = table.count - 1
        var place = hash(key) & mask
        while table[place] != 0, !equals(table[place] - 1, key) { place = (place + 1) & mask }
        return place
    }

    private func equals(_ slot: Slot, _ key: Span<UInt8>) -> Bool {
        let range = span(slot)
        guard range.count == key.count else { return false }
        for index in 0..<key.count where text[range.lowerBound + index] != key[index] { return false }
        return true
    }

    /// Takes a slot out of the table and moves those up that were pushed aside by it.
    private mutating func unlink(_ slot: Slot) {
        let mask = table.count - 1
        var hole = place(text.span.extracting(span(slot)))
        var next = (hole + 1) & mask
        while table[next] != 0 {
            let home = hash(text.span.extracting(span(table[next] - 1))) & mask
            if (next &- home) & mask >= (next &- hole) & mask {
                table[hole] = table[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        table[hole] = 0
    }

    private mutating func rehash() {
        let old = table
        table = Array(repeating: 0, count: old.count * 2)
        let mask = table.count - 1
        for value in old where value != 0 {
            var place = hash(text.span.extracting(span(value - 1))) & mask
            while table[place] != 0 { place = (place + 1) & mask }
            table[place] = value
        }
    }

    /// Closes the holes in the text.
    private mutating func compact() {
        var packed: [UInt8] = []
        packed.reserveCapacity(text.count - deadText)
        for value in table where value != 0 {
            let range = span(value - 1)
            entries[Int(value - 1)].text = UInt32(packed.count)
            packed.append(contentsOf: text[range])
        }
        text = packed
        deadText = 0
    }
}

// MARK: - Heap

extension RecordIndex {
    /// By time; among equals by what their files say, then by key, which for UUIDv7 is the order of arrival.
    private func isBefore(_ left: Slot, _ right: Slot) -> Bool {
        let (first, second) = (entries[Int(left)], entries[Int(right)])
        if first.wake != second.wake { return first.wake < second.wake }
        if first.state == .free || second.state == .free { return first.state == .free && second.state != .free }
        if first.due != second.due { return first.due < second.due }
        return text[span(left)].lexicographicallyPrecedes(text[span(right)])
    }

    private mutating func push(_ slot: Slot) {
        let endpoint = Int(entries[Int(slot)].endpoint)
        heaps[endpoint].append(slot)
        var child = heaps[endpoint].count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(heaps[endpoint][child], heaps[endpoint][parent]) else { return }
            heaps[endpoint].swapAt(child, parent)
            child = parent
        }
    }

    private mutating func popHeap(_ endpoint: Int) {
        heaps[endpoint].swapAt(0, heaps[endpoint].count - 1)
        heaps[endpoint].removeLast()
        siftDown(0, endpoint)
    }

    private mutating func siftDown(_ place: Int, _ endpoint: Int) {
        var parent = place
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heaps[endpoint].count && isBefore(heaps[endpoint][child], heaps[endpoint][least]) {
                least = child
            }
            guard least != parent else { return }
            heaps[endpoint].swapAt(parent, least)
            parent = least
        }
    }

    /// Frees the slots on top of the heap whose records were removed while they waited.
    private mutating func dropStale(_ endpoint: Int) {
        while let slot = heaps[endpoint].first, entries[Int(slot)].state == .free {
            popHeap(endpoint)
            freeSlots.append(slot)
        }
    }
}

extension String {
    /// The UTF-8 bytes, without a copy where the string holds them in one piece.
    mutating func withUTF8Span<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        withUTF8 { unsafe body($0.span) }
    }
}
