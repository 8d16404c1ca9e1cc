// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// What an engine's command line program says when it fails, as one of the few things there is something to do about.
///
/// The programs report through their exit code only that something failed: the closed table below is read from what
/// they say, and whatever is not in it stays a plain failure with the engine's own words.
enum EngineFailure: String, Sendable, Hashable, CaseIterable {
    case noEngine, noPermission, tooOld, noImage, subnetTaken, nameTaken, noSpace, gone, notFound, leaving, busy, other

    /// Lower-case pieces of messages, in the order in which they are looked for: the most telling first.
    private static let table: [(piece: String, failure: EngineFailure)] = [
        ("permission denied while trying to connect", .noPermission),
        ("dial unix", .noEngine), ("cannot connect to the docker daemon", .noEngine),
        ("is the docker daemon running", .noEngine), ("unable to connect to podman", .noEngine),
        ("failed to connect to the docker api", .noEngine), ("unable to resolve docker endpoint", .noEngine),
        ("context not found", .noEngine), ("context \"", .noEngine),
        ("no space left on device", .noSpace), ("disk quota exceeded", .noSpace),
        ("client version", .tooOld), ("requires api version", .tooOld), ("client is newer than server", .tooOld),
        ("pool overlaps with other one", .subnetTaken), ("subnet is already used", .subnetTaken),
        ("is already used on the host or by another config", .subnetTaken), ("conflicts with network", .subnetTaken),
        ("cannot create network", .subnetTaken),
        ("is already in progress", .leaving),
        ("network is being used", .busy), ("has active endpoints", .busy), ("has dependent containers", .busy),
        ("is already in use by", .nameTaken), ("already exists", .nameTaken), ("name already in use", .nameTaken),
        ("no such image", .noImage), ("unable to find image", .noImage), ("pull access denied", .noImage),
        ("manifest unknown", .noImage), ("image not known", .noImage), ("error pulling image", .noImage),
        ("no such container", .notFound), ("no such network", .notFound), ("no such volume", .notFound),
        ("no container with name", .notFound),
        ("network not found", .notFound), ("not found", .notFound), ("no such object", .notFound),
        ("unexpected eof", .gone), ("connection reset by peer", .gone), ("broken pipe", .gone),
        ("error during connect", .gone), ("use of closed network connection", .gone), ("eof", .gone),
    ]

    /// The failure that a program's standard error tells of.
    static func of(_ said: String) -> EngineFailure {
        let text = said.lowercased()
        if text.contains("dial unix"), text.contains("permission denied") { return .noPermission }
        return table.first { text.contains($0.piece) }?.failure ?? .other
    }

    /// Whether every line that a removal complained with says that the thing is gone, or is just being removed.
    static func isOnlyAbsence(_ said: String) -> Bool {
        // Newer programs add this line of their own, which says nothing.
        said.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("exit status ") }
            .allSatisfy { [.notFound, .leaving].contains(of(String($0))) }
    }

    /// Whether what a removal complained of may be over in a moment: something still hangs on the thing, or the engine says
    /// what is not in the table.
    static func mayPass(_ said: String) -> Bool {
        said.split(whereSeparator: \.isNewline).contains { [.busy, .other].contains(of(String($0))) }
    }

    /// The failure as one sentence: what was tried, what stands against it, what to do.
    ///
    /// - Parameters:
    ///   - action: Completes "The engine could not".
    ///   - said: What the program wrote on its standard error.
    func error(_ action: String, engine: String, said: String) -> BottleError {
        let words = Quoted(Self.lastLine(said), limit: 300)
        return switch self {
        case .noEngine:
            BottleError(
                .prerequisite,
                "No container engine answers \(engine): start one, or set DOCKER_HOST to one that runs. It said \(words)."
            )
        case .noPermission:
            BottleError(
                .prerequisite,
                "This user may not use the container engine: join the group of its socket, or set DOCKER_HOST to an engine of yours. \(engine) said \(words)."
            )
        case .tooOld:
            BottleError(
                .prerequisite,
                "The container engine is too old for \(engine): use Docker 20.10 or newer. It said \(words).")
        case .noImage:
            BottleError(
                .prerequisite,
                "The engine could not \(action), because an image is missing: pull or build it, or unset CLAUDE_BOTTLE_IMAGE. It said \(words)."
            )
        case .subnetTaken:
            BottleError(
                .launch,
                "The engine could not \(action), because another network uses that address range: choose another slug, or remove that network. It said \(words)."
            )
        case .nameTaken:
            BottleError(
                .launch,
                "The engine could not \(action), because something that is not ours has that name: rename or remove it, or choose another slug. It said \(words)."
            )
        case .noSpace:
            BottleError(
                .io,
                "The engine could not \(action), because its disk is full: make room in its data root. It said \(words)."
            )
        case .gone:
            BottleError(
                .transport,
                "The container engine broke off while it was to \(action): see whether it still runs. \(engine) said \(words)."
            )
        case .notFound: BottleError(.notFound, "The engine could not \(action): it said \(words).")
        case .leaving:
            BottleError(.launch, "The engine could not \(action): somebody else removes it at this moment. Try again.")
        case .busy:
            BottleError(
                .launch, "The engine could not \(action), because something still hangs on it: it said \(words).")
        case .other: BottleError(.launch, "The engine could not \(action): it said \(words).")
        }
    }

    private static func lastLine(_ said: String) -> String {
        let lines = said.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("See 'docker") }
        // The line that names the error, not the advice below it.
        let telling = lines.last { line in
            ["error", "cannot", "denied", "daemon"].contains { line.lowercased().contains($0) }
        }
        return String(telling ?? lines.last ?? "nothing")
    }
}
