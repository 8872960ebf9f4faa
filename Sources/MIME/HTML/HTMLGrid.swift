// Tables. One that holds no other table is gathered, cell by cell, and then arranged: a row whose cells are lines becomes a line, and cells
// are aligned when the table is a narrow one with several columns; other rows become blocks. In tables around tables, which are there for
// the layout of the page, the same is done for each row that holds no table, and blank lines set the others apart.

/// The cells of a table or a row, as they have been laid out so far.
struct HTMLGrid {
    struct Cell {
        /// In the writer's output.
        var range: Range<Int>
        let column: Int
        let span: Int
        let row: Int
        /// How many of its lines others follow, and whether one is blank.
        var ends = 0
        var hasBlankLine = false
        /// Where its last line begins.
        var lastLine = 0
        /// Whether it has more lines than one.
        var isLines: Bool { ends > 0 }
        /// Whether it has few lines, and none of them blank: others may go on after the last.
        var isShort: Bool { ends < HTMLLimits.cellLines && !hasBlankLine }
    }

    /// The table or row node.
    let owner: Int32
    let suspended: HTMLWriter.Suspended
    let start: Int
    var cells: [Cell] = []
    var rows = 0
    var column = 0
    var cellStart = 0
}

extension HTMLLayout {
    mutating func enterTable(_ node: HTMLNode, _ index: Int32) {
        if grid == nil, node.kind == .table || node.kind == .row {
            writer.endBlock(node[.isNested] ? 2 : 1)
            if !node[.isNested] { beginGrid(index) }
        } else if node.kind == .row {
            beginRow()
        } else if grid != nil, node.kind == .cell || node.kind == .caption {
            if node.kind == .caption { beginRow() }
            beginCell()
        } else {
            writer.endBlock(1)
        }
    }

    mutating func leaveTable(_ node: HTMLNode, _ index: Int32) {
        if let grid, grid.owner == index {
            endGrid(isTable: node.kind == .table)
        } else if grid != nil, node.kind == .cell || node.kind == .caption {
            endCell(span: node.kind == .cell ? Int(node.start) : HTMLLimits.columns)
            if node.kind == .caption { beginRow() }
        } else if node.kind != .row || grid == nil {
            writer.endBlock(node[.isNested] ? 2 : 1)
        }
    }

    private mutating func beginGrid(_ index: Int32) {
        let start = writer.output.count
        grid = HTMLGrid(owner: index, suspended: writer.suspend(), start: start)
    }

    private mutating func beginRow() {
        guard var grid = grid.take() else { return }
        if grid.cells.last?.row == grid.rows { grid.rows += 1 }
        grid.column = 0
        self.grid = grid
    }

    private mutating func beginCell() {
        writer.beginCell()
        grid?.cellStart = writer.output.count
    }

    private mutating func endCell(span: Int) {
        writer.endBlock(0)
        guard var grid = grid.take() else { return }
        let range = trimmed(grid.cellStart..<writer.output.count)
        grid.cells.append(.init(range: range, column: grid.column, span: span, row: grid.rows))
        grid.column += span
        self.grid = grid
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var end = range.upperBound
        while end > range.lowerBound, writer.output[end - 1] == .space { end -= 1 }
        return range.lowerBound..<end
    }

    /// Writes the gathered cells as lines.
    private mutating func endGrid(isTable: Bool) {
        guard let grid = grid.take() else { return }
        writer.resume(grid.suspended)
        let text = writer.output.removeTail(from: grid.start)
        if !text.isEmpty { outputMoved() }
        let arrangement = HTMLArrangement(grid, text)
        let margin = arrangement.isAligned ? 2 : 1
        writer.endBlock(margin)
        arrangement.write(to: &writer)
        writer.endBlock(margin)
    }
}

/// How the rows of a grid become lines.
struct HTMLArrangement: ~Copyable {
    /// The cells that are not empty, their ranges in `text`.
    private var cells: [HTMLGrid.Cell] = []
    private let text: [UInt8]
    /// The width of each column, if the cells are aligned; empty otherwise.
    private var widths: [Int] = []

    var isAligned: Bool { !widths.isEmpty }

    init(_ grid: HTMLGrid, _ text: [UInt8]) {
        self.text = text
        for var cell in grid.cells where !cell.range.isEmpty {
            cell.range = cell.range.lowerBound - grid.start..<cell.range.upperBound - grid.start
            findLines(of: &cell)
            cells.append(cell)
        }
        measure()
    }

