// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleSystem
import ConformanceEngine
import FoundationEssentials

/// The shell script that does with as few engine calls as possible what the five seed checks need.
struct FloorScript: Sendable {
    /// Where it stands in a checkout.
    static let place = "Fixtures/bench/docker-floor.sh"
    /// The longest it may take; an engine that needs longer for three bottles has another problem.
    private static let patience = Duration.seconds(60)
    /// The bottles it makes, as `SuiteBottle` has them.
    private static let roles = Session.allCases

    let path: String
    /// The first 12 digits of its SHA-256: figures are comparable only of one script.
    let digest: String

    /// - Parameter path: Of the script; relative to the working directory.
    /// - Throws: `.input` when it is not there.
    init(path: String) throws(BottleError) {
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        guard let bytes = FileManager.default.contents(atPath: absolute) else {
            throw BottleError(
                .input,
                "there is no script \(path): run this in a checkout, or say with --floor where it stands")
        }
        self.path = absolute
        digest = String(SHA256.hex(Array(bytes)).prefix(12))
    }

    /// What one run of the script says.
    struct Answer: Sendable, Hashable {
        var bottles: Int
        var calls: Int
        var milliseconds: Double

        /// Reads `floor BOTTLES bottles CALLS calls MILLISECONDS ms`.
        init?(_ text: String) {
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 7, words[0] == "floor", words[2] == "bottles", words[4] == "calls", words[6] == "ms",
                let bottles = Int(words[1]), let calls = Int(words[3]), let milliseconds = Double(words[5]),
                bottles > 0, calls > 0, milliseconds > 0
            else { return nil }
            (self.bottles, self.calls, self.milliseconds) = (bottles, calls, milliseconds)
        }
    }

    /// Runs it to its end on the engine of a stage, and removes what it leaves if it fails.
    ///
    /// - Throws: `.launch` with its last words when it fails, `.timeout`.
    func run(on containers: SuiteStage.Containers, stateRoot: String) async throws -> Answer {
        #if os(Linux)
            let leash = try HelperExecutable.path("bottle-launcher")
            let helpers = String(leash.dropLast("/bottle-launcher".count))
            let engine = containers.engine
            return try await BareBottles.with(Self.roles.count, engine: engine, stateRoot: stateRoot) { made in
                let arguments = zip(Self.roles, made.bottles).map { role, bottle in
                    "\(role.rawValue)=\(bottle.slug)=\(bottle.addresses.bundle.dropLast(".2".count))"
                }
                let variables = engine.environment.merging([
                    "BOTTLE_ENGINE": engine.executable, "BOTTLE_TOOLS_IMAGE": containers.images.tools,
                    "BOTTLE_GUEST_IMAGE": containers.images.guest, "BOTTLE_FLOOR_OWNER": made.owner,
                    "TMPDIR": made.directory, "LC_ALL": "C",
                ]) { $1 }
                let output = try await ProcessIO.run(
                    argv: ["/usr/bin/env", "bash", path, helpers] + arguments,
                    environment: variables.map { "\($0.key)=\($0.value)" }.sorted(), deadline: Self.patience
                ) { try await LocalProcess.spawn($0, leash: leash) }
                switch output.ending {
                case .exited(0): break
                case .timedOut:
                    throw BottleError(.timeout, "the floor \(path) did not end within \(Self.patience)")
                default:
                    let lines = String(decoding: output.stderr, as: UTF8.self).split(whereSeparator: \.isNewline)
                    // The first sentence of its own is the reason: what goes on beside fails when that takes all down.
                    let reason = lines.first { $0.hasPrefix("docker-floor.sh: ") } ?? lines.last ?? "nothing"
                    throw BottleError(
                        .launch, "the floor \(path) failed; it said \(Quoted(String(reason), limit: 300))")
                }
                let text = String(decoding: output.stdout, as: UTF8.self)
                guard let answer = Answer(text) else {
                    throw BottleError(
                        .transport, "the floor \(path) did not say what it took: \(Quoted(text))")
                }
                return answer
            }
        #else
            throw BottleError(.unsupported, "bottles in containers are launched from Linux only")
        #endif
    }
}
