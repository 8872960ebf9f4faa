// What mail programs write around a quotation, in the languages most mail is in.

/// Words that introduce what is quoted.
enum ReplyWords {
    enum HeaderName { case from, date, to, subject }

    /// The longest attribution.
    static let attributionBytes = 600
    /// How far from the end of the new text a signature may begin.
    static let signatureLines = 16

    /// "Wrote", in lower case where the script has one and the program does not begin a line with it.
    private static let verbs = [
        "wrote", "schrieb", "geschrieben", "a écrit", "écrit", "escribió", "ha scritto", "scrisse", "escreveu",
        "schreef", "napisał", "pisze",
        "пишет", "написал", "пише", "написав", "skrev", "kirjoitti", "napsal", "napísal", "írta", "yazdı", "a scris",
        "έγραψε", "писа",
        "写道", "寫道", "撰写", "書きました", "書き込み", "のメール", "작성", "wrote", "כתב", "كتب", "đã viết", "menulis", "เขียน", "napisao",
        "je napisal", "rašė",
    ]

    private static let openers = [
        "on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "dne ", "dnia ", "w dniu ", "în ", "στις ", "vào ",
        "pada ",
    ]

    private static let sentFrom = [
        "sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "get outlook for ",
        "von meinem ", "gesendet von ",
        "envoyé de mon ", "envoyé depuis ", "enviado desde mi ", "enviado do meu ", "enviado de mi ", "inviato da ",
        "verstuurd vanaf ",
        "verzonden vanaf ", "wysłane z ", "отправлено с ", "skickat från ", "sendt fra ", "lähetetty ", "odesláno z ",
        "发自我的", "從我的",
    ]

    /// Between dashes.
    private static let separators = [
        "original message", "forwarded message", "original appointment", "ursprüngliche nachricht", "originalnachricht",
        "weitergeleitete nachricht",
        "message d'origine", "message original", "message transféré", "mensaje original", "mensaje reenviado",
        "messaggio originale",
        "messaggio inoltrato", "mensagem original", "mensagem encaminhada", "oorspronkelijk bericht",
        "doorgestuurd bericht", "wiadomość oryginalna",
        "исходное сообщение", "пересылаемое сообщение", "originalmeddelande", "original meddelelse", "původní zpráva",
        "原始邮件", "原始郵件",
        "转发邮件", "元のメッセージ", "원본 메시지",
    ]

    private static let headers: [(HeaderName, [String])] = [
        (
            .from,
            [
                "from", "von", "de", "da", "van", "od", "från", "fra", "от", "expéditeur", "发件人", "寄件者", "差出人", "보낸 사람",
                "kimden", "lähettäjä",
            ]
        ),
        (
            .date,
            [
                "sent", "date", "gesendet", "datum", "envoyé", "date d'envoi", "enviado", "enviado el", "fecha", "data",
                "inviato", "enviada em", "enviado em",
                "verzonden", "wysłano", "отправлено", "дата", "skickat", "sendt", "dato", "发送时间", "日期", "送信日時", "日時",
                "보낸 날짜", "gönderildi", "lähetetty",
            ]
        ),
        (
            .to,
            [
                "to", "an", "à", "para", "a", "aan", "do", "till", "til", "кому", "收件人", "宛先", "받는 사람", "kime",
                "destinataire", "vastaanottaja",
            ]
        ),
        (
            .subject,
            [
                "subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "temat", "тема", "ämne",
                "emne", "主题", "主旨", "件名", "제목",
                "konu", "aihe",
            ]
        ),
    ]

    /// Whether the range ends with a colon, after which programs may put spaces or a mark of direction.
    static func endsWithColon(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard let last = range.last else { return false }
        return text[last] == UInt8(ascii: ":") || ends(text, range, with: "：") || ends(text, range, with: ":*")
    }

    /// Whether a line that ends with a colon introduces what somebody wrote.
    static func introduces(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        verbs.contains { contains(text, range, $0) }
            || ends(text, range, with: ">:") && range.contains { text[$0] == UInt8(ascii: "@") }
    }

    /// Whether a line begins as attributions do.
    static func opens(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        openers.contains { text.span.starts(line, with: $0) }
    }

    static func isSentFrom(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        line.count < 120 && sentFrom.contains { text.span.starts(line, with: $0) }
    }

    /// A line such as `-----Original Message-----`.
    static func isSeparator(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        guard line.count < 120, text.span.starts(line, with: "---"), ends(text, line, with: "---") else { return false }
        return separators.contains { contains(text, line, $0) }
    }

    /// The header field a line shows: its name, stars around it aside, and a colon.
    static func headerName(_ text: [UInt8], _ line: Range<Int>) -> HeaderName? {
        let prefix = line.prefix(40)
        guard let colon = prefix.first(where: { text[$0] == UInt8(ascii: ":") || text[$0] == 0xEF }) else { return nil }
        var name = text.span.trimmed(line.lowerBound..<colon)
        while let first = name.first, text[first] == UInt8(ascii: "*") { name = name.dropFirst() }
        while let last = name.last, text[last] == UInt8(ascii: "*") { name = name.dropLast() }
        name = text.span.trimmed(name)
        for (header, words) in headers where words.contains(where: { text.span.equals(name, $0) }) { return header }
        return nil
    }

    private static func contains(_ text: [UInt8], _ range: Range<Int>, _ words: String) -> Bool {
        let count = words.utf8.count
        guard range.count >= count, let first = words.utf8.first else { return false }
        for start in range.lowerBound...range.upperBound - count where text[start].lowered == first {
            if text.span.equals(start..<start + count, words) { return true }
        }
        return false
    }

    private static func ends(_ text: [UInt8], _ range: Range<Int>, with words: String) -> Bool {
        let count = words.utf8.count
        return range.count >= count && text.span.equals(range.upperBound - count..<range.upperBound, words)
    }
}
