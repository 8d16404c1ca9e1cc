// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem
import SystemPackage

/// One process to run in a sandbox.
struct SandboxCommand: Sendable {
    var argv: [String]
    /// `NAME=value`; nothing is inherited.
    var environment: [String]
    var workingDirectory = "/"
    /// nil is the sandbox's own.
    var uid: UInt32?
    var stdin: [UInt8] = []
    /// Whether it gets a controlling terminal; both output streams then come as one.
    var terminal = false

    /// Runs the process to its end.
    ///
    /// - Parameters:
    ///   - sandbox: nil is the world itself.
    ///   - limit: Bytes kept of each stream; more is read and dropped.
    ///   - deadline: When it has passed the process and its session are killed.
    /// - Throws: What the launcher reports when the process cannot be started, `CancellationError`.
    func run(
        in sandbox: String?, on host: any NamespaceHost, limit: Int, deadline: Duration
    ) async throws -> ExecResult {
        #if os(Linux)
            let output = try await ProcessIO.run(
                host: host, sandbox: sandbox, argv: argv, environment: environment,
                workingDirectory: workingDirectory, uid: uid, terminal: terminal, stdin: stdin, deadline: deadline,
                limit: limit)
            let ending: ExecResult.Ending =
                switch output.ending {
                case .exited(let code): .exited(code)
                case .signalled(let signal): .signalled(signal)
                case .timedOut: .timedOut
                }
            return ExecResult(
                ending: ending, stdout: output.stdout, stderr: output.stderr, truncated: output.truncated)
        #else
            throw BottleError(.unsupported, "Namespaces exist on Linux only.")
        #endif
    }

    /// Starts the process and hands out the lines of both its output streams for as long as it lives; returns once it
    /// runs.
    ///
    /// - Parameters:
    ///   - line: Called with each line, without its end; a line of more than 64 KiB is cut.
    ///   - end: Called once, last, with how the process ended.
    func follow(
        in sandbox: String, on host: any NamespaceHost, line: @escaping @Sendable ([UInt8]) -> Void,
        end: @escaping @Sendable (String) -> Void
    ) async throws {
        try await follow(line: line, end: end) { try await host.spawn($0, in: sandbox) }
    }

    /// The same for a process that `spawn` starts.
    @discardableResult
    func follow(
        line: @escaping @Sendable ([UInt8]) -> Void, end: @escaping @Sendable (String) -> Void,
        spawn: (SpawnRequest) async throws -> any SpawnedProcess
    ) async throws -> any SpawnedProcess {
        let input = try FileDescriptor.pipe(options: .closeOnExec)
        defer { try? input.readEnd.close() }
        let process: any SpawnedProcess
        let output: FileDescriptor
        do {
            let pipe = try FileDescriptor.pipe(options: .closeOnExec)
            defer { try? pipe.writeEnd.close() }
            output = pipe.readEnd
            do {
                process = try await spawn(
                    SpawnRequest(
                        argv: argv, environment: environment, workingDirectory: workingDirectory, uid: uid,
                        stdin: input.readEnd.rawValue, stdout: pipe.writeEnd.rawValue,
                        stderr: pipe.writeEnd.rawValue))
            } catch {
                try? output.close()
                throw error
            }
        } catch {
            try? input.writeEnd.close()
            throw error
        }
        // Nobody awaits this one: it ends with the process, which ends with its sandbox at the latest, and reports
        // through `end`.
        Task { [stdin] in
            await DedicatedThread.run("bottle-bundle-log") {
                // Nobody reading it is the process's own end, which is reported below.
                _ = try? input.writeEnd.closeAfter { try input.writeEnd.writeAll(stdin) }
                Self.readLines(output, line)
            }
            do {
                switch try await process.wait() {
                case .exited(let code): end("its init exited with \(code)")
                case .signalled(let signal): end("its init was killed by signal \(signal)")
                }
            } catch {
                end("\(error)")
            }
        }
        return process
    }

    private static func readLines(_ output: FileDescriptor, _ line: (([UInt8]) -> Void)) {
        defer { try? output.close() }
        var splitter = LineSplitter()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while let count = try? buffer.withUnsafeMutableBytes({ try output.read(into: $0) }), count > 0 {
            splitter.take(buffer[..<count], line)
        }
        splitter.finish(line)
    }
}
