/// First in, first out, in constant time.
struct Queue<Element>: Sequence {
    private var elements: [Element] = []
    private var head = 0

    init(_ elements: [Element] = []) { self.elements = elements }

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }

    /// The oldest element.
    var first: Element? {
        get { isEmpty ? nil : elements[head] }
        set { if let newValue, !isEmpty { elements[head] = newValue } }
    }

    /// The elements by their place, the oldest is 0.
    subscript(index: Int) -> Element {
        get { elements[head + index] }
        set { elements[head + index] = newValue }
    }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// Puts elements before all others.
    mutating func prepend(_ earlier: [Element]) {
        elements.replaceSubrange(0..<head, with: earlier)
        head = 0
    }

    mutating func removeFirst() {
        head += 1
        // Half of it is gone: moving the rest costs no more than what was removed.
        if head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
    }

    func makeIterator() -> IndexingIterator<ArraySlice<Element>> { elements[head...].makeIterator() }
}

extension Queue: Sendable where Element: Sendable {}
