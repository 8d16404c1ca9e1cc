// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A call of an engine's program that stays attached to a container, and that the harness can make by itself.
enum DirectFollow: Sendable, Hashable {
    /// `start --attach [--interactive] NAME`
    case start(String, isInteractive: Bool)
    /// `run [OPTION]... IMAGE [ARGUMENT]...`
    case run(DirectCall.Container)

    /// - Parameter arguments: Of the engine's program.
    /// - Returns: nil for whatever the program itself has to do.
    init?(_ arguments: [String], stdin: [UInt8]) {
        var words = DirectCall.Words(arguments)
        switch words.next() {
        case "start":
            guard words.take("--attach") else { return nil }
            let isInteractive = words.take("--interactive")
            guard let name = words.name(), words.isEmpty, isInteractive || stdin.isEmpty else { return nil }
            self = .start(name, isInteractive: isInteractive)
        case "run":
            // Standard input is the container's here, and never a file of variables.
            guard let container = DirectCall.container(&words, stdin: [], [:]), container.environment.isEmpty,
                container.isInteractive || stdin.isEmpty
            else { return nil }
            self = .run(container)
        default: return nil
        }
    }
}
