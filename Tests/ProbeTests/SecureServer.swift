// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// An origin that speaks TLS on loopback and says what it was asked, alive as long as the closure that uses it.
enum SecureServer {
    struct Running: Sendable {
        let port: UInt16
        /// The file of the authority that signs for it.
        let authority: String
    }

    struct Failed: Error { let said: String }

    static let host = "origin.test"

    /// A helper of the build, beside the test binary.
    static func executable(_ name: String) -> URL {
        ProbeRunner.executable.deletingLastPathComponent().appendingPathComponent(name)
    }

    /// Serves while `body` runs; the process is gone afterwards.
    ///
    /// - Parameter certificate: `good`, or what is wrong with it.
    static func serving<Answer>(
        _ certificate: String = "good", _ body: (Running) async throws -> Answer
    ) async throws -> Answer {
        try await ScratchDirectory.with { directory in
            let bundle = executable("bottle-bundle")
            let minted = try await ProbeRunner.start(["mint", directory.path], of: bundle)
            guard minted.exitCode == 0 else { throw Failed(said: String(decoding: minted.errors, as: UTF8.self)) }
            let authority = directory.appendingPathComponent("ca.pem").path
            // Somebody may take a port between its being found free and its being listened on.
            for attempt in 1... {
                let port = try LoopbackServer.freePort()
                let arguments = [
                    "origin", "--listen", "127.0.0.1:\(port)", "--host", host, "--ca-cert", authority,
                    "--ca-key", directory.appendingPathComponent("ca-key.pem").path, "--certificate", certificate,
                ]
                do {
                    return try await running(bundle, arguments) {
                        try await body(Running(port: port, authority: authority))
                    }
                } catch let error as Failed where attempt < 5 && error.said.isEmpty {
                    continue
                }
            }
            throw Failed(said: "nothing")
        }
    }

    private static func running<Answer>(
        _ program: URL, _ arguments: [String], _ body: () async throws -> Answer
    ) async throws -> Answer {
        let process = Process()
        let (output, over) = (Pipe(), DispatchGroup())
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        over.enter()
        process.terminationHandler = { _ in over.leave() }
        try process.run()
        let answer: Result<Answer, any Error>
        do {
            try await started(output.fileHandleForReading)
            answer = .success(try await body())
        } catch {
            answer = .failure(error)
        }
        process.terminate()
        await withCheckedContinuation { continuation in
            over.notify(queue: .global()) { continuation.resume() }
        }
        return try answer.get()
    }

    /// Waits for the first line, which says that it listens; the others are read and dropped, so that nobody waits for us.
    private static func started(_ output: FileHandle) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // Reading pipes blocks, so it has a thread of its own, off the cooperative pool.
            Thread.detachNewThread {
                var text = ""
                while !text.contains("\n") {
                    let piece = output.availableData
                    if piece.isEmpty { break }
                    text += String(decoding: piece, as: UTF8.self)
                }
                let isUp = text.contains(#""event":"started""#)
                continuation.resume(with: isUp ? .success(()) : .failure(Failed(said: text)))
                while !output.availableData.isEmpty {}
            }
        }
    }
}
