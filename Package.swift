// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is compiled with: Swift 6 mode, strict memory safety, no warning passes.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "mailpipe",
    products: [
        .library(name: "MIME", targets: ["MIME"]),
        .executable(name: "smtp-accept", targets: ["smtp-accept"]),
        .executable(name: "mime2json", targets: ["mime2json"]),
        .executable(name: "json-post", targets: ["json-post"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // System libraries: a module map and a shim each.
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSHA256", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Pure modules: bytes and `now` in, values out. They import nothing of ours but what scans bytes.
        .target(name: "Bytes", swiftSettings: strict),
        .target(name: "SMTP", dependencies: ["Bytes"], swiftSettings: strict),
        .target(
            name: "MIME", dependencies: ["Bytes"], exclude: ["HTML/generate-entities.py"], swiftSettings: strict),
        .target(name: "JSON", dependencies: ["Bytes"], swiftSettings: strict),

        // The operating system: durable directories, and what the three programs share as Unix programs.
        .target(name: "Spool", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "Tool", dependencies: ["Bytes", "CLinux", "Spool", arguments], swiftSettings: strict),

        // The three tools. They meet in pipes and directories, never by import.
        .executableTarget(
            name: "smtp-accept", dependencies: ["Bytes", "SMTP", "Spool", "Tool", "CLinux", "COpenSSL", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "mime2json",
            dependencies: ["Bytes", "MIME", "JSON", "Spool", "Tool", "CLinux", "CSHA256", arguments],
            swiftSettings: strict),
        .executableTarget(
            name: "json-post",
            dependencies: ["JSON", "SMTP", "Spool", "Tool", "CLinux", "COpenSSL", "CCurl", "CZlib", arguments],
            swiftSettings: strict),

        // Tests. FaultyLibc makes chosen system calls of the calling thread fail; see its header.
        .target(name: "FaultyLibc", path: "Tests/FaultyLibc"),
        .testTarget(name: "SMTPTests", dependencies: ["SMTP"], swiftSettings: strict),
        .testTarget(
            name: "MIMETests", dependencies: ["MIME"], exclude: ["Replies", "charsets.txt"], swiftSettings: strict),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
        .testTarget(name: "SpoolTests", dependencies: ["Spool", "FaultyLibc"], swiftSettings: strict),
        .testTarget(name: "ToolTests", dependencies: ["Tool"], swiftSettings: strict),
        .testTarget(
            name: "SmtpAcceptTests", dependencies: ["smtp-accept", "SMTP", "Spool", "Tool", "FaultyLibc"],
            exclude: ["behaviour.py", "exim.py", "fetch-exim", "harness.py", "postfix.py"], swiftSettings: strict),
        .testTarget(
            name: "Mime2jsonTests", dependencies: ["mime2json", "MIME", "JSON", "Spool", "Tool"],
            exclude: ["Golden", "Profiles", "validate.py"],
            swiftSettings: strict),
        .testTarget(
            name: "JsonPostTests", dependencies: ["json-post", "JSON", "Spool", "Tool"], exclude: ["receiver.py"],
            swiftSettings: strict),
    ]
)
