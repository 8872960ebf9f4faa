import SMTP
import Testing

struct TranscriptTests {
    @Test func thereAreTranscripts() {
        #expect(Transcript.all.count >= 30)
    }

    @Test(arguments: Transcript.all.filter { $0.settings["only"] != "tls" })
    func inOnePiece(_ transcript: Transcript) throws {
        try play(transcript, Int.max)
    }

    @Test(arguments: Transcript.all.filter { !["tls", "whole"].contains($0.settings["only"]) })
    func oneByteAtATime(_ transcript: Transcript) throws {
        try play(transcript, 1)
    }

    private func play(_ transcript: Transcript, _ most: Int) throws {
        var player = Player(
            try transcript.policy(), isLMTP: transcript.settings["lmtp"] != nil,
            isTrusted: transcript.settings["trust"] != nil)
        var steps = transcript.steps[...]
        if transcript.settings["greet-delay"] != nil, case .send(let bytes)? = steps.popFirst() {
            player.session.refuseEarlyTalk(bytes)
            player.feed(bytes)
        }
        var replies = player.replies()[...]
        for step in steps {
            switch step {
            case .send(let bytes):
                #expect(replies.isEmpty)
                for start in stride(from: 0, to: bytes.count, by: min(most, bytes.count)) {
                    player.feed(bytes[start..<(start + min(most, bytes.count - start))])
                }
                replies = player.replies()[...]
            case .expect(let line):
                let reply = replies.popFirst()
                let expected = line.replacing("<id>", with: "id-\(player.messages.count)")
                // Replies to a group may name an earlier message of it.
                #expect(reply == expected || line.contains("<id>") && reply?.hasPrefix(line.dropLast(4)) == true)
            case .handshake:
                let isSecuring = player.isSecuring
                #expect(isSecuring)
                player.handshake()
            case .closed:
                let isClosed = player.isClosed
                #expect(isClosed)
            }
        }
        #expect(replies.isEmpty)
        let messages = player.messages
        #expect(messages == transcript.messages)
    }
}
