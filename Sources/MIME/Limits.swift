/// What a message may cost. Beyond a limit the rest is kept as plain content, and a defect says so.
///
/// Time grows with the message, and no faster, whatever it holds. Memory is at most four times the message, or the document where that is
/// larger, and 24 MB; for most messages it is one and a half to three times. Fuzz/growth.py holds both.
public enum Limits {
    /// Fields of one header (the contract of mailjson(5)).
    public static let fieldsPerHeader = 10_000
    /// Fields of all headers of one message together.
    public static let fieldsPerMessage = 100_000
    /// Multiparts within multiparts. Deeper ones are leaves.
    public static let depth = 100
    /// Multiparts within multiparts that a tree of parts in JSON shows. With eight embedded messages around it a document then
    /// nests less than 64 levels deep, which is what the strictest common readers of JSON take.
    public static let shownDepth = 20
    /// Parts of one message, multiparts included. What follows is left out of the tree.
    public static let parts = 10_000
    /// Uuencoded files of one text. What follows stays in the text.
    public static let uuencodedFiles = 1_000
    /// Bytes of the name of a uuencoded file. A longer one begins no file.
    public static let uuencodedName = 1_000
    /// Bytes of one boundary; RFC 2046 §5.1.1 allows 70.
    public static let boundary = 1_000
    /// Parameters of one field that are read, pieces of continued ones included.
    public static let parameters = 1_000
    /// Mailboxes of one field.
    public static let mailboxes = 100_000
    /// Message ids of one field.
    public static let messageIDs = 10_000
    /// Bytes of all Authentication-Results fields together; later ones are not read.
    public static let authenticationResults = 64 * 1024
    /// Defects that are told apart.
    public static let defects = 100
    /// Bytes of the name of a charset, a language tag included (RFC 2231 §5).
    public static let charsetName = 80
    /// Bytes of an encoded word within addresses, where it may hold what else ends a name; RFC 2047 §2 allows 75.
    public static let atom = 300
    /// Bytes of a quoted parameter behind its first quote in which another may close it, and of comments behind that; file names have 255.
    public static let quotedParameter = 300
    /// Parts that are asked for a charset when the header has 8-bit text without one.
    public static let charsetSources = 10
}
