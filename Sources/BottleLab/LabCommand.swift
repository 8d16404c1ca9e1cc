// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A command of QEMU's monitor or of the agent in its machine, which speak the same way.
struct LabCommand<Arguments: Encodable & Sendable>: Encodable, Sendable {
    var execute: String
    var arguments: Arguments
}

/// What is said of a command without arguments, or answers nothing.
struct Nothing: Codable, Sendable {}

/// An answer, or in the monitor's case an event that nobody asked for.
private struct LabReply<Value: Decodable>: Decodable {
    struct Failure: Decodable { var desc: String }
    var `return`: Value?
    var error: Failure?
}

extension LineSocket {
    /// Says a command and returns the answer; events are passed over.
    ///
    /// - Throws: `.launch` with the other side's words when it refuses; what `receive` throws.
    func call<Arguments: Encodable & Sendable, Value: Decodable & Sendable>(
        _ command: String, _ arguments: Arguments = Nothing(), until end: ContinuousClock.Instant
    ) async throws -> Value {
        let line = try Array(JSONEncoder().encode(LabCommand(execute: command, arguments: arguments)))
        return try await Offload.run { [self] in
            try send(line)
            while true {
                let answer = try receive(until: end)
                let reply: LabReply<Value>
                do {
                    reply = try JSONDecoder().decode(LabReply<Value>.self, from: Data(answer))
                } catch {
                    throw BottleError(
                        .transport, "The lab answered \(command) with something else than an answer.", cause: error)
                }
                if let failure = reply.error {
                    throw BottleError(.launch, "The lab refused \(command): \(Quoted(failure.desc, limit: 300)).")
                }
                if let value = reply.return { return value }
            }
        }
    }
}
