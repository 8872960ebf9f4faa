import Testing

@testable import MIME

@Suite struct ReplySplitTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let input: String
        let text: String
        let quoted: String
        let signature: String
        let method: ReplySplit.Method

        init(
            _ name: String, _ input: String, text: String, quoted: String = "", signature: String = "",
            _ method: ReplySplit.Method
        ) {
            self.name = name
            self.input = input
            self.text = text
            self.quoted = quoted
            self.signature = signature
            self.method = method
        }
        var testDescription: String { name }
    }

    private func expect(_ split: ReplySplit, of bytes: [UInt8], _ test: Case) {
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        #expect(part(split.text) == test.text, "text")
        #expect(part(split.quoted) == test.quoted, "quoted")
        #expect(part(split.signature) == test.signature, "signature")
        #expect(split.method == test.method)
    }

    @Test(arguments: [
        Case("nothing quoted", "Hello\n\nAnn\n", text: "Hello\n\nAnn", .none),
        Case("empty", "", text: "", .none),
        Case(
            "quote marks alone", "Yes.\n\n> Shall we?\n> Bob\n", text: "Yes.", quoted: "> Shall we?\n> Bob", .quoteMarks
        ),
        Case(
            "signature", "Yes.\n\n-- \nAnn\n+1 555\n\nOn 20 Nov 2026, Bob wrote:\n> Shall we?\n", text: "Yes.",
            quoted: "On 20 Nov 2026, Bob wrote:\n> Shall we?", signature: "-- \nAnn\n+1 555", .attribution),
        Case(
            "signature without a quotation", "Yes.\n-- \nAnn\n", text: "Yes.", signature: "-- \nAnn", .none),
        Case(
            "attribution over two lines",
            "Yes.\n\nOn Fri, 20 Nov 2026 at 10:00, Bob Long Name\n<bob@example.com> wrote:\n\n> Hi\n",
            text: "Yes.", quoted: "On Fri, 20 Nov 2026 at 10:00, Bob Long Name\n<bob@example.com> wrote:\n\n> Hi",
            .attribution),
        Case(
            "attribution without marks",
            "Yes.\nOn Friday, November 20, 2026, Bob <bob@example.com> wrote:\nHi Ann,\nall well?\n",
            text: "Yes.", quoted: "On Friday, November 20, 2026, Bob <bob@example.com> wrote:\nHi Ann,\nall well?",
            .attribution),
        Case(
            "reply below", "On 20 Nov 2026, Bob wrote:\n> Hi\n>\n> Shall we?\n\nYes.\n", text: "Yes.",
            quoted: "On 20 Nov 2026, Bob wrote:\n> Hi\n>\n> Shall we?", .attribution),
        Case(
            "answers between the lines are all text", "On 20 Nov 2026, Bob wrote:\n> One?\nYes.\n> Two?\nNo.\n",
            text: "On 20 Nov 2026, Bob wrote:\n> One?\nYes.\n> Two?\nNo.", .none),
        Case(
            "text above and below is all text", "Hi.\nOn 20 Nov 2026, Bob wrote:\n> One?\n\nYes.\n",
            text: "Hi.\nOn 20 Nov 2026, Bob wrote:\n> One?\n\nYes.", .none),
        Case("a colon is no attribution", "I wrote:\nnothing\n", text: "I wrote:\nnothing", .none),
        Case(
            "a list's footer", "Yes.\n> Hi\n\n_______________________________________________\nList info\n",
            text: "Yes.",
            quoted: "> Hi\n\n_______________________________________________\nList info", .quoteMarks),
        Case(
            "Outlook", "Yes.\n\nFrom: Bob <bob@example.com>\nSent: Friday\nTo: Ann\nSubject: RE: Plan\n\nHi\n",
            text: "Yes.",
            quoted: "From: Bob <bob@example.com>\nSent: Friday\nTo: Ann\nSubject: RE: Plan\n\nHi", .header),
        Case(
            "Outlook with a rule",
            "Ja.\n\n________________________________\nVon: Bob\nGesendet: Freitag\nAn: Ann\nBetreff: Plan\n\nHallo\n",
            text: "Ja.",
            quoted: "________________________________\nVon: Bob\nGesendet: Freitag\nAn: Ann\nBetreff: Plan\n\nHallo",
            .header),
        Case(
            "stars around names", "Sí.\n\n*De:* Bob\n*Enviado:* viernes\n*Para:* Ann\n*Asunto:* Plan\n", text: "Sí.",
            quoted: "*De:* Bob\n*Enviado:* viernes\n*Para:* Ann\n*Asunto:* Plan", .header),
        Case("From: alone is text", "From: here\nit is far.\n", text: "From: here\nit is far.", .none),
        Case(
            "original message", "Yes.\n-----Original Message-----\nHi\n", text: "Yes.",
            quoted: "-----Original Message-----\nHi", .header),
        Case(
            "sent from", "Yes.\n\nSent from my iPhone\n\n> Hi\n", text: "Yes.", quoted: "> Hi",
            signature: "Sent from my iPhone", .quoteMarks),
    ])
    func plain(_ test: Case) {
        let bytes = Array(test.input.utf8)
        expect(ReplySplit(text: bytes), of: bytes, test)
    }

    @Test(arguments: [
        "Am 20.11.2026 um 10:00 schrieb Bob:", "Am Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Bob <\nbob@example.com>:",
        "Le ven. 20 nov. 2026 à 10:00, Bob <bob@example.com> a écrit :",
        "El vie, 20 nov 2026 a las 10:00, Bob (<bob@example.com>)\nescribió:",
        "Il giorno ven 20 nov 2026 alle ore 10:00 Bob <\nbob@example.com> ha scritto:",
        "Em sex., 20 de nov. de 2026 às 10:00, Bob <bob@example.com> escreveu:",
        "Op vr 20 nov. 2026 om 10:00 schreef Bob <bob@example.com>:",
        "pt., 20 lis 2026 o 10:00 Bob <bob@example.com> napisał(a):",
        "пт, 20 нояб. 2026 г. в 10:00, Bob <bob@example.com>:\n", "20.11.2026 10:00, Bob пишет:",
        "Den fre 20 nov. 2026 kl 10:00 skrev Bob <bob@example.com>:",
        "pe 20. marrask. 2026 klo 10.00 Bob kirjoitti:",
        "pá 20. 11. 2026 v 10:00 odesílatel Bob <bob@example.com> napsal:",
        "Bob ezt írta (időpont: 2026. nov. 20., P, 10:00):",
        "Bob <bob@example.com>, 20 Kas 2026 Cum, 10:00 tarihinde şunu yazdı:",
        "2026年11月20日(金) 10:00 Bob <bob@example.com>:", "2026年11月20日周五 10:00，Bob <bob@example.com> 写道：",
        "2026년 11월 20일 (금) 오전 10:00, Bob <bob@example.com>님이 작성:", "Στις Παρ 20 Νοε 2026 ο χρήστης Bob έγραψε:",
        "Vào Th 6, 20 thg 11, 2026 Bob đã viết:",
    ])
    func attributions(_ attribution: String) {
        let bytes = Array("Reply\n\n\(attribution)\n\n> Hi\n".utf8)
        let split = ReplySplit(text: bytes)
        #expect(String(decoding: bytes[split.text], as: UTF8.self) == "Reply")
        #expect(split.method == .attribution)
    }

    @Test(arguments: [
        Case(
            "Gmail",
            """
            <div dir="ltr">Yes.<div><br></div>-- <br><div class="gmail_signature">Ann</div></div><br><div class="gmail_quote gmail_quote_container">
            <div dir="ltr" class="gmail_attr">On Fri, Bob &lt;<a href="mailto:b@example.com">b@example.com</a>&gt; wrote:<br></div>
            <blockquote class="gmail_quote" style="margin:0">Hi</blockquote></div>
            """, text: "Yes.", quoted: "On Fri, Bob <b@example.com> wrote:\n\n> Hi", signature: "--\nAnn", .html),
        Case(
            "Gmail, passed on",
            """
            <div dir="ltr">Look.<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>
            From: Bob<br></div>Hi</div></div>
            """, text: "Look.\n\n---------- Forwarded message ---------\nFrom: Bob\nHi", .none),
        Case(
            "Apple Mail, passed on",
            "Look.<br><div><br><blockquote type=\"cite\"><div>Begin forwarded message:</div><br><div>From: Bob</div>Hi</blockquote></div>",
            text: "Look.\n\n> Begin forwarded message:\n>\n> From: Bob\n> Hi", .none),
        Case(
            "Apple Mail",
            "<body>Yes.<br><div><br><blockquote type=\"cite\"><div>On 20 Nov 2026, Bob wrote:</div><br>Hi</blockquote></div></body>",
            text: "Yes.", quoted: "> On 20 Nov 2026, Bob wrote:\n>\n> Hi", .html),
        Case(
            "Thunderbird, reply below",
            "<div class=\"moz-cite-prefix\">On 20.11.26 Bob wrote:<br></div><blockquote type=\"cite\" cite=\"mid:x\">Hi</blockquote><p>Yes.</p>",
            text: "Yes.", quoted: "On 20.11.26 Bob wrote:\n\n> Hi", .html),
        Case(
            "Thunderbird, answers between the lines",
            "<blockquote type=cite>One?</blockquote>Yes.<blockquote type=cite>Two?</blockquote>No.",
            text: "> One?\n\nYes.\n\n> Two?\n\nNo.", .none),
        Case(
            "Outlook on the web",
            "<div>Yes.</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Bob<br><b>Sent:</b> Friday</div><div>Hi</div>",
            text: "Yes.", quoted: String(repeating: "-", count: 40) + "\n\nFrom: Bob\nSent: Friday\nHi", .html),
        Case(
            "Outlook",
            "<p class=MsoNormal>Yes.</p><div style='border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Bob<br><b>Sent:</b> Friday<br><b>To:</b> Ann<br><b>Subject:</b> Plan</p></div><p class=MsoNormal>Hi</p>",
            text: "Yes.", quoted: "From: Bob\nSent: Friday\nTo: Ann\nSubject: Plan\nHi", .header),
        Case(
            "a quotation of one's own", "<p>He said:</p><blockquote>Hi</blockquote><p>Nice.</p>",
            text: "He said:\n\n> Hi\n\nNice.", .none),
        Case(
            "within a table", "<table><tr><td>Yes.<blockquote type=cite>Hi</blockquote></td></tr></table>",
            text: "Yes.", quoted: "> Hi", .html),
    ])
    func html(_ test: Case) {
        var bytes = Array("before\n".utf8)
        let split = ReplySplit(html: Array(test.input.utf8).span, text: &bytes)
        expect(split, of: bytes, test)
    }

    @Test(arguments: [
        "a:\n", "1 a:\n", "1@ wrote:\n\n", "> x\n", "1 wrote:\n> x\n", "From: x\n", "From: x\nTo: y\n", "\n",
        "____________________\n", "-- \n", "x\n",
        "On 1\n", "____________________\n\n\n", "---------", " \n", "<blockquote type=cite>",
        "<div class=gmail_quote>1 wrote:\n",
    ])
    func repeatedPatternsTakeLinearTime(_ pattern: String) {
        expectLinear(pattern) { count in
            let bytes = Array(repeatElement(pattern.utf8, count: count).joined())
            return {
                var text: [UInt8] = []
                _ = ReplySplit(text: bytes)
                _ = ReplySplit(html: bytes.span, text: &text)
            }
        }
    }

    @Test func partsLieInTheText() {
        let html = Array(
            """
            Yes.<table><tr><td>a<div class=gmail_attr>On 1 Nov Bob wrote:<td>b<blockquote class=gmail_quote>c<table><tr><td>d<td>e</table>
            </blockquote><div id=Signature>f</div><div id=divRplyFwdMsg>From: x</div>
            """.utf8)
        for end in 0...html.count {
            var text: [UInt8] = []
            let split = ReplySplit(html: html.span.extracting(0..<end), text: &text)
            for part in [split.text, split.quoted, split.signature] {
                #expect(0 <= part.lowerBound && part.upperBound <= text.count)
            }
        }
    }
}
