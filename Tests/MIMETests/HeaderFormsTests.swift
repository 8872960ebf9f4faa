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
        ("Ann a@b.c>, >x@y.z", [["Ann", "a@b.c"], [nil, "x@y.z"]]),
        // White space around dots (RFC 5322 §4.4; the first is RFC 822's).
        ("Muhammed.(I am  the greatest) Ali @(the)Vegas.WBA", [["I am  the greatest", "Muhammed.Ali@Vegas.WBA"]]),
        ("so . many @ here . c, Ann Q. Doe a@x.y", [[nil, "so.many@here.c"], ["Ann Q. Doe", "a@x.y"]]),
        // A comma in a name whose quotes were forgotten.
        ("Doe, Ann <a@b.c>, x@y.z", [["Doe, Ann", "a@b.c"], [nil, "x@y.z"]]),
        ("Doe, Ann,, M. D. <a@b.c>", [["Doe, Ann, M. D.", "a@b.c"]]),
        ("=?utf-8?q?M=C3=BCller?=, Ann <a@b.c>", [["Müller, Ann", "a@b.c"]]),
        ("root, x@y.z, Ann <a@b.c>", [[nil, "root"], [nil, "x@y.z"], ["Ann", "a@b.c"]]),
        ("a, b, c, d, Ann <a@b.c>", [[nil, "a"], [nil, "b"], [nil, "c"], [nil, "d"], ["Ann", "a@b.c"]]),
        ("root; Ann <a@b.c>", [[nil, "root"], ["Ann", "a@b.c"]]),
        ("root, <a@b.c>", [[nil, "root"], [nil, "a@b.c"]]),
        ("Us: root, Ann <a@b.c>;, Doe", [["root, Ann", "a@b.c"], [nil, "Doe"]]),
        ("=? <a@b.c>, =?utf-8?q?M=C3=BC?= <x@y.z>", [["=?", "a@b.c"], ["Mü", "x@y.z"]]),
        // JavaMail's words in ISO-2022-KR, shifted to the end.
        ("=?iso-2022-kr?B?GyQpQw48PDBo?= =?iso-2022-kr?B?IBskKUMONT85Zg8=?= <a@b.c>", [["세계 동방", "a@b.c"]]),
        // Commas that were forgotten, or encoded (Python 3.11).
        ("Ann <a@b.c> \"Doe\" <x@y.z> <q@r.s>", [["Ann", "a@b.c"], ["Doe", "x@y.z"], [nil, "q@r.s"]]),
        ("Ann <a@b.c>\n =?utf-8?q?=2C?= =?utf-8?q?M=C3=BC?= <x@y.z>", [["Ann", "a@b.c"], ["Mü", "x@y.z"]]),
        ("a@b.c =?utf-8?q?=2C?=\n Ann <x@y.z>", [[nil, "a@b.c"], ["Ann", "x@y.z"]]),
        ("Doe =?utf-8?q?=2C?= Ann <x@y.z>", [["Doe , Ann", "x@y.z"]]),
    ])
    func addresses(field: String, want: [[String?]]) {
        var defects = Defects()
        #expect(Message.parse("To: \(field)\n\n").addresses(.to, defects: &defects)?.strings == want)
    }

    @Test(arguments: [
        ("report (final).pdf", "report (final).pdf"), ("report (1) new.pdf; size=3", "report (1) new.pdf"),
        ("a.pdf (a comment)", "a.pdf"), ("a.pdf (one) (two) ; size=3", "a.pdf"), ("a.pdf (one) size=3", "a.pdf"),
        ("a (.pdf", "a"),
        // Quotes that were not escaped: Symfony, Rails and MIME::Lite write them so.
        ("\"A \"b\" c.pdf\"", "A \"b\" c.pdf"), ("\"\"A\" b.pdf\"; size=3", "\"A\" b.pdf"),
        ("\"A.pdf\" (b); x=\"c\"", "A.pdf"), ("\"A.pdf\" size=3; x=\"c\"", "A.pdf"), ("\"A.pdf\", size=3", "A.pdf"),
        ("\"A\"b; x=\"c\"", "A"), ("\"A \"b\" (c).pdf\"", "A \"b\" (c).pdf"),
        ("\"A \\\"b\\\" c.pdf\"; x=\"c\"", "A \"b\" c.pdf"), ("\"A\" b; c \"d", "A"),
    ])
    func names(value: String, want: String) {
        #expect(Message.parse("Content-Disposition: attachment; filename=\(value)\n\n").name(0) == want)
    }

    /// What nobody labelled is written like the body.
    @Test(arguments: [("koi8-r", "\u{43F}\u{440}"), ("utf-8", "ÐÒ")]) func rawName(charset: String, want: String) {
        let bytes =
            Array(
                "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=\(charset)\n\n"
                    .utf8)
            + Array("--b\nContent-Disposition: attachment; filename=\"".utf8) + [0xD0, 0xD2]
            + Array("\"\n\n--b--\n".utf8)
        #expect(Message.parse(bytes).name(2) == want)
    }

    /// A label that says nothing of 8-bit characters leaves it to the page.
    @Test(arguments: ["; charset=us-ascii", "; charset=unknown-8bit", ""])
    func charsetOfPage(label: String) {
        let bytes = Array("Content-Type: text/html\(label)\n\n<meta charset=windows-1251>".utf8) + [0xCF, 0xF0, 0xE8]
        #expect(Message.parse(bytes).text(0).hasSuffix("При"))
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
        ("Sat, 31 Dec 2016 23:59:60 +0100", "2017-01-01T00:00:00+01:00"),
        ("Fri, 28 Feb 2025 24:00:00 +0000", "2025-03-01T00:00:00Z"),
        ("Fri, 31 Dec 9999 24:00:00 +0000", ""),
        // Four digits are what they say, as other parsers read them.
        ("Tue, 27 Aug 0102 20:59:44 -0200", "0102-08-27T20:59:44-02:00"),
    ])
    func dates(field: String, want: String) {
        var defects = Defects()
        let message = Message.parse("Date: \(field)\n\n")
        #expect(text { message.date(.date, defects: &defects)?.appendRFC3339(to: &$0) } == want)
    }
}
