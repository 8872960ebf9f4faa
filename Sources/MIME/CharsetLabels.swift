/// The labels of the WHATWG Encoding standard (§4.2), and those that mail adds. Each line: what decodes them, then the labels.
enum CharsetLabels {
    /// The decoder of a label; nil when it is not listed.
    static func decoder(_ bytes: Span<UInt8>, _ label: Range<Int>) -> Charset.Decoder? {
        let text = table.utf8.span
        var i = 0
        while i < text.count {
            guard let end = text.firstIndex(of: .lf, in: i..<text.count),
                let nameEnd = text.firstIndex(of: .space, in: i..<end)
            else { return nil }
            if contains(text, nameEnd + 1..<end, bytes, label) { return known(text, i..<nameEnd) }
            i = end + 1
        }
        return nil
    }

    /// What decodes a label of which there are only the letters and digits, in lower case.
    static let decoderOfLetters: [[UInt8]: Charset.Decoder] = {
        var decoders: [[UInt8]: Charset.Decoder] = [:]
        for line in table.utf8.split(separator: .lf) {
            for label in line.split(separator: .space).dropFirst() {
                let letters = label.filter { $0.isAlpha || $0.isDigit }
                decoders[letters] = decoders[letters] ?? decoder(Array(label).span, 0..<label.count)
            }
        }
        return decoders
    }()

    private static func contains(
        _ text: Span<UInt8>, _ list: Range<Int>, _ bytes: Span<UInt8>, _ label: Range<Int>
    ) -> Bool {
        var i = list.lowerBound
        while i < list.upperBound {
            let end = text.firstIndex(of: .space, in: i..<list.upperBound) ?? list.upperBound
            if end - i == label.count {
                var k = 0
                while k < label.count, text[i + k] == bytes[label.lowerBound + k].lowered { k += 1 }
                if k == label.count { return true }
            }
            i = end + 1
        }
        return false
    }

    private static func known(_ text: Span<UInt8>, _ name: Range<Int>) -> Charset.Decoder {
        if text.equals(name, "=guess") { return .guess }
        if text.equals(name, "=utf-8") { return .utf8 }
        if text.equals(name, "=windows-1252") { return .windows1252 }
        if text.equals(name, "=utf-7") { return .utf7 }
        if text.equals(name, "=replacement") { return .replacement }
        if text.equals(name, "=user") { return .userDefined }
        if text.equals(name, "=iso-2022-jp") { return .iso2022JP }
        if text.equals(name, "=hz") { return .hz }
        var string = ""
        for i in name { string.unicodeScalars.append(Unicode.Scalar(text[i])) }
        return .iconv(string)
    }

    static let table = """
        =guess ascii us-ascii ansi_x3.4-1968 iso-ir-6 us 7bit 8bit unknown-8bit x-unknown unknown default_charset default iso646-us ansi_x3.4-1986 cp367 ibm367
        =utf-8 utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf-8n utf8mb4 cp65001 utf_8 utf-8-sig utf-8-strict utf8-mac
        =windows-1252 windows-1252 x-cp1252 cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 latin-1 iso8859_1 8859_1 iso-8859-1-windows-3.1-latin-1
        =utf-7 utf-7 utf7 unicode-1-1-utf-7 csunicode11utf7 unicode-2-0-utf-7 x-unicode-2-0-utf-7 cp65000
        =replacement replacement hz-gb-2312-replacement iso-2022-cn-ext-replacement
        =user x-user-defined
        CP866 866 cp866 csibm866 ibm866
        ISO-8859-2 csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
        ISO-8859-3 csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
        ISO-8859-4 csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
        ISO-8859-5 csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988
        ISO-8859-6 arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
        ISO-8859-7 csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek
        ISO-8859-8 csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical
        ISO-8859-10 csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6
        ISO-8859-13 iso-8859-13 iso8859-13 iso885913
        ISO-8859-14 iso-8859-14 iso8859-14 iso885914
        ISO-8859-15 csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 latin9 latin-9
        ISO-8859-16 iso-8859-16
        KOI8-R cskoi8r koi koi8 koi8-r koi8_r
        KOI8-U koi8-ru koi8-u
        MACINTOSH csmacintosh mac macintosh x-mac-roman macroman
        CP874 dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874
        CP1250 cp1250 windows-1250 x-cp1250
        CP1251 cp1251 windows-1251 x-cp1251 ansi-1251
        CP1253 cp1253 windows-1253 x-cp1253
        CP1254 cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254
        CP1255 cp1255 windows-1255 x-cp1255
        CP1256 cp1256 windows-1256 x-cp1256
        CP1257 cp1257 windows-1257 x-cp1257
        CP1258 cp1258 windows-1258 x-cp1258
        MAC-CYRILLIC x-mac-cyrillic x-mac-ukrainian
        GB18030 chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936 ms936 windows-936 euc-cn euccn gb-2312 gb2312_charset eucgb2312_cn
        BIG5-HKSCS big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 ms950 big5hkscs big5_tw x-windows-950
        EUC-JP-MS cseucpkdfmtjapanese euc-jp x-euc-jp eucjp cp51932
        =iso-2022-jp csiso2022jp iso-2022-jp iso2022jp iso-2022-jp-ms cp50220 cp50221 cp50222 _iso-2022-jp$esc x-windows-iso2022jp
        =hz hz-gb-2312 hz
        CP932 csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932
        UHC cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 cp949 ks_c_5601 euckr ms949 x-windows-949 ksc5601-1992
        ISO-2022-KR csiso2022kr iso-2022-kr iso2022kr
        UTF-16BE unicodefffe utf-16be
        UTF-16LE csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16le
        UTF-16 utf-16
        UTF-32 utf-32 ucs-4
        CP858 cp858 ibm00858
        MACINTOSH x-macintosh

        """
}
