import Foundation
import Testing

@testable import MIME

func htmlText(_ html: some Collection<UInt8>) -> String {
    let bytes = Array(html)
    var output: [UInt8] = []
    HTMLText.append(bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
}

@Suite struct HTMLTextTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let html: String
        let text: String
        init(_ html: String, _ text: String) {
            self.html = html
            self.text = text
        }
        var testDescription: String { html }
    }

    @Test(arguments: [
        Case("", ""), Case(" \n\t ", ""), Case("<p></p><div><br></div>", ""), Case("a", "a\n"),
        Case("<p>a<p>b</p>c", "a\n\nb\n\nc\n"), Case("<div>a</div><div>b</div>", "a\nb\n"),
        Case("a<br>b<br><br>c<br><br><br><br>d<br>", "a\nb\n\nc\n\nd\n"),
        Case("<div>a<br></div><div>b</div>", "a\nb\n"), Case("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n"),
        Case("<p style='margin:0'>a</p><p style='margin:0'>&nbsp;</p><p style='margin:0'>b</p>", "a\n\nb\n"),
        Case("<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal>b</p>", "a\nb\n"),
        Case("<h1>a</h1>b<h2>c</h2><h3>d", "a\n\nb\n\nc\n\nd\n"), Case("a<hr>b", "a\n\n" + rule + "\n\nb\n"),
        Case("<hr>a<hr><hr>b<hr>", "a\n\n" + rule + "\n\nb\n"), Case("<h1>a</h1></h2>b", "a\n\nb\n"),
        Case("a<center>b</center>c<address>d</address>", "a\nb\nc\nd\n"),
        Case("x<span style='display:block'>y</span>z", "x\ny\nz\n"),
        Case("<div style='display: inline'>x</div>y", "xy\n"),
    ])
    func blocks(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test(arguments: [
        Case("  a \n  b\t<b> c </b> d  ", "a b c d\n"), Case("<b>a</b> <i>b</i>", "a b\n"), Case("a<b> </b>b", "a b\n"),
        Case("a&nbsp;&nbsp; b", "a   b\n"), Case("a\u{A0}b", "a b\n"), Case("a&nbsp;<br>b", "a\nb\n"),
        Case("foo\r\nbar\rbaz", "foo bar baz\n"), Case("a&#13;&#10;b", "a b\n"),
        Case("<pre>\n  a\n\n\n  b\t<b>c</b>\n</pre>d", "  a\n\n\n  b\tc\n\nd\n"), Case("<pre>a\r\nb</pre>", "a\nb\n"),
        Case("<div style='white-space:pre-wrap'>a\n  b</div>", "a\n  b\n"),
        Case("<div style='white-space: pre-line'>a  b\n  c</div>", "a b\nc\n"),
        Case("x<wbr>y", "xy\n"), Case("x\u{200D}y\u{200C}z", "x\u{200D}y\u{200C}z\n"),
        Case("\u{1F468}\u{200D}\u{1F469}", "\u{1F468}\u{200D}\u{1F469}\n"),
        Case("Sale!&nbsp;&zwnj;&nbsp;&zwnj;&nbsp;&zwnj; Hello", "Sale! Hello\n"),
        Case("<div>Sale!&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#8203;</div>b", "Sale!\nb\n"),
        Case("\u{FEFF}a", "a\n"), Case("a\u{0}b", "ab\n"), Case("<p>\u{FEFF}</p><p>a</p>", "a\n"),
    ])
    func whiteSpace(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test(arguments: [
        Case("<ul><li>a<li>b</ul>c", "* a\n* b\n\nc\n"), Case("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b\n"),
        Case("<ol start=9><li>a<li value=20>b<li>c</ol>", "9. a\n20. b\n21. c\n"),
        Case("<ol type=a><li>x<li>y</ol><ol type=I start=3><li>z</ol>", "a. x\nb. y\n\nIII. z\n"),
        Case("<ol type=A start=27><li>x</ol><ol type=i start=0><li>y</ol>", "AA. x\n\n0. y\n"),
        Case("<ul><li>a<ul><li>b<ol><li>c</ol></ul><li>d</ul>", "* a\n  * b\n    1. c\n* d\n"),
        Case("<ul><li>a<br>b<p>c</ul>", "* a\n  b\n\n  c\n"), Case("<li>a<li>b", "* a\n* b\n"),
        Case("<ul style='list-style:none'><li>a<li>b</ul>", "a\nb\n"), Case("<ul></ul>a<ul><li></ul>", "a\n"),
        Case("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\n    b\nc\n    d\n"),
    ])
    func lists(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test(arguments: [
        Case("a<blockquote>b<br>c<p>d</blockquote>e", "a\n\n> b\n> c\n>\n> d\n\ne\n"),
        Case("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b\n"),
        Case("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b\n"),
        Case("<blockquote><ul><li>a<li>b<br>c</ul></blockquote>", "> * a\n> * b\n>   c\n"),
        Case("<ul><li>a<blockquote>b<p>c</blockquote></ul>", "* a\n\n  > b\n  >\n  > c\n"),
        Case("<blockquote><pre>a\n\nb</pre></blockquote>", "> a\n>\n> b\n"),
    ])
    func quotes(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test(arguments: [
        Case("<a href='http://x.y/z'>t</a>.", "t <http://x.y/z>.\n"),
        Case("<a href=' http://x.y/a b '>t</a>u", "t <http://x.y/a%20b> u\n"),
        Case("<a href='https://x.y/'>https://x.y/</a>", "https://x.y/\n"),
        Case("<a href='https://x.y/'>X.y</a>", "X.y\n"),
        Case("<a href='mailto:a@b.c'>a@b.c</a>", "a@b.c\n"),
        Case("<a href='mailto:a@b.c'>me</a>", "me <mailto:a@b.c>\n"),
        Case("<a href='javascript:x()'>t</a> <a href='#x'>u</a> <a href='/v'>v</a> <a name=w>w</a>", "t u v w\n"),
        Case(
            "<base href='https://x.y/d/e'><a href='f'>1</a> <a href='/g'>2</a> <a href='//h/'>3</a>",
            "1 <https://x.y/d/f> 2 <https://x.y/g> 3 <https://h/>\n"),
        Case("<a href='http://x/?a=1&amp;b=2&copy=3'>t</a>", "t <http://x/?a=1&b=2&copy=3>\n"),
        Case("<a href='http://x.y'><img src=z alt='Logo'></a>", "Logo <http://x.y>\n"),
        Case("<a href='http://x.y'><img src=z></a>a<a href='http://x.y'></a>", "<http://x.y> a\n"),
        Case("<a href='http://x.y'>a<p>b</p></a>c", "a\n\nb <http://x.y>\n\nc\n"),
        Case("<p><a href='http://x.y'>a<p>b</a>c", "a\n\nb <http://x.y> c\n"),
        Case("<a href='http://1.x/'>a<a href='http://2.x/'>b</a>", "a <http://1.x/> b <http://2.x/>\n"),
        Case("<table><tr><td><a href='http://x.y'>a<td>b</table>c", "a <http://x.y>  b\nc\n"),
        Case("<a href='http://x.y'><table><tr><td>a</td></tr></table></a>b", "a <http://x.y>\nb\n"),
        Case("<a href='http://x.y'> t </a> u", "t <http://x.y> u\n"),
    ])
    func links(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test(arguments: [
        Case("<table><tr><td>a</td><td>b</td></tr></table>c", "a  b\nc\n"),
        Case(
            "<table><tr><th>Item<th>Price<tr><td>Tea<td>1<tr><td>Biscuits<td>22</table>",
            "Item      Price\nTea       1\nBiscuits  22\n"),
        Case("x<table><tr><td>a<td>b<tr><td>cc<td>d</table>y", "x\n\na   b\ncc  d\n\ny\n"),
        Case("<table><tr><td>a<td>&nbsp;<td>c<tr><td>d<td><td>f</table>", "a  c\nd  f\n"),
        Case("<table><tr><td>\u{4E2D}<td>b<tr><td>c<td>d</table>", "\u{4E2D}  b\nc   d\n"),
        Case(
            "<table><tr><td colspan=2>head<td>x<tr><td>a<td>b<td>c<tr><td>d<td>e<td>f</table>",
            "head  x\na  b  c\nd  e  f\n"),
        Case("<table><caption>t</caption><tr><td>a</table>", "t\na\n"),
        Case("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\n\nb\n\nc\n"),
        Case("<table><tr><td>a<br>b<td>c<td>d</table>", "a\nb  c  d\n"),
        Case("<table><tr><td>a<br>b<br>c<br>d<td>e</table>", "a\nb\nc\nd\ne\n"),
        Case("<table><tr><td>a</td><td><p>b</p><p>c</p></td></tr></table>d", "a\n\nb\n\nc\n\nd\n"),
        Case("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", "a  b\nc\n"),
        Case("<table>A<td>B</td>C</table>", "AC\nB\n"), Case("<table><tr><td>a<tr><td>b</table>", "a\nb\n"),
        Case("<blockquote><table><tr><td>a<td>b<tr><td>c<td>d</table></blockquote>", "> a  b\n> c  d\n"),
        Case("<tr><td>a<td>b<tr><td>c", "a b\nc\n"),
    ])
    func tables(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test(arguments: [
        Case("<head><title>t</title><style>s</style></head>a", "a\n"),
        Case("<script>a</script>b<noscript>c</noscript>", "bc\n"),
        Case("<div style='display:none'>a</div>b", "b\n"),
        Case("<div style='DISPLAY : None !important'>a<div>x</div></div>b", "b\n"),
        Case("<span style='visibility:hidden'>a</span>b", "b\n"), Case("<p hidden>a</p>b", "b\n"),
        Case("<div style='opacity:0'>a</div><div style='opacity:0.9'>b</div>", "b\n"),
        Case("<div style='max-height:0;overflow:hidden'>a</div>b", "b\n"),
        Case("<div style='height:0px;mso-hide:all'>a</div><a style='mso-hide:all'>b</a>", "b\n"),
        Case("<span style='font-size:0'>a<b>c</b></span>b", "b\n"),
        Case("<span style='font-size:1px;color:#fff'>a</span>b", "b\n"),
        Case("<div style='font-size:0'><div style='font-size:13px'>a</div></div>", "a\n"),
        Case("<td style='font-size:0'><table><tr><td>a</table>", "a\n"),
        Case("<div style='font-size:0.9em'>a</div>", "a\n"),
        Case("<table style='display:none'><tr><td>a</table>b", "b\n"),
        Case("<table><tr style='display:none'><td>a<tr><td>b</table>", "b\n"),
        Case("<!--[if mso]><p>a</p><![endif]-->b<![if !mso]>c<![endif]>", "bc\n"),
        Case("<!--[if !mso]><!-->a<!--<![endif]-->", "a\n"), Case("<template>a</template>b", "b\n"),
        Case("<p><font style='display:none'>a</p>b</font>", "b\n"), Case("<b hidden>a<p>c</b>b", "b\n"),
        Case("<svg><title>t</title><p>a", "a\n"), Case("<table><tr><td><svg>x</td><td>b</table>c", "b\nc\n"),
        Case("<body style='display:none'>a", "a\n"),
    ])
    func hidden(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test(arguments: [
        Case("x<sup>2</sup>, 1<sup>st</sup>, H<sub>2</sub>O", "x^2, 1st, H2O\n"),
        Case("<q>a</q>", "\u{201C}a\u{201D}\n"),
        Case("<img alt='a&amp;b'>c<img>d", "a&b c d\n"), Case("<textarea> a\n<b></textarea>c", " a\n<b>\nc\n"),
        Case("<select><option>a<option selected>b<option>c</select>", "b\n"),
        Case("<select><option>a<option>b</select>", "a\n"),
        Case("<button>a</button><button>b</button>", "a b\n"),
        Case("<input value=a><input type=hidden value=b>", "a\n"),
        Case("&lt;b&gt; &eacute;&copy &#8364; &#x80; &unknown; &", "<b> \u{E9}\u{A9} \u{20AC} \u{20AC} &unknown; &\n"),
        Case("<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby>", "a(b)\n"), Case("a</p>b", "a\n\nb\n"),
        Case("a</br>b", "a\nb\n"),
    ])
    func inline(_ test: Case) { #expect(htmlText(test.html.utf8) == test.text) }

    @Test func illFormedBytesReadAsReplacementCharacters() {
        let link = Array("<a href='http://x/".utf8) + [0xC3] + Array("'>".utf8) + [0xFF] + Array("</a>".utf8)
        #expect(htmlText(link) == "\u{FFFD} <http://x/\u{FFFD}>\n")
        #expect(htmlText([0x61, 0xFF, 0x62, 0xE2, 0x82, 0x63, 0xC3]) == "a\u{FFFD}b\u{FFFD}c\u{FFFD}\n")
    }

    @Test func appendsToWhatIsThere() {
        var output = Array("before".utf8)
        HTMLText.append(Array("<hr><p>a".utf8).span, to: &output)
        #expect(output == Array("beforea\n".utf8))
    }

    @Test func namesOfPropertiesAreKnownByTheirEnds() {
        for property in CSSProperty.allCases {
            let name = Array(property.name.uppercased().utf8)
            #expect(CSSProperty(name.span, 0..<name.count) == property)
        }
        for keyword in CSSKeyword.allCases {
            let hyphenated = ["preWrap": "pre-wrap", "preLine": "pre-line"]
            let name = Array((hyphenated["\(keyword)"] ?? "\(keyword)").uppercased().utf8)
            #expect(CSSKeyword(name.span, 0..<name.count) == keyword)
        }
        for name in HTMLAttributeName.allCases {
            let bytes = Array("\(name)".uppercased().utf8)
            #expect(HTMLAttributeName(key: bytes.span.key(0..<bytes.count)) == name)
        }
    }

    /// Styles that were read before are told from those that only begin and end like them, or lie near them.
    @Test func stylesAreNotMistakenForOthers() {
        let values = ["none", "flex", "nonf", "xone", "NONE", "grid"]
        var html = ""
        var expected = ""
        for round in 0..<40 {
            for (i, value) in values.enumerated() {
                html +=
                    "<p style='color:#000000;display:\(value);margin:0;color:#\(100_000 + round % 20)'>\(round).\(i)</p>"
                if value.lowercased() != "none" { expected += "\(round).\(i)\n" }
            }
        }
        #expect(htmlText(html.utf8) == expected)
    }

    /// CRLF reads as LF wherever it stands.
    @Test(arguments: [
        "<pre>\n\na\n b\n\nc</pre>", "<textarea>\nx\ny</textarea>", "a\nb &nbsp;\n&nbsp;c", "\n<p>a\n\n<br>\nb",
        "\u{200C}\n\u{200C}\na",
        "<p style='white-space:pre-line'>a \n\n b\u{200D}\n", "<p style='white-space:pre-line'>\u{200F}\n",
        "<a\nhref='x:\ny'\n>z\n</a>\n", "<img alt='a\nb'>\n",
        "<table>\n<tr>\n<td>a\n<td>b\nc\n</table>", "<p style='\ndisplay\n:none\n;'>a</p>\n",
        "<svg>\n<![CDATA[a\n]]></svg>\nb",
    ])
    func lineEnds(_ html: String) {
        let crlf = html.replacing("\n", with: "\r\n")
        #expect(htmlText(crlf.utf8) == htmlText(html.utf8))
        #expect(htmlText("<pre>\(crlf)".utf8) == htmlText("<pre>\(html)".utf8))
    }

    @Test func everyTagIsKnownByItsName() {
        for tag in HTMLTag.allCases where tag != .unknown && tag != .removed {
            #expect(Self.tag(tag.stringValue) == tag)
            #expect(Self.tag(tag.stringValue.uppercased() + " title=\"<a>\"") == tag)
            #expect(Self.tag("x" + tag.stringValue) == .unknown)
            #expect(Self.tag(String(tag.stringValue.suffix(8))) == tag || tag.stringValue.count > 8)
        }
        #expect(Self.tag("ockquote") == .unknown)
    }

    private static func tag(_ name: String) -> HTMLTag {
        let html = Array("<\(name)>".utf8)
        var tokenizer = HTMLTokenizer(html.span)
        #expect(tokenizer.next() == .startTag)
        return HTMLTagTable.shared.tag(tokenizer.input, tokenizer.tag)
    }

    /// Eight bytes are looked at together: everything has to come out the same wherever it stands among them.
    @Test func whiteSpaceCollapsesAtEveryPlace() {
        let pieces = ["a", "!", "~", "\u{7F}", "é", " ", "  ", "\t", " \n"]
        var random = SplitMix(state: 1)
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 1...40, using: &random)).map { _ in pieces.randomElement(using: &random)! }
                .joined()
            let words = text.utf8.split { $0 <= 0x20 }.map { String(decoding: Array($0), as: UTF8.self) }
            let expected = words.isEmpty ? "" : words.joined(separator: " ") + "\n"
            #expect(htmlText(("<p>" + text).utf8) == expected, "\(text.utf8.map { $0 })")
        }
    }

    private static let rule = String(repeating: "-", count: 40)
}

// MARK: Totality

@Suite struct HTMLTextLimitTests {
    /// Patterns that make naive converters recurse, or take quadratic time.
    @Test(arguments: [
        "<div>", "<span>", "<b>", "<font>", "<a href=http://x>", "<blockquote>", "<ul><li>", "<table><tr><td>",
        "<table>", "<p><b>",
        "<x-1>", "<svg>", "<svg><g>", "<select>", "<button>", "<option>", "<pre>", "<q>", "</p>", "</b>", "<b></i>",
        "<table>x",
        "<table><tr><td></b>", "<", "&", "&#", "&a", "</", "<!--", "<!", "<![CDATA[", "<a ", "<a b", "<!DOCTYPE ",
        "<br>", "&nbsp;",
        "&zwnj;", "<li>a", "<td>a", "<tr><td>a", "<dd>a<dt>", "<h1>", "<form>", "<h1></h2>", "<script><!--<script>",
        "<title>", "</x>",
        "<b hidden><p>", "<table><tr><td>a</td>", "<div></b>", "<img alt=x>", "<sup>1", "<hr>", "\u{FF}", "\r", " a",
        "<a><table><td>",
        "<i><p></i>", "<template>", "<ol start=1><li>", "<dl><dd>", "<textarea>", "<style>", "<object>", "<math><mi>",
    ])
    func repeatedPatternsTakeLinearTime(_ pattern: String) {
        expectLinear(pattern) { count in
            let html = Array(repeatElement(pattern.utf8, count: count).joined())
            return {
                var output: [UInt8] = []
                HTMLText.append(html.span, to: &output)
            }
        }
    }

    @Test func everyPrefixOfADocumentGivesText() {
        let html = Array(
            """
            <!DOCTYPE html><html><head><title>t</title><style>p{}</style></head><body style="x:y"><!-- c --><p class='a'>b &amp; c
            <a href="http://x.y/?a&amp;b">d</a><table><tr><td>e<td>f<table><tr><td>g</table></table><script>if (a < b) {}</script>
            <ul><li>h<ol><li>i</ol></ul><blockquote>j<pre>\nk</pre></blockquote><svg><![CDATA[l]]></svg><select><option>m</select>n
            """.utf8)
        for end in 0...html.count {
            let text = htmlText(html[..<end])
            #expect(text.isEmpty || text.hasSuffix("\n") && !text.hasPrefix("\n"))
        }
    }
}

// MARK: Suites of others

/// The suites compare characters, white space aside.
@Suite struct HTMLTextCorporaTests {
    private func letters(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        text.filter { !$0.properties.isWhitespace && $0 != "\u{200B}" && !("\u{1C}"..."\u{1F}" ~= $0) }
    }

    @Test func entities() throws {
        let cases = try Corpora.lines("expected/html_entities.jsonl")
        for test in cases {
            let html = test["html"].string ?? ""
            #expect(
                letters(htmlText(html.utf8).unicodeScalars) == letters((test["text"].string ?? "").unicodeScalars),
                "\(html)")
        }
    }

    /// Trees of html5lib. Ours adds what a page shows without saying: bullets, quote marks and rules.
    @Test func trees() throws {
        let cases = try Corpora.lines("expected/html_tree.jsonl").filter { !$0["fragile"].isTrue }
        for test in cases where test["id"].string.map(Self.differing.contains) == false {
            let html = test["html"].string ?? ""
            let marks: (Unicode.Scalar) -> Bool = {
                !html.contains("<li") && !html.contains("<blockquote") || $0 != "*" && $0 != ">"
            }
            let text = htmlText(html.utf8).unicodeScalars.filter(marks)
            #expect(
                letters(text) == letters((test["body_text"].string ?? "").unicodeScalars),
                "\(test["id"].string ?? ""): \(html)")
        }
    }

    /// A rule between words; a choice outside of a list of choices, whose text the suite leaves out; a file that is no page.
    static let differing: Set = ["menuitem-element.dat#5", "webkit02.dat#36", "tests_innerHTML_1.dat#80"]
}

/// Pages that are made to cost more than they are: see `HTMLLimits`.
@Suite struct HTMLLimitTests {
    private func text(_ html: String) -> (text: String, isWhole: Bool) {
        var output: [UInt8] = []
        let isWhole = HTMLText.append(Array(html.utf8).span, to: &output)
        return (String(decoding: output, as: UTF8.self), isWhole)
    }

    /// Beyond as many blocks as are laid out together, the text goes on in what is open.
    @Test func manyBlocks() {
        let count = HTMLLimits.nodes * 3
        let (text, isWhole) = text("<blockquote><ol>" + String(repeating: "<li>some words", count: count))
        #expect(isWhole)
        let lines = text.split(separator: "\n")
        #expect(lines.count == count)
        #expect(lines.enumerated().allSatisfy { $1 == "> \($0 + 1). some words" })
    }

    /// Where that may be, it is divided between rows, and not within words.
    @Test func manyRows() {
        let count = HTMLLimits.nodes / 4
        let row = "<tr><td>o<b>n</b>e</td><td>two</td></tr>"
        let html = "<div><table>" + String(repeating: row, count: count) + "</table></div><p>a<b>b"
        let (text, isWhole) = text(html)
        #expect(isWhole)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count { $0.split(separator: " ") == ["one", "two"] } == count)
        #expect(text.hasSuffix("two\n\nab\n"))
    }

    /// Deep in elements it cannot go on, but no text is lost.
    @Test func manyBlocksDeepInside() {
        let count = HTMLLimits.nodes
        let depth = HTMLLimits.carriedElements + 1
        let html = String(repeating: "<i>", count: depth) + "<ol>" + String(repeating: "<li>a", count: count)
        let (text, isWhole) = text(html)
        #expect(!isWhole)
        #expect(text.utf8.count { $0 == UInt8(ascii: "a") } == count)
        #expect(text.hasPrefix("1. a\n2. a\n"))
        #expect(text.hasSuffix("* a\n* a\n"))
    }

    @Test(arguments: [("<b>", ""), ("<div hidden><b>", "</div>")])
    func manyOpenElements(_ open: String, _ close: String) {
        let html = open + String(repeating: "<b>", count: HTMLLimits.openElements * 2) + close + "a"
        let (text, isWhole) = text(html)
        #expect(text == "a\n")
        #expect(isWhole == !close.isEmpty)
    }

    /// Of many characters without width, none is held but the first.
    @Test func manyWithoutWidth() {
        #expect(text("a" + String(repeating: "&zwnj; &nbsp;", count: 1000) + "b").text == "a b\n")
        #expect(text("a" + String(repeating: "&zwnj;", count: 1000) + "b").text == "ab\n")
        #expect(text("a&zwnj;b").text == "a\u{200C}b\n")
    }

    /// A long base is not written again with each of many links.
    @Test func longBase() {
        let base = "http://example.org/" + String(repeating: "x", count: 10_000) + "/"
        let html = "<base href=\(base)>" + String(repeating: "<a href=y>z</a> ", count: 1000)
        let (text, _) = text(html)
        #expect(text.hasPrefix("z <\(base)y> z <"))
        #expect(text.hasSuffix(" z z\n"))
        #expect(text.utf8.count < 3 * (html.utf8.count + HTMLLimits.added))
    }

    /// Quote marks and rules add no more than twice what is there; the lines go on without them.
    @Test(arguments: ["<br>", "<hr>", "<p>"])
    func manyMarks(_ breaks: String) {
        let html = String(repeating: "<blockquote>", count: 24) + String(repeating: "a\(breaks)", count: 20_000)
        let (text, isWhole) = text(html)
        #expect(isWhole)
        #expect(text.hasPrefix("> > > "))
        #expect(text.hasSuffix("\na\n"))
        #expect(text.utf8.count < 2 * html.utf8.count + 2 * HTMLLimits.added)
        #expect(text.utf8.count { $0 == UInt8(ascii: "a") } == 20_000)
    }
}
