// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import FoundationEssentials

/// What the commands ask of the process that holds a bottle, and what it answers: one JSON document a frame.
enum HolderRequest: Codable, Sendable {
    /// Comes with the pipes of stdin, stdout and stderr; with a terminal of this size those are not used.
    case exec(argv: [String], terminal: TerminalSize?)
    /// With `keep`, what a resume needs stays.
    case down(keep: Bool)
}

enum HolderAnswer: Codable, Sendable {
    /// The process runs; with a terminal its master side comes along.
    case started
    case ended(exitCode: Int32)
    /// The command could not be started at all; with the exit code a shell would give.
    case notStarted(exitCode: Int32, message: String)
    case down
    case failed(message: String)
}

extension FramedSocket {
    /// The socket's file in a bottle's state directory.
    static let holderName = "control.sock"

    func sendJSON(_ value: some Encodable, descriptors: [Int32] = []) throws {
        try send(Frame(bytes: Array(try JSONEncoder().encode(value)), descriptors: descriptors))
    }

    /// nil when the other end has closed.
    func receiveJSON<Value: Decodable>(_ type: Value.Type) throws -> (value: Value, descriptors: [Int32])? {
        guard let frame = try receive() else { return nil }
        do {
            return (try JSONDecoder().decode(type, from: Data(frame.bytes)), frame.descriptors)
        } catch {
            throw BottleError(.transport, "the other end of the control socket does not speak this tool's language")
        }
    }
}
