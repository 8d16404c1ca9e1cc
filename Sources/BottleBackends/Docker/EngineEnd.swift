// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension EngineClient {
    /// How long an engine may take to say that it is there.
    private static let lifeSign = Duration.seconds(5)

    /// Does something with a bottle; where it fails and the engine answers no more, the engine's end is the reason.
    ///
    /// An engine that is stopped closes its API first and then ends its containers, so what is noticed of it may well be that a
    /// bundle died or that a connection into a guest broke off: true, and no help to whoever looks for the reason.
    func blamingItsEnd<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as BottleError where [.transport, .launch, .timeout].contains(error.code) {
            guard let end = await end() else { throw error }
            throw BottleError(
                .transport, "The container engine has ended or answers no more: see whether it still runs. \(end)",
                cause: error)
        }
    }

    /// What an engine that does not answer any more has to say; nil when it answers.
    private func end() async -> String? {
        do {
            // Any answer will do, and so does a complaint: only who is not there gives none.
            let output = try await run(["ps", "--quiet"], deadline: Self.lifeSign)
            let failure = EngineFailure.of(String(decoding: output.stderr, as: UTF8.self))
            guard output.code != 0, [.noEngine, .gone].contains(failure) else { return nil }
            return error("say what runs", output).message
        } catch let error as BottleError where error.code == .timeout {
            return error.message
        } catch {
            // The call could not be made, for example as the run was interrupted: that says nothing of the engine.
            return nil
        }
    }
}
