import ArgumentParser

@main
struct Mime2json: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "mime2json")
}
