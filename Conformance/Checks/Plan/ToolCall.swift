// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// A planned call of a backend's tool, taken apart into options.
struct ToolCall {
    /// An option as it stands on the command line.
    struct Option: Hashable {
        var name: String
        /// Nil for a flag without a value, or an option that nobody here knows.
        var value: String?
    }

    let name: String
    let argv: [String]

    init(_ command: PlannedCommand) { (name, argv) = (command.name, command.argv) }

    /// The program without its directory.
    var program: String { argv.first?.split(separator: "/").last.map(String.init) ?? "" }
    var isSmolvm: Bool { program == "smolvm" }

    /// What the tool itself reads: the guest's own command stands behind "--".
    private var own: ArraySlice<String> { argv.dropFirst().prefix { $0 != "--" } }

    /// The options, and what stands between them, in order.
    ///
    /// - Parameter valued: Options whose value is the next argument, when it does not stand behind "=".
    func parsed(valued: Set<String>) -> (options: [Option], words: [String]) {
        var options: [Option] = []
        var words: [String] = []
        var rest = own
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                words.append(argument)
                continue
            }
            if argument.hasPrefix("--"), let sign = argument.firstIndex(of: "=") {
                let value = String(argument[argument.index(after: sign)...])
                options.append(Option(name: String(argument[..<sign]), value: value))
            } else {
                options.append(Option(name: argument, value: valued.contains(argument) ? rest.popFirst() : nil))
            }
        }
        return (options, words)
    }

    /// Options of smolvm with a value that a plan may use.
    static let smolvmValued: Set<String> = [
        "--name", "--from", "--image", "--label", "--allow-cidr", "--dns", "--allow-host-pattern", "-e", "--env",
        "--state-dir", "--error-format",
    ]

    /// The values of an option of smolvm, in order.
    func smolvmValues(of option: String) -> [String] {
        parsed(valued: Self.smolvmValued).options.filter { $0.name == option }.map { $0.value ?? "<nothing>" }
    }

    /// Whether it makes the machine or the container of a guest.
    var creates: Bool {
        let words = isSmolvm ? parsed(valued: Self.smolvmValued).words : Array(argv.dropFirst())
        switch program {
        case "smolvm": return words.prefix(2) == ["machine", "create"] || words.prefix(2) == ["machine", "run"]
        case "docker", "podman":
            let first = words.first { !$0.hasPrefix("-") && $0 != "container" }
            return first == "create" || first == "run"
        default: return false
        }
    }

    /// The calls of a plan that make the guest.
    static func creating(_ commands: [PlannedCommand]) -> [ToolCall] { commands.map(ToolCall.init).filter(\.creates) }
}
