// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleRender
import BottleSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Calls the `smolvm` program.
package final class SmolvmClient: Sendable {
    /// What a call came to.
    struct Output: Sendable {
        var code: Int32
        var stdout: [UInt8]
        var stderr: [UInt8]
        var isTruncated: Bool
        var text: String { String(decoding: stdout, as: UTF8.self) }
    }

    /// One call that was made: what for, for example `machine start`, and how long it took.
    package struct Call: Sendable, Hashable {
        package var verb: String
        package var milliseconds: Double
    }

    /// Longer than any call but a conversion takes on a loaded machine, or an emulated one.
    static let patience = Duration.seconds(90)
    /// Sets what the monitor of a machine, which runs as a user of its own, has to be able to read: with a stricter one
    /// smolvm starts no machine.
    private static let wrapper = ["/bin/sh", "-c", "umask 022; exec \"$@\"", "smolvm"]

    /// The absolute path of the program.
    package let executable: String
    /// All that it gets of the caller's environment.
    private let environment: [String: String]
    private let leash: String
    private let log = Mutex<[Call]>([])

    /// - Parameter environment: The caller's own; none of its SMOLVM_ variables is passed on.
    /// - Throws: `.prerequisite` when there is no such program.
    package init(environment: [String: String]) throws(BottleError) {
        let path = environment["PATH"] ?? ExecEnvironment.path
        let candidates = path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/smolvm" }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw BottleError(
                .prerequisite,
                "There is no program smolvm in PATH: install it with `pip install smolmachines`, or give --lab always.")
        }
        executable = found
        let passed: Set<String> = ["PATH", "HOME", "USER", "TMPDIR", "LANG"]
        self.environment = SmolvmCommands.environment(environment.filter { passed.contains($0.key) })
        leash = try HelperExecutable.path("bottle-launcher")
    }

    /// The calls so far, in the order in which they ended.
    package var calls: [Call] { log.withLock { $0 } }

    /// The words of a call that say what it does: those after the program and its options, which have a value each.
    static func verb(_ argv: [String]) -> String {
        var words = argv.dropFirst()
        while words.count > 2, words.first?.hasPrefix("--") == true { words = words.dropFirst(2) }
        return words.prefix(2).joined(separator: " ")
    }

    /// The calls of this program with one state directory.
    func commands(_ stateDirectory: String?) throws(BottleError) -> SmolvmCommands {
        try SmolvmCommands(program: executable, stateDirectory: stateDirectory)
    }

    /// Makes a call and returns whatever came of it.
    ///
    /// - Parameters:
    ///   - argv: As `SmolvmCommands` makes it.
    /// - Throws: `.timeout`, and what the operating system refuses.
    func run(
        _ argv: [String], stdin: [UInt8] = [], deadline: Duration = SmolvmClient.patience, limit: Int = 8 << 20
    ) async throws -> Output {
        #if os(Linux)
            let leash = leash
            let began = ContinuousClock.now
            defer {
                let call = Call(verb: Self.verb(argv), milliseconds: (ContinuousClock.now - began) / .milliseconds(1))
                log.withLock { $0.append(call) }
            }
            let output = try await ProcessIO.run(
                argv: Self.wrapper + argv, environment: try ExecEnvironment.lines(environment), stdin: stdin,
                deadline: deadline, limit: limit
            ) { try await LocalProcess.spawn($0, leash: leash) }
            switch output.ending {
            case .exited(let code):
                return Output(
                    code: code, stdout: output.stdout, stderr: output.stderr, isTruncated: output.truncated)
            case .signalled(let number):
                return Output(
                    code: 128 + number, stdout: output.stdout, stderr: output.stderr, isTruncated: output.truncated)
            case .timedOut:
                throw BottleError(.timeout, "smolvm did not end within \(deadline).")
            }
        #else
            throw BottleError(.unsupported, "microVMs are launched from Linux only.")
        #endif
    }

    /// Makes a call that has to succeed.
    ///
    /// - Parameter action: Completes "smolvm could not".
    @discardableResult
    func call(
        _ action: String, _ argv: [String], stdin: [UInt8] = [], deadline: Duration = SmolvmClient.patience
    ) async throws -> Output {
        let output = try await run(argv, stdin: stdin, deadline: deadline)
        guard output.code != 0 else { return output }
        throw SmolvmFailure(output.stderr).error(action)
    }
}

extension SmolvmClient {
    /// How often a machine is booted before that is a failure of smolvm's, and no more of an emulated processor's.
    static let attempts = 3

    /// Makes a call that boots a machine, again when that ended by itself before its agent answered: on an emulated
    /// processor that happens to one in some tens.
    ///
    /// - Parameter attempts: How often at most.
    /// - Returns: How many attempts it took.
    @discardableResult
    func boot(
        _ action: String, _ argv: [String], deadline: Duration = SmolvmClient.patience,
        attempts: Int = SmolvmClient.attempts
    ) async throws -> Int {
        for attempt in 1..<attempts {
            let output = try await run(argv, deadline: deadline)
            guard output.code != 0 else { return attempt }
            let failure = SmolvmFailure(output.stderr)
            guard failure.isEarlyEnd else { throw failure.error(action) }
        }
        try await call("\(action) in \(attempts) attempts", argv, deadline: deadline)
        return attempts
    }
}

/// What smolvm says of a call that failed: one line of JSON among its warnings.
struct SmolvmFailure: Sendable, Hashable {
    private struct Line: Decodable {
        struct Failure: Decodable {
            var code: String
            var message: String
        }
        var error: Failure
    }

    /// For example `NOT_FOUND`; nil where it said something else than JSON.
    let code: String?
    let message: String

    init(_ stderr: [UInt8]) {
        let lines = String(decoding: stderr, as: UTF8.self).split(whereSeparator: \.isNewline)
        for line in lines.reversed() {
            guard let start = line.firstRange(of: "{\"error\""),
                let found = try? JSONDecoder().decode(Line.self, from: Data(line[start.lowerBound...].utf8))
            else { continue }
            (code, message) = (found.error.code, found.error.message)
            return
        }
        code = nil
        message = lines.last.map(String.init) ?? ""
    }

    /// The machine's own process ended while it booted.
    var isEarlyEnd: Bool {
        ["before the agent was ready", "connection closed", "monitor agent: "].contains { message.contains($0) }
    }
    /// The machine's own process has ended since it booted, or did so while it was talked to.
    var isEnd: Bool {
        ["is not running", "Broken pipe", "connection closed", "Connection reset"].contains { message.contains($0) }
    }
    var isAbsence: Bool { code == "NOT_FOUND" || message.hasSuffix(" not found") }

    /// - Parameter action: Completes "smolvm could not".
    func error(_ action: String) -> BottleError {
        let said = message.isEmpty ? "it said nothing" : "it said \(Quoted(message, limit: 400))"
        return BottleError(isAbsence ? .notFound : .launch, "smolvm could not \(action): \(said).")
    }
}
