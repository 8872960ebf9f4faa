// What mail programs write around a quotation, in the languages most mail is in.

/// Words that introduce what is quoted.
enum ReplyWords {
    enum HeaderName { case from, date, to, subject }

    /// The longest attribution.
    static let attributionBytes = 600
    /// How far from the end of the new text a signature may begin.
    static let signatureLines = 16

    // Comparison knows upper and lower case in ASCII alone: ASCII is in lower case here, other letters are as programs write them.

    /// "Wrote", as attributions have it.
    private static let verbs = [
        "wrote", "schrieb", "geschrieben", "a écrit", "écrit", "escribió", "ha scritto", "scritto", "scrisse",
        "escreveu",
        "schreef", "geschreven", "napisał", "napisana przez", "pisze", "пишет", "написал", "пише", "написав", "skrev",
        "kirjoitti", "napsal",
        "napísal", "írta", "yazdı", "a scris", "έγραψε", "писа", "写道", "寫道", "撰写", "書きました", "書き込み", "のメール", "작성",
        "כתב", "كتب", "كتابة", "đã viết", "menulis", "เขียน", "napisao", "je napisal", "rašė",
    ]

    private static let openers = [
        "on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "dne ", "dnia ", "w dniu ", "În ", "în ", "pe ",
        "Στις ",
        "στις ", "vào ", "pada ", "på ",
    ]

    /// What a telephone's or a program's own line begins with.
    private static let sentFrom = [
        "sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "sent from proton",
        "sent from samsung", "sent from blackberry", "sent from spark", "sent with ",
        "get outlook for ", "télécharger outlook pour ", "obtenir outlook pour ", "holen sie sich outlook für ",
        "obtener outlook para ", "ottieni outlook per ", "obter o outlook para ", "pobierz outlook dla ",
        "von meinem ", "gesendet von ", "gesendet mit ", "envoyé de mon ", "envoyé depuis ",
        "enviado desde mi ", "enviado do meu ", "enviado de mi ", "inviato da ", "verstuurd vanaf ", "verzonden vanaf ",
        "wysłane z ", "Отправлено с ", "Надіслано з ", "skickat från ", "sendt fra ", "lähetetty ", "odesláno z ",
        "发自我的",
        "從我的", "나의 ", "أُرسلت من ", "נשלח מה", "Στάλθηκε από ", "trimis de pe ",
    ]

    /// What such a line ends with, in languages that put the verb there.
    private static let sentFromEnds = ["gönderildi", "から送信", "에서 보냄", "küldve"]

    /// Between dashes, above the message replied to.
    private static let originals = [
        "original message", "original appointment", "reply message", "ursprüngliche mail", "ursprüngliche e-mail",
        "originele bericht", "antwort nachricht", "ursprüngliche nachricht", "originalnachricht",
        "original-nachricht",
        "message d'origine", "message d’origine", "message original", "mensaje original", "messaggio originale",
        "mensagem original", "oorspronkelijk bericht", "wiadomość oryginalna", "oryginalna wiadomość",
        "Исходное сообщение",
        "исходное сообщение", "Вихідне повідомлення", "Оригінальне повідомлення", "originalmeddelande",
        "ursprungligt meddelande", "original meddelelse", "oprindelig meddelelse", "opprinnelig melding",
        "alkuperäinen viesti", "původní zpráva", "orijinal mesaj", "Özgün İleti", "原始邮件", "原始郵件", "邮件原件",
        "元のメッセージ", "원본 메시지", "الرسالة الأصلية", "הודעה מקורית", "Αρχικό μήνυμα", "eredeti üzenet", "mesaj original",
        "mesajul original",
    ]

    /// Between dashes, above a message that is passed on.
    private static let forwards = [
        "forwarded message", "begin forwarded text", "weitergeleitete nachricht", "message transféré",
        "mensaje reenviado",
        "messaggio inoltrato",
        "mensagem encaminhada", "mensagem reencaminhada", "doorgestuurd bericht", "vidarebefordrat meddelande",
        "videresendt meddelelse", "videresendt melding", "välitetty viesti", "wiadomość przekazana",
        "przekazana wiadomość",
        "přeposlaná zpráva", "Пересылаемое сообщение", "Перенаправленное сообщение", "Переслане повідомлення",
        "Переадресоване повідомлення", "İletilmiş mesaj", "iletilen mesaj", "转发邮件", "转发的邮件", "轉寄郵件", "轉寄的郵件",
        "転送メッセージ", "전달된 메시지", "الرسالة المعاد توجيهها", "הודעה שהועברה", "Προωθημένο μήνυμα", "továbbított üzenet",
        "mesaj redirecționat",
    ]

