import JSON
import MIME

/// `envelope`: what SMTP said, from the trace block that smtp-accept puts on top of a message.
enum Envelope {
    /// Writes the member.
    static func write(_ trace: TraceBlock, to json: inout JSONWriter) {
        json.name("envelope")
        json.object { json in
            json.name("mailFrom")
            writeOrNull(trace.mailFrom, to: &json)
            json.name("rcptTo")
            json.array { json in
                for recipient in trace.recipients { json.string(recipient.span) }
            }
            writeClient(trace.client, to: &json)
        }
    }

    private static func writeClient(_ client: ReceivedClient, to json: inout JSONWriter) {
        if let name = client.helo { write("helo", name, to: &json) }
        if let address = client.remoteIP { write("remoteIp", address, to: &json) }
        json.name("remoteHost")
        writeOrNull(client.remoteHost, to: &json)
        if let name = client.protocolName { write("protocol", name, to: &json) }
        guard let version = client.tlsVersion else { return }
        json.name("tls")
        json.object { json in
            write("version", version, to: &json)
            if let cipher = client.tlsCipher { write("cipher", cipher, to: &json) }
        }
    }

    private static func write(_ name: StaticString, _ value: [UInt8], to json: inout JSONWriter) {
        json.name(name)
        json.string(value.span)
    }

    private static func writeOrNull(_ value: [UInt8]?, to json: inout JSONWriter) {
        if let value { json.string(value.span) } else { json.null() }
    }
}
