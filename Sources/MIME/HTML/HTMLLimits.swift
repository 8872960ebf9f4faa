/// What bounds the work that a hostile HTML body can cause. But for the first, no text is lost to them.
enum HTMLLimits {
    /// Bytes of a body; what comes after them is left out.
    static let bytes = 1 << 30
    /// Blocks, breaks and runs of text that are held to be laid out together, of 32 bytes each. When there are as many, or half as many and a
    /// block ends, they are written, and what follows goes on in what is open.
    static let nodes = 1 << 16
    /// Open elements in which it goes on. If more are open, what follows starts anew, outside of all of them.
    static let carriedElements = 1_000
    /// Open elements, of 48 bytes each; if there are as many, it starts anew likewise. Within hidden ones, more are passed over.
    static let openElements = 50_000
    /// Bytes that quote marks, indentations, rules and aligned cells may add to a page, beside as many as it has itself, and bases to its
    /// links, beside half as many. Beyond them text and links go without.
    static let added = 64 * 1024
    /// Attributes of a tag that the tokenizer tells of if asked for all; those that show in text have a place each.
    static let attributes = 256
    /// Open elements of unknown names that are compared with an end tag.
    static let unknownElements = 64
    /// Levels of quotes and lists that a line shows; deeper ones show as the last of these.
    static let levels = 24
    /// Columns that a row of a table may have for its cells to be aligned.
    static let columns = 32
    /// The width, in columns of text, up to which the cells of a table are aligned.
    static let alignedWidth = 100
    /// Lines of the first cell of a row which the other cells, of one line each, may follow.
    static let cellLines = 3
    /// Blank lines in a row outside of preformatted text.
    static let blankLines = 1
}
