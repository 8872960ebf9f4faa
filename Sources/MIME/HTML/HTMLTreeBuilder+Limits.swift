// Pages that are too large to be laid out at once.

extension HTMLTreeBuilder {
    /// Whether it holds as much as it may. What only a mail program's signs are looked for in is small.
    var isFull: Bool {
        (tree.nodes.count >= HTMLLimits.nodes || stack.count >= HTMLLimits.openElements) && isDivisible
    }

    /// Whether it is well filled, so that the end of a block is a good place to go on from.
    var isWellFilled: Bool { tree.nodes.count >= HTMLLimits.nodes / 2 && isDivisible }

    private var isDivisible: Bool { hidden == 0 && !marksCues }

    /// Forgets the tree, whose text has been written, and goes on in what is open.
    /// - Returns: false when too much is open for that; all of it has ended then.
    mutating func startAnew() -> Bool {
        let goesOn = stack.count <= HTMLLimits.carriedElements
        if !goesOn { pop(to: 1) }
        var rest = HTMLTree()
        var places: [Int32: Int32] = [0: 0]
        for i in stack.indices.dropFirst() {
            let old = stack[i].parent
            stack[i].parent = places[old] ?? carry(old, into: &rest, under: places)
            places[old] = stack[i].parent
            stack[i].before = places[stack[i].before] ?? -1
        }
        linkHeight = -1
        firstOption = min(firstOption, 0)
        tree.nodes.replaceSubrange(0..., with: rest.nodes)
        tree.bytes.removeAll(keepingCapacity: true)
        return goesOn
    }

    private func carry(_ index: Int32, into rest: inout HTMLTree, under places: [Int32: Int32]) -> Int32 {
        let node = tree.nodes[Int(index)]
        let number = tree.nextNumber(node.kind == .item ? tree.nodes[Int(node.parent)] : node)
        return rest.insert(node.continued(number), parent: places[node.parent] ?? 0, before: -1)
    }
}
