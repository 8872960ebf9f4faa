import Testing

/// The dialogues of Tests/Transcripts against the program itself.
struct DialogueTests {
    @Test(arguments: ["clear", "tls"])
    func transcripts(_ mode: String) throws {
        let player = Program.package.appendingPathComponent("Tests/Transcripts/play.py").path
        let result = try Program.run("python3", [player, Program.path, mode])
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }
}
