// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleSystem
import ConformanceEngine
import FoundationEssentials

/// A shell script that does with as few calls as possible what is measured: the five seed checks, or a bottle with a microVM.
struct FloorScript: Sendable {
    /// The longest that the one for an engine may take; an engine that needs longer for three bottles has another problem.
    private static let patience = Duration.seconds(60)
    /// The bottles it makes, as `SuiteBottle` has them.
    private static let roles = Session.allCases

    let path: String
    /// The script itself.
    let bytes: [UInt8]
    /// The first 12 digits of its SHA-256: figures are comparable only of one script.
    var digest: String { String(SHA256.hex(bytes).prefix(12)) }

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
        self.bytes = Array(bytes)
    }

    /// How they call themselves in what they say.
    private static let names = BuiltIn.allCases.compactMap { place($0) }.map { URL(filePath: $0).lastPathComponent }

    /// Where the one for a backend stands in a checkout; nil where there is none.
    static func place(_ backend: BuiltIn) -> String? {
        switch backend {
        case .docker: "Fixtures/bench/docker-floor.sh"
        case .smolmachines: "Fixtures/bench/smolvm-floor.sh"
        case .namespaces: nil
        }
    }

    /// What one run of the script for an engine says.
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
    /// - Throws: What `output` throws.
    func run(on containers: SuiteStage.Containers, stateRoot: String) async throws -> Answer {
        let helpers = try Self.helpers()
        let engine = containers.engine
        return try await BareBottles.with(Self.roles.count, engine: engine, stateRoot: stateRoot) { made in
            let arguments = zip(Self.roles, made.bottles).map { role, bottle in
                "\(role.rawValue)=\(bottle.slug)=\(Self.prefix(of: bottle))"
            }
            let text = try await output(
                [helpers] + arguments,
                variables: engine.environment.merging([
                    "BOTTLE_ENGINE": engine.executable, "BOTTLE_TOOLS_IMAGE": containers.images.tools,
                    "BOTTLE_GUEST_IMAGE": containers.images.guest, "BOTTLE_FLOOR_OWNER": made.owner,
                    "TMPDIR": made.directory,
                ]) { $1 }, patience: Self.patience)
            guard let answer = Answer(text) else { throw silence(text) }
            return answer
        }
    }

    /// The directory of bottle-launcher and bottle-probe.
    static func helpers() throws(BottleError) -> String {
        String(try HelperExecutable.path("bottle-launcher").dropLast("/bottle-launcher".count))
    }

    /// The first three numbers of the addresses of a bottle.
    static func prefix(of bottle: BareBottles.Bottle) -> String {
        String(bottle.addresses.bundle.dropLast(".2".count))
    }

    /// What a script ends with when a machine ended by itself while it booted: nothing was measured then.
    private static let endedEarly: Int32 = 75

    /// A machine ended by itself before its agent answered, as one in some tens does on an emulated processor.
    struct MachineEnded: Error {}

    /// Runs it with these arguments and variables, and returns what it prints.
    ///
    /// - Throws: `.launch` with its reason when it fails, `.timeout`, `MachineEnded`.
    func output(_ arguments: [String], variables: [String: String], patience: Duration) async throws -> String {
        #if os(Linux)
            let leash = try HelperExecutable.path("bottle-launcher")
            let variables = variables.merging(["LC_ALL": "C"]) { $1 }
            let output = try await ProcessIO.run(
                argv: ["/usr/bin/env", "bash", path] + arguments,
                environment: variables.map { "\($0.key)=\($0.value)" }.sorted(), deadline: patience
            ) { try await LocalProcess.spawn($0, leash: leash) }
            switch output.ending {
            case .exited(0): return String(decoding: output.stdout, as: UTF8.self)
            case .exited(Self.endedEarly): throw MachineEnded()
            case .timedOut:
                throw BottleError(.timeout, "the floor \(path) did not end within \(patience)")
            default:
                let lines = String(decoding: output.stderr, as: UTF8.self).split(whereSeparator: \.isNewline)
                // The first sentence of its own is the reason: what goes on beside fails when that takes all down.
                let reason =
                    lines.first { line in Self.names.contains { line.hasPrefix("\($0): ") } } ?? lines.last ?? "nothing"
                throw BottleError(
                    .launch, "the floor \(path) failed; it said \(Quoted(String(reason), limit: 300))")
            }
        #else
            throw BottleError(.unsupported, "bottles in containers are launched from Linux only")
        #endif
    }

    /// What is said of a script that ends well and prints something else than a measurement.
    func silence(_ text: String) -> BottleError {
        BottleError(.transport, "the floor \(path) did not say what it took: \(Quoted(text))")
    }
}
