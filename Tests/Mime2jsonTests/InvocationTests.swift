import ArgumentParser
import Testing

@testable import mime2json

/// The command line as `Invocation` reads it, which is how ArgumentParser does.
struct InvocationTests {
    @Test(arguments: [
        [], ["-"], ["a", "-", "b"], ["--", "-x", "--raw"], ["a", "--raw", "b", "--", "--raw"], ["--raw", "--raw"],
        ["--spool", "s", "--watch"], ["--spool=s", "--pretty"], ["--spool", "-"],
        ["--spool=-s"], ["--spool=a=b"], ["--spool", "a", "--spool", "b"], ["--files-from", "-", "-0"],
        ["--null", "--files-from=l"], ["--mbox", "--no-envelope", "box"], ["--schema"], ["--worker-of=12"],
        ["--header-prefix", "x-", "--header-prefix=y-"], ["--header-prefix", "x-", "y-"],
        ["--attachments", "meta"], ["--attachments=none", "--attachments", "inline", "--attachments-dir", "d"],
        ["--profile", "postmark", "--profile=jmap"], ["--jobs=4"], ["--jobs", "0"], ["ä", "a b"],
    ])
    func readsAsArgumentParserDoes(_ arguments: [String]) throws {
        let command = try #require(try Mime2json.parseAsRoot(arguments) as? Mime2json)
        #expect(Invocation(arguments) == Invocation(command))
    }

    @Test(arguments: [
        ["--spool=", "--digest"], ["--help"], ["--version"], ["-h"], ["--raw=1"], ["--spool"], ["--spool", "--raw"],
        ["--spool", "-s"], ["-00"],
        ["--profile", "none"], ["--attachments=All"], ["--header-prefix", ""], ["--worker-of=x"], ["--watch"],
        ["--jobs=-1"], ["--jobs=x"], ["--jobs=1025"], ["--mbox", "--spool=s"],
        ["--spool", "s", "file"], ["-x"], ["--pret"], ["--generate-completion-script", "bash"],
    ])
    func leavesTheRestToArgumentParser(_ arguments: [String]) {
        #expect(Invocation(arguments) == nil)
        #expect((try? Mime2json.parseAsRoot(arguments)) as? Mime2json == nil)
    }

    /// What `--help` lists, so that an option that comes to `Mime2json` is not read slowly from then on.
    @Test func knowsEveryOption() throws {
        let listed = Mime2json.helpMessage().split(separator: "\n").filter { $0.hasPrefix("  -") }
        #expect(listed.count > 12)
        for line in listed where !line.contains("--help") && !line.contains("--version") {
            let words = line.split(separator: " ")
            let name = String(try #require(words.first { $0.hasPrefix("--") }))
            let takesValue = try #require(words.drop { $0.hasPrefix("-") }.first).hasPrefix("<")
            let value = ["--attachments": "none", "--profile": "jmap", "--jobs": "2"][name] ?? "x"
            let context = name == "--watch" ? ["--spool=s"] : name == "--null" ? ["--files-from=l"] : []
            #expect(Invocation(context + [takesValue ? "\(name)=\(value)" : name]) != nil, "\(name)")
        }
    }
}
