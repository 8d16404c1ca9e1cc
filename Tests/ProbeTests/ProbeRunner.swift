// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Starts the built probe and reads what it says; each test of this target goes through here.
enum ProbeRunner {
    /// What a run left behind.
    struct Run {
        var exitCode: Int32
        var signalled: Bool
        var output: Data
        var errors: Data
        /// What `whileRunning` answered.
        var asObserved: Bool

        var text: String { String(decoding: output, as: UTF8.self) }

        /// Each line of the output as JSON; throws for a line that is none.
        func lines() throws -> [Line] {
            try output.split(separator: 0x0a).map { try Line(Data($0)) }
        }

        /// The one line with this id.
        func line(_ id: String) throws -> Line {
            let found = try lines().filter { $0.id == id }
            #expect(found.count == 1, "one line for \(id), got \(found.count): \(text)")
            return try #require(found.first)
        }
    }

    /// One line of a batch.
    struct Line {
        let object: [String: Any]
        var id: String { object["id"] as? String ?? "" }
        var stage: String { object["stage"] as? String ?? "" }
        var errno: String? { object["errno"] as? String }
        var milliseconds: Double { object["ms"] as? Double ?? -1 }
        var killed: Bool? { object["killed"] as? Bool }
        var received: [String] { object["received"] as? [String] ?? [] }
        var facts: [String: Any] { object["facts"] as? [String: Any] ?? [:] }
        func fact(_ name: String) -> String? { facts[name] as? String }

        init(_ data: Data) throws {
            object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(object["begin"] as? String == object["end"] as? String)
        }
    }

    struct Overdue: Error {}

    /// Beside the test binary, where SwiftPM puts every product of the build.
    static let executable: URL = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent("bottle-probe")
    }()

    /// Runs a batch and waits for its end.
    static func batch(_ lines: String..., environment: [String: String] = [:]) async throws -> Run {
        let run = try await start(["batch"], input: lines.joined(separator: "\n") + "\n", environment: environment)
        #expect(run.exitCode == 0 && !run.signalled)
        #expect(run.errors.isEmpty)
        return run
    }

    /// Runs `/bin/sh -c script`, in which `"$0"` is the probe.
    static func shell(_ script: String, input: String = "") async throws -> Run {
        try await start(
            ["-c", script, executable.path], of: URL(fileURLWithPath: "/bin/sh"), input: input)
    }

    /// Runs the probe, gives it the input, and kills it when it is not over after 60 seconds.
    static func start(
        _ arguments: [String], of program: URL = executable, input: String = "", keepInputOpen: Bool = false,
        environment: [String: String] = [:], whileRunning: @escaping @Sendable (pid_t) -> Bool = { _ in true }
    ) async throws -> Run {
        try await withCheckedThrowingContinuation { continuation in
            // Reading pipes blocks, so it has a thread of its own, off the cooperative pool.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try block(program, arguments, Data(input.utf8), keepInputOpen, environment, whileRunning)
                    })
            }
        }
    }

    private static func block(
        _ program: URL, _ arguments: [String], _ input: Data, _ keepInputOpen: Bool, _ environment: [String: String],
        _ whileRunning: @Sendable (pid_t) -> Bool
    ) throws -> Run {
        signal(SIGPIPE, SIG_IGN)
        let process = Process()
        let (standardInput, standardOutput, standardError) = (Pipe(), Pipe(), Pipe())
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardError
        let over = DispatchGroup()
        over.enter()
        process.terminationHandler = { _ in over.leave() }
        try process.run()
        let collected = Collected()
        collect(standardOutput, over) { collected.setOutput($0) }
        collect(standardError, over) { collected.setErrors($0) }
        // A program that refuses its arguments is gone before it reads; what it said is the result then.
        try? standardInput.fileHandleForWriting.write(contentsOf: input)
        if !keepInputOpen { try standardInput.fileHandleForWriting.close() }
        let asObserved = whileRunning(process.processIdentifier)
        guard over.wait(timeout: .now() + 60) == .success else {
            kill(process.processIdentifier, SIGKILL)
            throw Overdue()
        }
        if keepInputOpen { try standardInput.fileHandleForWriting.close() }
        return Run(
            exitCode: process.terminationStatus, signalled: process.terminationReason == .uncaughtSignal,
            output: collected.output, errors: collected.errors, asObserved: asObserved)
    }

    private static func collect(_ pipe: Pipe, _ over: DispatchGroup, _ store: @escaping @Sendable (Data) -> Void) {
        over.enter()
        let descriptor = pipe.fileHandleForReading
        Thread.detachNewThread {
            store(descriptor.readDataToEndOfFile())
            over.leave()
        }
    }
}
