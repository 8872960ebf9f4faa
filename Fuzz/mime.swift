// Fuzzes mime2json: whatever the bytes, each profile gives one valid JSON object of bounded size, and no decoder traps or hangs. Built by
// Fuzz/mime.

import Glibc
import JSON
import MIME
import Spool

@testable import mime2json

/// The first byte chooses what the rest is: a whole message, or what one decoder reads, for which a header is put in front.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let choice = Int(unsafe start[0])
    let rest = unsafe Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    switch choice {
    case 0x41: for profile in Profile.allCases { convert(rest, profile) }
    case 0x42: splitBox(rest)
    case 0x43: splitReply(rest)
    default:
        let header = headers[choice % headers.count]
        convert(Array(header.utf8) + rest, .email)
        convert(Array(header.utf8) + rest, Profile.allCases[count % Profile.allCases.count])
    }
    return 0
}

/// Each ends where the input begins.
private let headers =
    [
        "Subject: ", "To: ", "From: a@b\nDate: ", "Message-ID: <", "References: ", "List-Id: ", "List-Post: ",
        "Return-Path: <a@b>\nDelivered-To: c@d\nReceived: from ",
        "Return-Path: <>\nAuthentication-Results: ", "Content-Type: ", "Content-Type: text/html; charset=",
        "Content-Disposition: attachment; filename*", "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
        "Content-Type: multipart/related; type=\"text/html\"; start=\"<1>\"; boundary=b\n\n--b\n",
        "Content-Type: message/rfc822\n\n", "Content-Type: text/html\n\n", "In-Reply-To: <1>\nContent-Type: text/html\n\n",
        "In-Reply-To: <1>\n\n", "Content-Type: text/plain; format=flowed; delsp=yes\n\n",
    ]
    + ["base64", "quoted-printable", "uuencode"].flatMap {
        ["Content-Transfer-Encoding: \($0)\n\n", "Content-Type: a/b\nContent-Transfer-Encoding: \($0)\n\n"]
    }
    + [
        "utf-7", "utf-8", "iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "hz-gb-2312", "gb18030", "big5", "shift_jis", "euc-kr",
        "euc-jp", "utf-16", "utf-16le", "utf-32", "iso-8859-1", "windows-1252", "x-user-defined", "ibm037",
    ].map { "Content-Type: text/plain; charset=\($0)\n\n" }

private let properties = ["To:asGroupedAddresses:all", "From:asAddresses", "List-Post:asURLs:all", "References:asMessageIds", "Date:asDate"]
    .compactMap { HeaderProperty("header:" + $0) }

private func convert(_ message: [UInt8], _ profile: Profile) {
    var options = ConversionOptions(headerPrefixes: [Array("x-".utf8)], headerProperties: properties, profile: profile)
    options.raw = message.count % 3 == 0
    options.digest = message.count % 4 == 0
    var converter = Converter(options, nil)
    do throws(OutputError) {
        try converter.convert(MessageFile(name: nil, bytes: message))
    } catch {
        preconditionFailure("no file was to be written")
    }
    let json = converter.json.bytes
    precondition(json.last == 10 && !json.dropLast().contains(10), "not one line")
    precondition(RecordScanner().scan(json.span) != nil, "not one JSON object")
    precondition(json.count < 100_000 + message.count * 1000, "\(json.count) bytes from \(message.count)")
}

/// A box's messages are together no larger than it is, and stand one behind the other.
private func splitBox(_ box: [UInt8]) {
    guard let stream = unsafe tmpfile() else { return }
    let file = Descriptor(owning: dup(unsafe fileno(stream)))
    unsafe fclose(stream)
    guard (try? file.writeAll(box.span, at: 0)) != nil else { return }
    var ranges = MboxReader(file)
    var end = 0
    while let range = try? ranges.nextRange() {
        precondition(range.lowerBound >= end && range.upperBound <= box.count && !range.isEmpty)
        precondition(MboxReader.unquoted(box.span.extracting(range)).count <= range.count)
        end = range.upperBound
    }
}

/// The parts of a reply stand in the text and do not overlap.
private func splitReply(_ text: [UInt8]) {
    check(ReplySplit(text: text), 0..<text.count)
    var output: [UInt8] = [0x78]
    let split = ReplySplit(html: text.span, text: &output)
    check(split, 1..<output.count)
}

private func check(_ split: ReplySplit, _ all: Range<Int>) {
    for part in [split.text, split.quoted, split.signature] {
        precondition(part.isEmpty || all.lowerBound <= part.lowerBound && part.upperBound <= all.upperBound)
    }
    precondition(!split.text.overlaps(split.quoted) && !split.text.overlaps(split.signature))
    precondition(!split.quoted.overlaps(split.signature))
}
