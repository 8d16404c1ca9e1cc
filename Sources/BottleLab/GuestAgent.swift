// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// The agent in the lab, which runs programs there: the lab has no network to the outside.
package struct GuestAgent: Sendable {
    /// What a program in the lab came to.
    package struct Output: Sendable {
        /// The exit code, or 128 and the signal that ended it.
        package var status: Int32
        package var stdout: [UInt8]
        package var stderr: [UInt8]
        package var text: String { String(decoding: stdout, as: UTF8.self) }
    }

    private struct Identifier: Encodable { var id: Int }
    private struct Exec: Encodable {
        var path: String
        var arg: [String]
        var env: [String]
        var input: String?
        var captures = true
        private enum CodingKeys: String, CodingKey {
            case path, arg, env
            case input = "input-data"
            case captures = "capture-output"
        }
    }
    private struct Started: Decodable { var pid: Int }
    private struct Status: Codable { var pid: Int }
    private struct State: Decodable {
        var exited: Bool
        var code: Int32?
        var signal: Int32?
        var stdout: String?
        var stderr: String?
        var isCut: Bool?
        private enum CodingKeys: String, CodingKey {
            case exited, signal
            case code = "exitcode"
            case stdout = "out-data"
            case stderr = "err-data"
            case isCut = "out-truncated"
        }
    }
    private struct Time: Encodable { var time: Int }

    let socket: LineSocket

    /// How long the agent may take for an answer.
    static let patience = ContinuousClock.Duration.seconds(30)

    /// Connects, and returns when the agent answers.
    init(_ path: String, until end: ContinuousClock.Instant, isAlive: @escaping @Sendable () -> Bool) async throws {
        socket = try await Offload.run {
            try LineSocket.connect("agent of the lab", path, until: end, isAlive: isAlive)
        }
        try await sync(until: end, isAlive)
    }

    /// What was said before the agent listened may have been lost: asks until an answer comes that is to this question.
    private func sync(until end: ContinuousClock.Instant, _ isAlive: @escaping @Sendable () -> Bool) async throws {
        let socket = socket
        try await Offload.run {
            while true {
                guard isAlive() else { throw BottleError(.transport, "The lab ended while it came up.") }
                guard ContinuousClock.now < end else { throw BottleError(.timeout, "The lab did not come up in time.") }
                let number = Int.random(in: 1...Int(Int32.max))
                let command = LabCommand(execute: "guest-sync-delimited", arguments: Identifier(id: number))
                // A byte that ends whatever the agent may be in the middle of.
                try socket.send([0xff] + Array(JSONEncoder().encode(command)))
                let patience = min(end, ContinuousClock.now + .milliseconds(500))
                do {
                    while true {
                        let line = try socket.receive(until: patience)
                        if String(decoding: line, as: UTF8.self).contains("\"return\": \(number)}") { return }
                    }
                } catch let error as BottleError where error.code == .timeout {}
            }
        }
    }

    /// Runs a program and returns when it has ended.
    ///
    /// - Parameters:
    ///   - argv: The absolute path of the program first.
    ///   - variables: All that the program has in its environment beside PATH.
    /// - Throws: `.timeout` when it has not ended by then; it is killed. `.launch` when it cannot be started.
    package func run(
        _ argv: [String], variables: [String: String] = [:], stdin: [UInt8] = [], until end: ContinuousClock.Instant
    ) async throws -> Output {
        let path = "PATH=\(LabTools.labPath)"
        let exec = Exec(
            path: argv[0], arg: Array(argv.dropFirst()),
            env: [path] + variables.map { "\($0.key)=\($0.value)" }.sorted(),
            input: stdin.isEmpty ? nil : Data(stdin).base64EncodedString())
        let started: Started = try await socket.call("guest-exec", exec, until: .now + Self.patience)
        var pause = Duration.milliseconds(5)
        while true {
            let state: State = try await socket.call(
                "guest-exec-status", Status(pid: started.pid), until: .now + Self.patience)
            if state.exited {
                guard state.isCut != true else {
                    throw BottleError(.transport, "A program in the lab said more than its agent carries.")
                }
                return Output(
                    status: state.code ?? 128 + (state.signal ?? 0), stdout: Self.bytes(state.stdout),
                    stderr: Self.bytes(state.stderr))
            }
            guard ContinuousClock.now < end, !Task.isCancelled else {
                await kill(started.pid)
                try Task.checkCancellation()
                throw BottleError(.timeout, "\(argv[0]) did not end in the lab in time.")
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(400))
        }
    }

    /// Starts a program that writes nowhere but to files of its own.
    ///
    /// - Returns: Its process's number there.
    func start(_ argv: [String], variables: [String: String]) async throws -> Int {
        let exec = Exec(
            path: argv[0], arg: Array(argv.dropFirst()),
            env: ["PATH=\(LabTools.labPath)"] + variables.map { "\($0.key)=\($0.value)" }.sorted(), input: nil,
            captures: false)
        let started: Started = try await socket.call("guest-exec", exec, until: .now + Self.patience)
        return started.pid
    }

    /// The exit code of a started program, or 128 and the signal that ended it; nil while it runs. Asked for once after
    /// its end.
    func status(of pid: Int) async throws -> Int32? {
        let state: State = try await socket.call("guest-exec-status", Status(pid: pid), until: .now + Self.patience)
        return state.exited ? state.code ?? 128 + (state.signal ?? 0) : nil
    }

    /// Sends a signal to a program that was started.
    func signal(_ pid: Int, _ number: Int32) async throws {
        let exec = Exec(path: "/bin/kill", arg: ["-\(number)", "\(pid)"], env: [], input: nil)
        let _: Started = try await socket.call("guest-exec", exec, until: .now + .seconds(5))
    }

    private func kill(_ pid: Int) async { try? await signal(pid, SIGKILL) }

    private static func bytes(_ base64: String?) -> [UInt8] {
        base64.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? []
    }

    /// Sets the lab's clock to this machine's: one that comes out of a template has stood still.
    func setClock(until end: ContinuousClock.Instant) async throws {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = Time(time: Int(now.tv_sec) * 1_000_000_000 + Int(now.tv_nsec))
        let _: Nothing = try await socket.call("guest-set-time", time, until: end)
    }
}
