// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// Runs commands in containers, with variables that never stand on a command line where that can be helped.
struct ContainerExec: Sendable {
    /// Bytes that are kept of each stream.
    static let outputLimit = 8 << 20

    let engine: EngineClient

    /// Names that mean something to an engine's program itself: they travel on its command line.
    private static let reserved: Set<String> = ["HOME", "PATH", "USER", "TMPDIR"]

    func isReserved(_ name: String) -> Bool {
        let upper = name.uppercased()
        return Self.reserved.contains(upper) || engine.environment[name] != nil
            || ["DOCKER_", "GO", "SSL_", "XDG_", "LD_", "CONTAINER"].contains { upper.hasPrefix($0) }
            || upper.hasSuffix("_PROXY")
    }

    /// Runs a command in a container.
    ///
    /// - Parameters:
    ///   - root: Whether it is the container's root who runs it, or the agent.
    ///   - allowsVsock: Whether the command may use AF_VSOCK, as only an open twin or a fault has it.
    ///   - added: Variables beside the container's own.
    func run(
        _ request: ExecRequest, in container: String, directory: String, root: Bool, variables added: [String: String],
        allowsVsock: Bool = false
    ) async throws -> ExecResult {
        // Checks the names and values.
        _ = try ExecEnvironment.lines(added)
        var inherited: [String: String] = [:]
        var arguments: [String] = []
        for (name, value) in added.sorted(by: { $0.key < $1.key }) {
            if isReserved(name) {
                arguments.append("\(name)=\(value)")
            } else {
                inherited[name] = value
                arguments.append(name)
            }
        }
        let deadline = Duration.milliseconds(request.deadlineMilliseconds)
        let command = DockerCommands.exec(
            container, root: root, directory: directory, variables: arguments,
            interactive: !request.stdin.isEmpty, terminal: request.tty, allowsVsock: allowsVsock,
            milliseconds: request.deadlineMilliseconds,
            request.argv)
        if request.tty { return try await runOnTerminal(request, command, inherited) }
        // The helper inside keeps the deadline; outside there is some time more for it to say so.
        let output = try await engine.run(
            command, stdin: request.stdin, variables: inherited, deadline: deadline + .seconds(10),
            limit: 3 * Self.outputLimit)
        let program = request.argv[0]
        let frames = try SupervisedOutput(output.stdout, limit: Self.outputLimit)
        if output.code != 0 {
            throw engine.error("run \(Quoted(program)) in \(container)", output)
        }
        return try frames.result(of: program, cut: output.isTruncated)
    }

    /// On a terminal the engine's program ends as the command did, as a shell would tell it.
    private func runOnTerminal(
        _ request: ExecRequest, _ command: [String], _ variables: [String: String]
    ) async throws -> ExecResult {
        let deadline = Duration.milliseconds(request.deadlineMilliseconds)
        let began = ContinuousClock.now
        let output = try await engine.run(
            command, stdin: request.stdin, variables: variables, deadline: deadline + .seconds(10),
            limit: Self.outputLimit, terminal: true)
        let said = String(decoding: output.stdout.suffix(1000), as: UTF8.self)
        if output.code != 0, [.gone, .noEngine, .notFound].contains(EngineFailure.of(said)), said.contains("daemon") {
            throw engine.error("run \(Quoted(request.argv[0])) on a terminal", output)
        }
        let ending: ExecResult.Ending =
            switch output.code {
            case 137 where ContinuousClock.now - began >= deadline: .timedOut
            case 129...192: .signalled(output.code - 128)
            default: .exited(output.code)
            }
        return ExecResult(ending: ending, stdout: output.stdout, stderr: [], truncated: output.isTruncated)
    }
}
