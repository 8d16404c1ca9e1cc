// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleSystem
import FoundationEssentials

/// What the script for bottles with microVMs is asked for.
struct MachineFloor: Sendable {
    /// What one run of the script says.
    struct Answer: Sendable, Hashable {
        var calls: Int
        var milliseconds: Double

        /// Reads `floor CALLS calls MILLISECONDS ms`.
        init?(_ text: String) {
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 5, words[0] == "floor", words[2] == "calls", words[4] == "ms",
                let calls = Int(words[1]), let milliseconds = Double(words[3]), calls > 0, milliseconds > 0
            else { return nil }
            (self.calls, self.milliseconds) = (calls, milliseconds)
        }
    }

    /// The longest that a bottle may take on a slow machine, and a conversion.
    private static let patience = Duration.seconds(300)
    private static let conversionPatience = Duration.seconds(900)

    let script: FloorScript
    let stage: SuiteStage
    let containers: SuiteStage.Containers
    let machines: SuiteStage.Machines

    /// A whole bottle, from nothing to its first command and back to nothing.
    ///
    /// - Throws: What `FloorScript.output` throws.
    func bottle() async throws -> Answer {
        try await with { made, bottle in
            let arguments = ["bottle", try FloorScript.helpers(), bottle.slug, FloorScript.prefix(of: bottle)]
            return try await run(arguments, made, state: machines.home.directory, Self.patience)
        }
    }

    /// `machine create` and `machine start` alone.
    func machine() async throws -> Answer {
        try await with { made, bottle in
            try await run(
                ["machine", bottle.slug, FloorScript.prefix(of: bottle)], made, state: machines.home.directory,
                Self.patience)
        }
    }

    /// `docker save` and `pack create` of the agent's image, in a state directory that has nothing yet.
    func conversion() async throws -> Answer {
        try await with { made, _ in
            let home = try SmolvmHome(environment: ProcessInfo.processInfo.environment)
            defer { try? home.remove() }
            return try await run(
                ["conversion", containers.images.guest], made, state: home.directory, Self.conversionPatience)
        }
    }

    private func with(
        _ body: (BareBottles, BareBottles.Bottle) async throws -> Answer
    ) async throws -> Answer {
        try await BareBottles.with(1, engine: containers.engine, stateRoot: stage.stateRoot) { made in
            try await body(made, made.bottles[0])
        }
    }

    private func run(
        _ arguments: [String], _ made: BareBottles, state: String, _ patience: Duration
    ) async throws -> Answer {
        let text = try await script.output(
            arguments,
            variables: containers.engine.environment.merging([
                "BOTTLE_SMOLVM": machines.smolvm.executable, "BOTTLE_SMOLVM_STATE": state,
                "BOTTLE_SMOLVM_ARTEFACT": machines.artefact, "BOTTLE_ENGINE": containers.engine.executable,
                "BOTTLE_TOOLS_IMAGE": containers.images.tools, "BOTTLE_FLOOR_OWNER": made.owner,
                "TMPDIR": made.directory,
            ]) { $1 }, patience: patience)
        guard let answer = Answer(text) else { throw script.silence(text) }
        return answer
    }
}
