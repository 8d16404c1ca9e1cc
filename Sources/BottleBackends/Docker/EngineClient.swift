// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Calls a container engine through its command line program, which knows contexts, remote hosts and their keys; where the
/// engine turns out to be Docker on a local socket, many calls go there without the program.
package final class EngineClient: Sendable {
    /// One call that was made: what for, and how long it took.
    package struct Call: Sendable, Hashable {
        package var verb: String
        package var milliseconds: Double
    }

    /// What a call brought back.
    struct Output: Sendable {
        var code: Int32
        var stdout: [UInt8]
        var stderr: [UInt8]
        var isTruncated: Bool
        var text: String { String(decoding: stdout, as: UTF8.self) }
        /// Standard output without the space around it.
        var word: String {
            String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
        }
    }

    /// The variables of the caller that an engine's program gets; tokens are not among them.
    private static let passed = [
        "PATH", "HOME", "USER", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY",
        "DOCKER_CERT_PATH", "DOCKER_TLS", "DOCKER_API_VERSION", "CONTAINER_HOST", "CONTAINERS_CONF",
        "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "TMPDIR",
    ]
    /// Longer than any call but a build takes on a loaded machine.
    static let patience = Duration.seconds(60)

    /// How the engine is called in messages: `docker`, `podman` or a path.
    package let name: String
    /// The absolute path of the engine's program.
    package let executable: String
    /// All that the engine's program gets of the caller's environment.
    package let environment: [String: String]
    /// Where the engine listens, as far as the caller's environment says; else where engines usually do.
    var socketPath: String {
        EngineEndpoint.path(host: environment["DOCKER_HOST"], context: "default") ?? EngineEndpoint.usual
    }
    private let leash: String
    private let log = Mutex<[Call]>([])
    /// Whose engine it is, once the preflight has asked.
    private let make = Mutex(EngineVersion.Make.docker)
    /// Makes calls without the program, where that can be done.
    private let direct = Mutex<EngineAPI?>(nil)
    /// What the images of bottles trust; it is asked for at every launch.
    let imageCertificates = ImageCertificates()

    /// - Parameters:
    ///   - engine: `docker`, `podman`, or the path of a program that takes the same arguments.
    ///   - environment: The caller's own; only what an engine's program needs is passed on.
    /// - Throws: `.prerequisite` when there is no such program.
    package init(engine: String = "docker", environment: [String: String]) throws(BottleError) {
        name = engine
        let kept = environment.filter { Self.passed.contains($0.key) }
        self.environment = kept
        executable = try Self.find(engine, path: environment["PATH"] ?? ExecEnvironment.path)
        leash = try HelperExecutable.path("bottle-launcher")
    }

    private static func find(_ engine: String, path: String) throws(BottleError) -> String {
        let candidates =
            engine.contains("/")
            ? [engine.hasPrefix("/") ? engine : FileManager.default.currentDirectoryPath + "/" + engine]
            : path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(engine)" }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw BottleError(
                .prerequisite,
                "There is no program \(Quoted(engine)) to call a container engine with: install it (Debian: docker.io), or name another with --engine."
            )
        }
        return found
    }

    /// Learns who the engine is.
    ///
    /// A program that was named with `--engine` is asked for everything: it may be one that does more than Docker's.
    func meet(_ version: EngineVersion) {
        make.withLock { $0 = version.make }
        guard version.make == .docker, name == "docker", let api = version.api,
            let path = EngineEndpoint.path(host: environment["DOCKER_HOST"], context: version.context)
        else { return }
        direct.withLock { $0 = EngineAPI(path: path, version: api) }
    }

    /// The calls so far, in the order in which they ended.
    package var calls: [Call] { log.withLock { $0 } }

    private func request(_ arguments: [String], _ more: [String: String]) throws(BottleError) -> SandboxCommand {
        SandboxCommand(
            argv: [executable] + arguments,
            environment: try ExecEnvironment.lines(environment.merging(more) { own, _ in own }))
    }

    /// Makes a call and returns whatever came of it.
    ///
    /// - Parameters:
    ///   - variables: More variables, for arguments that name one; the engine's own cannot be replaced.
    ///   - terminal: Whether the program runs on a terminal; both its streams then come as one.
    /// - Throws: `.timeout`, and what the operating system refuses.
    func run(
        _ arguments: [String], stdin: [UInt8] = [], variables: [String: String] = [:],
        deadline: Duration = EngineClient.patience, limit: Int = 8 << 20, terminal: Bool = false
    ) async throws -> Output {
        let began = ContinuousClock.now
        if !terminal, let api = direct.withLock({ $0 }),
            let call = DirectCall(arguments, stdin: stdin, variables: variables)
        {
            let output = try await api.perform(call, stdin: stdin, deadline: deadline, limit: limit)
            note(arguments, since: began)
            return output
        }
        #if os(Linux)
            let command = try request(arguments, variables)
            let leash = leash
            let output = try await ProcessIO.run(
                argv: command.argv, environment: command.environment, terminal: terminal, stdin: stdin,
                deadline: deadline, limit: limit
            ) { try await LocalProcess.spawn($0, leash: leash) }
            note(arguments, since: began)
            switch output.ending {
            case .exited(let code):
                return Output(
                    code: code, stdout: output.stdout, stderr: output.stderr, isTruncated: output.truncated)
            case .signalled(let number):
                throw BottleError(
                    .transport, "\(name) was killed by signal \(number) while it was to \(Self.verb(arguments)).")
            case .timedOut:
                throw BottleError(
                    .timeout,
                    "\(name) did not answer within \(deadline) when it was to \(Self.verb(arguments)): see whether the engine still runs."
                )
            }
        #else
            throw BottleError(.unsupported, "Bottles in containers are launched from Linux only.")
        #endif
    }

    private func note(_ arguments: [String], since began: ContinuousClock.Instant) {
        let call = Call(verb: Self.verb(arguments), milliseconds: (ContinuousClock.now - began) / .milliseconds(1))
        log.withLock { $0.append(call) }
    }

    /// Makes a call that has to succeed.
    ///
    /// - Parameter action: Completes "The engine could not".
    @discardableResult
    func call(
        _ action: String, _ arguments: [String], stdin: [UInt8] = [], variables: [String: String] = [:],
        deadline: Duration = EngineClient.patience
    ) async throws -> Output {
        let output = try await run(arguments, stdin: stdin, variables: variables, deadline: deadline)
        guard output.code != 0 else { return output }
        throw error(action, output)
    }

    /// Removes several things; what is not there any more is no failure.
    ///
    /// - Parameter names: In the order in which they may go.
    /// - Returns: The output of the first call that failed; nil when all are gone.
    func remove(_ verb: [String], _ names: [String]) async throws -> Output? {
        // Podman stops at the first that is missing, says that all went well, and takes none that another needs.
        let calls = make.withLock { $0 } == .podman ? names.map { [$0] } : [names]
        var failed: Output?
        for names in calls {
            let output = try await insist(verb + names)
            let isGone = output.code == 0 || EngineFailure.isOnlyAbsence(String(decoding: output.stderr, as: UTF8.self))
            if !isGone, failed == nil { failed = output }
        }
        return failed
    }

    /// A failed call as an error.
    func error(_ action: String, _ output: Output) -> BottleError {
        let said = String(decoding: output.stderr, as: UTF8.self)
        return EngineFailure.of(said).error(action, engine: name, said: said)
    }

    /// Starts a call that goes on, and hands out the lines it prints.
    ///
    /// - Parameters:
    ///   - action: Completes "The engine could not".
    ///   - line: Must not block.
    /// - Returns: The program, or what stands for it: it ends with what it is attached to.
    /// - Throws: What the engine says against it, where the call is made without the program; which else says it in lines.
    func follow(
        _ action: String, _ arguments: [String], stdin: [UInt8], line: @escaping @Sendable ([UInt8]) -> Void,
        end: @escaping @Sendable (String) -> Void
    ) async throws -> any SpawnedProcess {
        #if os(Linux)
            if let api = direct.withLock({ $0 }), let call = DirectFollow(arguments, stdin: stdin) {
                let began = ContinuousClock.now
                let (follower, refusal) = try await api.follow(
                    call, stdin: stdin, deadline: Self.patience, line: line, end: end)
                note(arguments, since: began)
                guard let follower else { throw error(action, refusal) }
                return follower
            }
            var command = try request(arguments, [:])
            command.stdin = stdin
            let leash = leash
            log.withLock { $0.append(Call(verb: Self.verb(arguments), milliseconds: 0)) }
            return try await command.follow(line: line, end: end) { try await LocalProcess.spawn($0, leash: leash) }
        #else
            throw BottleError(.unsupported, "Bottles in containers are launched from Linux only.")
        #endif
    }

    /// What a call does, without what it does it to: `network create`.
    static func verb(_ arguments: [String]) -> String {
        let groups: Set<String> = ["network", "container", "image", "volume"]
        guard let first = arguments.first else { return "" }
        guard groups.contains(first), arguments.count > 1 else { return first }
        return "\(first) \(arguments[1])"
    }
}
