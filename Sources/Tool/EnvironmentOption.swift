import ArgumentParser

/// A long option that can come from the environment: `--max-size` of smtp-accept is `SMTP_ACCEPT_MAX_SIZE`.
///
/// Variables are turned into arguments that stand before those of the command line. An option that the command line
/// names takes nothing from the environment, so a flag replaces a variable's whole list.
package struct EnvironmentOption: Sendable {
    /// What a variable's value means.
    package enum Kind: Sendable {
        /// One value.
        case value
        /// Several values, one a line.
        case lines
        /// Several values, separated by newlines, commas or spaces: for those that can hold none of these.
        case list
        /// A switch: `1`, `true`, `yes`, `on`, or `0`, `false`, `no`, `off`.
        case flag
    }

    /// The option's name without dashes.
    package let name: String
    /// How its variable is read.
    package let kind: Kind
    /// Whether an empty value means something on the command line.
    package let mayBeEmpty: Bool

    package init(_ name: String, _ kind: Kind, mayBeEmpty: Bool = false) {
        self.name = name
        self.kind = kind
        self.mayBeEmpty = mayBeEmpty || kind == .flag
    }

    /// The name of its variable.
    package func variable(prefix: String) -> String {
        prefix + "_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// The command line with the environment's options in front.
    /// - Parameter environment: gives a variable's value; nil and empty mean that it is not set.
    /// - Throws: `ValidationError` for a switch that is neither on nor off.
    package static func arguments(
        _ options: [EnvironmentOption], prefix: String, commandLine: [String], environment: (String) -> String?
    ) throws -> [String] {
        let given = commandLine.prefix { $0 != "--" }
        var arguments: [String] = []
        for option in options {
            let (flag, variable) = ("--" + option.name, option.variable(prefix: prefix))
            guard let value = environment(variable), !value.isEmpty,
                !given.contains(where: { $0 == flag || $0.hasPrefix(flag + "=") })
            else { continue }
            arguments += try option.arguments(variable: variable, value: value)
        }
        return arguments + commandLine
    }

    /// An option without a value is a script's variable that was never set, and no file, host or URL has such a name.
    /// - Throws: `ValidationError` for `--name ''` and `--name=`.
    package static func refuseEmpty(_ options: [EnvironmentOption], commandLine: [String]) throws {
        let given = commandLine.prefix { $0 != "--" }
        for (argument, next) in zip(given, given.dropFirst() + ["-"]) where next.isEmpty || argument.hasSuffix("=") {
            let name = next.isEmpty ? argument[...] : argument.dropLast()
            guard options.contains(where: { name == "--" + $0.name && !$0.mayBeEmpty }) else { continue }
            throw ValidationError("\(name) needs a value: this one is empty.")
        }
    }

    /// Which of these names begin with the prefix and are the variable of no option, in alphabetical order.
    /// - Parameter besides: names that mean something else.
    package static func unknown(
        _ options: [EnvironmentOption], prefix: String, besides: [String], names: [String]
    ) -> [String] {
        let ours = names.filter { $0.hasPrefix(prefix + "_") && !besides.contains($0) }
        guard !ours.isEmpty else { return [] }
        let known = Set(options.map { $0.variable(prefix: prefix) })
        return ours.filter { !known.contains($0) }.sorted()
    }

    private func arguments(variable: String, value: String) throws -> [String] {
        let flag = "--" + name
        switch kind {
        case .value: return [flag + "=" + value]
        case .lines: return value.split(separator: "\n").map { flag + "=" + $0 }
        case .list: return value.split { "\n, ".contains($0) }.map { flag + "=" + $0 }
        case .flag:
            switch value.lowercased() {
            case "1", "true", "yes", "on": return [flag]
            case "0", "false", "no", "off": return []
            default: throw ValidationError("\(variable)=\(value): say 1 or 0.")
            }
        }
    }
}
