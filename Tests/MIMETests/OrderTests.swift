import Testing

@testable import MIME

/// A whole message with everything usual in it.
@Suite struct OrderTests {
    static let source = """
        Return-Path: <bounces+42@shop.example.net>
        Delivered-To: orders+blue@example.com
        Delivered-To: archive@example.com
        Received: from out1.shop.example.net (unknown [192.0.2.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)
        \tby mx.example.com with ESMTPS id 019aa4b2-7c00-7abc-8def-0123456789ab;
        \tSat, 21 Nov 2026 10:00:00 +0000
        Received: from app (app [198.51.100.3]) by out1.shop.example.net; Sat, 21 Nov 2026 10:59:58 +0100
        From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <j.mueller@shop.example.net>
        To: Orders <orders+blue@example.com>, "Doe, Jane" <jane@example.org>
        Reply-To: Team: a@example.net, b@example.net;
        Subject: =?utf-8?B?QmVzdGVsbHVuZyA=?= =?utf-8?B?4oSWIDQy?=
        Date: Sat, 21 Nov 2026 10:59:57 +0100
        References: <r1@example.com> <r2@example.com>
        x-shop-note: =?iso-8859-1?q?gr=FCn?=
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="outer"

        --outer
        Content-Type: multipart/alternative; boundary="inner"

        --inner
        Content-Type: text/plain; charset=utf-8; format=flowed

        Two blue chairs,\u{20}
        please.

        --inner
        Content-Type: text/html; charset=windows-1252
        Content-Transfer-Encoding: quoted-printable

        <p>Two <b>blue</b> chairs, please. 99=80</p>
        --inner--
        --outer
        Content-Type: application/pdf; name="x.pdf"
        Content-Disposition: attachment; filename*0*=utf-8''Beleg%20; filename*1*=%E2%84%96.pdf
        Content-ID: <beleg@shop>
        Content-Transfer-Encoding: base64

        JVBERi0xLjQK
        *!*!*
        JSVFT0YK
        --outer--

        """

    @Test(arguments: [true, false])
    func tree(crlf: Bool) {
        let message = Message.parse(Self.source, crlf: crlf)
        #expect(
            message.outline == """
                multipart/mixed
                 multipart/alternative
                  text/plain 1.1
                  text/html 1.2
                 application/pdf 2
                """)
        #expect(message.defects.isEmpty)
        #expect(
            message.displayedBodies() == DisplayedBodies(text: [2], html: [3], attachments: [4], unshown: [4]))
    }

    @Test(arguments: [true, false])
    func bodies(crlf: Bool) {
        let message = Message.parse(Self.source, crlf: crlf)
        #expect(message.text(2) == "Two blue chairs, please.\n")
        #expect(message.text(3) == "<p>Two <b>blue</b> chairs, please. 99€</p>")
        #expect(message.name(4) == "Beleg №.pdf")
        #expect(message.body(4) == "%PDF-1.4\n%%EOF\n")
        var defects = Defects()
        var base64: [UInt8] = []
        #expect(message.appendBase64Body(of: message.parts[4], to: &base64, defects: &defects) == 15)
        #expect(String(decoding: base64, as: UTF8.self) == "JVBERi0xLjQKJSVFT0YK")
        #expect(defects.list == [Defect(.base64, part: 4, "5 bytes outside the alphabet ignored")])
    }

    @Test(arguments: [true, false])
    func header(crlf: Bool) {
        let message = Message.parse(Self.source, crlf: crlf)
        var defects = Defects()
        #expect(message.string(.subject) == "Bestellung № 42")
        #expect(message.string(.from) == "Jürgen Müller <j.mueller@shop.example.net>")
        #expect(message.string(.received)?.contains("SHA384)\tby mx.example.com") == true)
        #expect(
            message.addresses(.to, defects: &defects)?.strings == [
                ["Orders", "orders+blue@example.com"], ["Doe, Jane", "jane@example.org"],
            ])
        #expect(
            message.addresses(.replyTo, defects: &defects)?.strings == [
                [nil, "a@example.net"], [nil, "b@example.net"],
            ])
        #expect(message.messageIDs(.references)?.strings == ["r1@example.com", "r2@example.com"])
        #expect(text { message.date(.date, defects: &defects)?.appendRFC3339(to: &$0) } == "2026-11-21T10:59:57+01:00")
        #expect(defects.list.isEmpty)
    }

    @Test func envelope() {
        let message = Message.parse(Self.source)
        let trace = message.trace
        #expect(trace?.mailFrom == [UInt8]("bounces+42@shop.example.net".utf8))
        #expect(
            trace?.recipients.map { String(decoding: $0, as: UTF8.self) } == [
                "orders+blue@example.com", "archive@example.com",
            ])
        #expect(trace?.client.helo == [UInt8]("out1.shop.example.net".utf8))
        #expect(trace?.client.remoteIP == [UInt8]("192.0.2.7".utf8))
        #expect(trace?.client.remoteHost == nil)
        #expect(trace?.client.protocolName == [UInt8]("ESMTPS".utf8))
        #expect(trace?.client.tlsVersion == [UInt8]("TLSv1.3".utf8))
        #expect(trace?.client.tlsCipher == [UInt8]("TLS_AES_256_GCM_SHA384".utf8))
        #expect(text { message.receivedAt?.appendUTC(to: &$0) } == "2026-11-21T10:00:00Z")
    }
}
