// Tables (§13.2.6.4.9–15).

extension HTMLTreeBuilder {
    /// The stack index of the cell or caption that is open in the present table; below the table's when none is.
    private var lastCell: Int { max(last(.td), last(.th), last(.caption)) }

    /// Whether the tag is dealt with: a part of a table; what may only stand in a table, outside of one, is merely a break.
    mutating func startInTable(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer) -> Bool {
        let table = last(.table)
        if tag == .table {
            if table > 0, lastCell < table, last(.template) < table { pop(to: table) }
            return false
        }
        guard table > 0, table > last(.template) else {
            insert(tag == .tr ? HTMLNode(.block, before: 1) : HTMLNode(.gap))
            return true
        }
        if lastCell > table { pop(to: lastCell) }
        startPart(tag, tokenizer)
        return true
    }

    private mutating func startPart(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer) {
        let table = last(.table)
        let style = HTMLElementStyle(tokenizer, &styles)
        switch tag {
        case .caption:
            pop(to: table + 1)
            open(tag, style, HTMLNode(.caption, before: 1), inTable: true)
        case .tbody, .thead, .tfoot:
            pop(to: table + 1)
            open(tag, style, inTable: true)
        case .tr:
            pop(to: max(table, last(.tbody), last(.thead), last(.tfoot)) + 1)
            open(tag, style, HTMLNode(.row, before: 1), inTable: true)
        case .td, .th:
            startCell(tag, tokenizer, style)
        default:
            pop(to: table + 1)
        }
    }

    private mutating func startCell(_ tag: HTMLTag, _ tokenizer: borrowing HTMLTokenizer, _ style: HTMLElementStyle) {
        if last(.tr) < last(.table) {
            pop(to: max(last(.table), last(.tbody), last(.thead), last(.tfoot)) + 1)
            open(.tr, HTMLElementStyle(), HTMLNode(.row, before: 1), inTable: true)
        }
        pop(to: last(.tr) + 1)
        var cell = HTMLNode(.cell, before: 1)
        cell.start = min(max(tokenizer.number(.colspan) ?? 1, 1), 1_000)
        open(tag, style, cell, inTable: true)
    }

    /// Opens a table. The row and the table around it cannot be laid out as lines of cells any more.
    mutating func openTable(_ style: HTMLElementStyle) {
        keepTablesInPlace()
        var style = style
        // As in quirks mode, and to lose no text of layouts that set a size of 0 around tables.
        style.css.isTiny = style.css.isTiny ?? false
        open(.table, style, HTMLNode(.table, before: 1))
    }

    /// The end tag of a table or a part of it.
    mutating func endInTable(_ tag: HTMLTag) {
        let open = last(tag)
        guard open > 0, tag == .table || open > last(.table), open > last(.template) else { return }
        pop(to: open)
    }
}
