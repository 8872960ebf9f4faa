import ArgumentParser

@main
struct JsonPost: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "json-post")
}