    private func findLines(of cell: inout HTMLGrid.Cell) {
        cell.lastLine = cell.range.lowerBound
        while let lf = text.span.firstIndex(of: .lf, in: cell.lastLine..<cell.range.upperBound) {
            cell.ends += 1
            cell.lastLine = lf + 1
            if lf + 1 < cell.range.upperBound, text[lf + 1] == .lf { cell.hasBlankLine = true }
        }
    }

    /// Finds the widths of the columns, if there are several, in several rows of single lines that are not too wide.
    private mutating func measure() {
        var widths: [Int] = []
        var rowsOfCells = 0
        var previous = -1
        for (i, cell) in cells.enumerated() {
            guard cell.column < HTMLLimits.columns else { return }
            let hasNext = i + 1 < cells.count && cells[i + 1].row == cell.row
            if cell.row != previous, hasNext { rowsOfCells += 1 }
            if cell.isLines, cell.row == previous || hasNext && !cell.isShort { return }
            previous = cell.row
            while widths.count <= cell.column { widths.append(0) }
            if hasNext, cell.span == 1 { widths[cell.column] = max(widths[cell.column], width(cell)) }
        }
        let total = widths.reduce(0) { $0 + ($1 == 0 ? 0 : $1 + 2) }
        if rowsOfCells > 1, total <= HTMLLimits.alignedWidth { self.widths = widths }
    }

    /// Columns that characters take up in the last line: East Asian ones and emoji two, combining ones none.
    private func width(_ cell: HTMLGrid.Cell) -> Int {
        var i = cell.lastLine
        var width = 0
        while i < cell.range.upperBound {
            let end = text.span.endOfASCII(i, cell.range.upperBound)
            width += end - i
            i = end
            while i < cell.range.upperBound, text[i] >= 0x80 {
                switch text[i] {
                case 0x80...0xBF, 0xCC, 0xCD: break
                case 0xE3...0xED, 0xF0: width += 2
                default: width += 1
                }
                i += 1
            }
        }
        return width
    }

    consuming func write(to writer: inout HTMLWriter) {
        var i = 0
        while i < cells.count {
            var end = i + 1
            while end < cells.count, cells[end].row == cells[i].row { end += 1 }
            writeRow(i..<end, to: &writer)
            writer.endBlock(1)
            i = end
        }
    }

    /// Cells of one line each, but perhaps the first, share it.
    private func writeRow(_ row: Range<Int>, to writer: inout HTMLWriter) {
        if row.dropFirst().contains(where: { cells[$0].isLines }) || !cells[row.lowerBound].isShort {
            return writeBlocks(row, to: &writer)
        }
        var column = 0
        for i in row {
            let cell = cells[i]
            if isAligned {
                for passed in column..<cell.column { pad(widths[passed], 0, &writer) }
            } else if i > row.lowerBound {
                pad(0, 0, &writer, always: true)
            }
            writeLines(cell.range, to: &writer)
            column = min(cell.column + cell.span, max(widths.count, cell.column + 1))
            if isAligned, i + 1 < row.upperBound {
                let room = widths[cell.column..<min(column, widths.count)].reduce(-2) { $0 + ($1 == 0 ? 0 : $1 + 2) }
                pad(room, width(cell), &writer, always: true)
            }
        }
    }

    /// Spaces up to the next column.
    private func pad(_ room: Int, _ used: Int, _ writer: inout HTMLWriter, always: Bool = false) {
        guard room > 0 || always else { return }
        let spaces = writer.budget > 0 ? max(room - used, 0) + 2 : 1
        writer.budget -= spaces
        for _ in 0..<spaces { writer.hardSpace() }
    }

    private func writeBlocks(_ row: Range<Int>, to writer: inout HTMLWriter) {
        let isLoose = row.contains { cells[$0].hasBlankLine }
        for i in row {
            writer.endBlock(isLoose ? 2 : 1)
            writeLines(cells[i].range, to: &writer)
        }
        if isLoose { writer.endBlock(2) }
    }

    private func writeLines(_ range: Range<Int>, to writer: inout HTMLWriter) {
        if writer.hasNoPrefix { return writer.word(text.span.extracting(range)) }
        var start = range.lowerBound
        while start < range.upperBound {
            let end = text.span.firstIndex(of: .lf, in: start..<range.upperBound) ?? range.upperBound
            writer.word(text.span.extracting(start..<end))
            if end < range.upperBound { writer.preformattedLineEnd() }
            start = end + 1
        }
    }
}
