/// The command line as the kernel gave it.
enum Operands {
    /// Every argument but the program's name.
    static var all: [String] { Array(CommandLine.arguments.dropFirst()) }

    /// The bytes of FILE operands. Names of files are any bytes, but in `String` what is not UTF-8 has become U+FFFD:
    /// for those the argument is looked up that reads the same.
    static func bytes(of operands: [String]) -> [[UInt8]] {
        guard operands.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) else {
            return operands.map { Array($0.utf8) }
        }
        var arguments = rawArguments[...]
        return operands.map { operand in
            guard let index = arguments.firstIndex(where: { String(decoding: $0, as: UTF8.self) == operand }) else {
                return Array(operand.utf8)
            }
            defer { arguments = arguments[(index + 1)...] }
            return arguments[index]
        }
    }

    private static var rawArguments: [[UInt8]] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            guard let argument = unsafe CommandLine.unsafeArgv[index] else { return nil }
            var bytes: [UInt8] = []
            var position = 0
            while unsafe argument[position] != 0 {
                bytes.append(UInt8(bitPattern: unsafe argument[position]))
                position += 1
            }
            return bytes
        }
    }
}