    /// The line that Apple Mail puts there, which ends with a colon.
    private static let forwardOpeners = [
        "begin forwarded message", "anfang der weitergeleiteten nachricht", "début du message transféré",
        "début du message réexpédié", "inicio del mensaje reenviado", "inizio messaggio inoltrato",
        "início da mensagem encaminhada", "início da mensagem reencaminhada", "begin doorgestuurd bericht",
        "vidarebefordrat mejl", "vidarebefordrat brev", "videresendt besked", "videresendt melding", "välitetty viesti",
        "początek przekazywanej wiadomości", "začátek přeposlané zprávy", "Начало переадресованного сообщения",
        "Начало перенаправленного сообщения", "下面是被转发的邮件", "開始轉寄郵件", "転送されたメッセージ", "전달된 메시지",
    ]

    private static let headers: [(HeaderName, [String])] = [
        (
            .from,
            [
                "from", "von", "de", "da", "van", "od", "från", "fra", "От", "Від", "expéditeur", "发件人", "寄件者", "差出人",
                "보낸 사람", "kimden", "lähettäjä", "من", "מאת", "Από", "feladó", "de la",
            ]
        ),
        (
            .date,
            [
                "sent", "date", "gesendet", "datum", "envoyé", "date d'envoi", "enviado", "enviado el", "fecha", "data",
                "inviato", "enviada em", "enviado em", "verzonden", "wysłano", "wysłane", "Отправлено", "Дата",
                "Надіслано",
                "skickat", "sendt", "dato", "发送时间", "日期", "寄件日期", "送信日時", "日時", "보낸 날짜", "gönderildi", "lähetetty",
                "odesláno", "تم الإرسال", "التاريخ", "נשלח", "Στάλθηκε", "Ημερομηνία", "elküldve", "trimis",
            ]
        ),
        (
            .to,
            [
                "to", "an", "À", "à", "para", "a", "aan", "do", "till", "til", "Кому", "komu", "收件人", "收件者", "宛先",
                "받는 사람", "kime", "destinataire", "vastaanottaja", "إلى", "אל", "Προς", "címzett", "către", "catre",
            ]
        ),
        (
            .subject,
            [
                "subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "temat", "Тема", "Ämne",
                "emne",
                "主题", "主旨", "件名", "제목", "konu", "aihe", "předmět", "الموضوع", "נושא", "Θέμα", "tárgy", "subiect",
            ]
        ),
    ]

    /// The range without white space, hard spaces and marks of direction at both ends.
    static func trimmed(_ text: [UInt8], _ range: Range<Int>) -> Range<Int> {
        var range = text.span.trimmed(range)
        while isMark(text, range.prefix(3)) { range = text.span.trimmed(range.dropFirst(3)) }
        while true {
            if isMark(text, range.suffix(3)) {
                range = text.span.trimmed(range.dropLast(3))
            } else if range.count >= 2, text[range.upperBound - 2] == 0xC2, text[range.upperBound - 1] == 0xA0 {
                range = text.span.trimmed(range.dropLast(2))
            } else {
                return range
            }
        }
    }

    /// U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
    private static func isMark(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard range.count == 3, text[range.lowerBound] == 0xE2 else { return false }
        let last = text[range.lowerBound + 2]
        return switch text[range.lowerBound + 1] {
        case 0x80: 0x8E...0x8F ~= last || 0xAA...0xAE ~= last
        case 0x81: 0xA6...0xA9 ~= last
        default: false
        }
    }

    /// Whether the range ends with a colon, after which programs may put spaces or a mark of direction.
    static func endsWithColon(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard let last = range.last else { return false }
        return switch text[last] {
        case UInt8(ascii: ":"): true
        case UInt8(ascii: "*"): ends(text, range, with: ":*")
        case 0x9A: ends(text, range, with: "：")
        default: false
        }
    }

    /// Whether a line that ends with a colon introduces what somebody wrote.
    static func introduces(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        verbs.contains { contains(text, range, $0) }
            || endsWithAddress(text, range) && range.contains { text[$0] == UInt8(ascii: "@") }
    }

