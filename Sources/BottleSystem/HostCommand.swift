// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program of this machine that runs to its end, in a session of its own, with nothing inherited.
package struct HostCommand: Sendable {
    /// What a command came to.
    package struct Result: Sendable {
        /// The exit code, or 128 and the signal that ended it.
        package var status: Int32
        package var stdout: [UInt8]
        package var stderr: [UInt8]
    }

    /// The program first: a path, or a name that is looked up in `environment`'s PATH.
    package var argv: [String]
    /// All of it: the caller's own is not added.
    package var environment: [String: String]
    package var stdin: [UInt8]
    /// When it has passed the command and everything it started are ended.
    package var deadline: Duration
    /// Bytes of each stream; more ends the command and is an error.
    package var limit: Int

    package init(
        _ argv: [String], environment: [String: String], stdin: [UInt8] = [], deadline: Duration, limit: Int = 8 << 20
    ) {
        self.argv = argv
        self.environment = environment
        self.stdin = stdin
        self.deadline = deadline
        self.limit = limit
    }

    /// Runs the command.
    ///
    /// - Throws: `.timeout` when the deadline passed; `.prerequisite` when there is no such program; `.transport` when
    ///   its output was longer than the limit or it could not be run; `CancellationError`. An error names the program and
    ///   never its arguments.
    package func run() async throws -> Result {
        guard let program = argv.first, let path = find(program) else {
            throw BottleError(
                .prerequisite, "There is no program \(Quoted(argv.first ?? "")) in PATH; install it, or extend PATH.")
        }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await start(path) }
            group.addTask { [deadline] in
                try await Task.sleep(for: deadline)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw BottleError(.timeout, "\(program) did not end within \(deadline).")
            }
            return result
        }
    }

    private func start(_ path: String) async throws -> Result {
        var options = PlatformOptions()
        // What it starts ends with it: a session is signalled as a whole.
        options.createSession = true
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .milliseconds(300))
        ]
        let variables = Dictionary(
            environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) },
            uniquingKeysWith: { first, _ in first })
        do {
            let result = try await Subprocess.run(
                .path(FilePath(path)), arguments: Arguments(Array(argv.dropFirst())),
                environment: .custom(variables), platformOptions: options, input: .array(stdin),
                output: .bytes(limit: limit), error: .bytes(limit: limit))
            let status: Int32 =
                switch result.terminationStatus {
                case .exited(let code): Int32(code)
                case .signaled(let signal): 128 + Int32(signal)
                }
            return Result(status: status, stdout: result.standardOutput, stderr: result.standardError)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            // The library's own text may repeat an environment value.
            throw BottleError(
                .transport,
                "\(argv.first ?? "") could not be run to its end (\(error.code)); its output may be too long.")
        }
    }

    private func find(_ program: String) -> String? {
        if program.contains("/") { return program }
        for directory in (environment["PATH"] ?? "").split(separator: ":") {
            let path = "\(directory)/\(program)"
            if access(path, X_OK) == 0 { return path }
        }
        return nil
    }
}
