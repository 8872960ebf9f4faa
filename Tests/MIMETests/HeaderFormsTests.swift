import Testing

@testable import MIME

/// Forms of fields that real senders write and no RFC has, and what a person reads in them.
@Suite struct HeaderFormsTests {
    @Test(arguments: [
        // Encoded words are atoms, whatever is in them.
        ("=?UTF-8?Q?Doe,_Ann?= <a@b.c>, x@y.z", [["Doe, Ann", "a@b.c"], [nil, "x@y.z"]]),
        ("=?UTF-8?Q?a@b.c_(=29_<x>;?= <x@y.z>", [["a@b.c () <x>;", "x@y.z"]]),
        ("=?utf-8?q?Ann, Doe <a@b.c>", [["=?utf-8?q?Ann, Doe", "a@b.c"]]),
        ("=?=?=?, a@b.c", [[nil, "=?=?=?"], [nil, "a@b.c"]]),
        // What is in quotes is a name when an address follows, and not an address of its own.
        ("\"Pay: boss@good.example\" evil@bad.example", [["Pay: boss@good.example", "evil@bad.example"]]),
        ("\"ann@b.c\"", [[nil, "ann@b.c"]]),
        ("\"a@b.c\" Ann x @ y.z", [["a@b.c Ann", "x@y.z"]]),
        // Brackets too many.
        ("<<a@b.c>>, Ann <a@b.c>>", [[nil, "a@b.c"], ["Ann", "a@b.c"]]),
        ("Ann < <a@b.c>", [["Ann", "a@b.c"]]),
        ("a > b <a@b.c>", [["a > b", "a@b.c"]]),
        // A comma in a name whose quotes were forgotten.
        ("Doe, Ann <a@b.c>, x@y.z", [["Doe, Ann", "a@b.c"], [nil, "x@y.z"]]),
        ("Doe, Ann,, M. D. <a@b.c>", [["Doe, Ann, M. D.", "a@b.c"]]),
        ("=?utf-8?q?M=C3=BCller?=, Ann <a@b.c>", [["Müller, Ann", "a@b.c"]]),
        ("root, x@y.z, Ann <a@b.c>", [[nil, "root"], [nil, "x@y.z"], ["Ann", "a@b.c"]]),
        ("a, b, c, d, Ann <a@b.c>", [[nil, "a"], [nil, "b"], [nil, "c"], [nil, "d"], ["Ann", "a@b.c"]]),
        ("root; Ann <a@b.c>", [[nil, "root"], ["Ann", "a@b.c"]]),
        ("root, <a@b.c>", [[nil, "root"], [nil, "a@b.c"]]),
        ("Us: root, Ann <a@b.c>;, Doe", [["root, Ann", "a@b.c"], [nil, "Doe"]]),
    ])
    func addresses(field: String, want: [[String?]]) {
        var defects = Defects()
        #expect(Message.parse("To: \(field)\n\n").addresses(.to, defects: &defects)?.strings == want)
    }

    @Test(arguments: [
        ("report (final).pdf", "report (final).pdf"), ("report (1) new.pdf; size=3", "report (1) new.pdf"),
        ("a.pdf (a comment)", "a.pdf"), ("a.pdf (one) (two) ; size=3", "a.pdf"), ("a.pdf (one) size=3", "a.pdf"),
        ("a (.pdf", "a"),
    ])
    func names(value: String, want: String) {
        #expect(Message.parse("Content-Disposition: attachment; filename=\(value)\n\n").name(0) == want)
    }

    /// The line between header and body has a space in it.
    @Test func delimiters() {
        let message = Message.parse(
            "Content-Type: multipart/mixed; boundary=b\nSubject:\n \n--b\nContent-Type: text/html\n\nHi\n--b--\n")
        #expect(message.string(.subject) == "")
        #expect(message.type(1) == "text/html")
        #expect(message.body(1) == "Hi")
    }

    /// "Mar," is mardi, martes, martedì.
    @Test(arguments: [
        ("Mar, 02 Apr 2014 15:04:13 -0500", "2014-04-02T15:04:13-05:00"),
        ("Mar, 04 Mar 2014 15:04:13 -0500", "2014-03-04T15:04:13-05:00"),
        ("Mar 4, 2014 15:04:13 -0500", "2014-03-04T15:04:13-05:00"),
        ("Mar, 4 2014 15:04:13 -0500", "2014-03-04T15:04:13-05:00"),
    ])
    func dates(field: String, want: String) {
        var defects = Defects()
        let message = Message.parse("Date: \(field)\n\n")
        #expect(text { message.date(.date, defects: &defects)?.appendRFC3339(to: &$0) } == want)
    }
}