    /// An address in angle brackets, or what mutt puts behind that in square ones, and the colon.
    private static func endsWithAddress(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        let line = trimmed(text, trimmed(text, range).dropLast())
        return line.last.map { text[$0] == UInt8(ascii: ">") || text[$0] == UInt8(ascii: "]") } ?? false
    }

    /// Whether a line begins as attributions do.
    static func opens(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        openers.contains { text.span.starts(line, with: $0) }
    }

    /// Whether an attribution begins within the line, behind words of the reply, and not behind initials as some mark quotations: `AE> `.
    static func opensWithin(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        let opener = "On ".utf8
        return line.dropFirst(2).indices.contains { i in
            text[i] == UInt8(ascii: "O") && i + 3 < line.upperBound && text[i..<i + 3].elementsEqual(opener)
                && " -".utf8.contains(text[i - 1]) && text[i - 2] != UInt8(ascii: ">")
                && text[line.lowerBound..<i].contains { $0.isAlpha }
        }
    }

    static func isSentFrom(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        guard line.count < 120 else { return false }
        return sentFrom.contains { text.span.starts(line, with: $0) }
            || line.count < 60 && sentFromEnds.contains { ends(text, line, with: $0) }
    }

    /// A line such as `-----Original Message-----`.
    static func isSeparator(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        isBetweenDashes(text, line) && originals.contains { contains(text, line, $0) }
    }

    /// A line such as `---------- Forwarded message ---------` or `Begin forwarded message:`.
    static func isForward(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        guard let first = line.first, line.count < 120 else { return false }
        if text[first] == UInt8(ascii: "-"), text.span.starts(withoutEscape(text, line), with: "---") {
            return forwards.contains { contains(text, line, $0) }
        }
        return endsWithColon(text, line)
            && forwardOpeners.contains { text.span.starts(line, with: $0) }
    }

    /// A line without the dash that OpenPGP puts in front of dashes (RFC 9580 §7.2).
    private static func withoutEscape(_ text: [UInt8], _ line: Range<Int>) -> Range<Int> {
        text.span.starts(line, with: "- -") ? line.dropFirst(2) : line
    }

    static func isBetweenDashes(_ text: [UInt8], _ line: Range<Int>) -> Bool {
        guard let first = line.first, text[first] == UInt8(ascii: "-"), line.count < 120 else { return false }
        return text.span.starts(line, with: "---") && ends(text, line, with: "---")
    }

    /// The header field a line shows: its name, stars around it aside, and a colon.
    static func headerName(_ text: [UInt8], _ line: Range<Int>) -> HeaderName? {
        let prefix = line.prefix(40)
        let colon = text.span.firstIndex(of: UInt8(ascii: ":"), or: 0xEF, in: prefix)
        guard colon < prefix.upperBound else { return nil }
        var name = trimmed(text, line.lowerBound..<colon)
        while let first = name.first, text[first] == UInt8(ascii: "*") { name = name.dropFirst() }
        while let last = name.last, text[last] == UInt8(ascii: "*") { name = name.dropLast() }
        name = trimmed(text, name)
        guard let first = name.first, let words = namesByKey[key(name.count, text[first].lowered)] else { return nil }
        return words.first { text.span.equals(name, $0.word) }?.name
    }

    /// The names of `headers` by their length and first byte.
    private static let namesByKey = Dictionary(
        grouping: headers.flatMap { name, words in words.map { (word: $0, name: name) } },
        by: { key($0.word.utf8.count, $0.word.utf8.first ?? 0) })

    private static func key(_ count: Int, _ first: UInt8) -> Int { count << 8 | Int(first) }

    private static func contains(_ text: [UInt8], _ range: Range<Int>, _ words: String) -> Bool {
        let count = words.utf8.count
        guard range.count >= count, let first = words.utf8.first else { return false }
        let capital = first.isAlpha ? first & ~0x20 : first
        let end = range.upperBound - count + 1
        var start = range.lowerBound
        while true {
            start = text.span.firstIndex(of: first, or: capital, in: start..<end)
            guard start < end else { return false }
            if text.span.equals(start..<start + count, words) { return true }
            start += 1
        }
    }

    private static func ends(_ text: [UInt8], _ range: Range<Int>, with words: String) -> Bool {
        let count = words.utf8.count
        return range.count >= count && text.span.equals(range.upperBound - count..<range.upperBound, words)
    }
}
