import ArgumentParser

@main
struct SmtpAccept: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "smtp-accept")
}
