// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// What `bottle-launcher run` sends from inside a container: both streams of a program, and how it ended.
struct SupervisedOutput {
    private var stdout: [UInt8] = []
    private var stderr: [UInt8] = []
    private var ending: ExecResult.Ending?
    private var failure: String?
    private var isTruncated = false

    /// Reads the frames.
    ///
    /// - Parameters:
    ///   - bytes: The standard output of the engine's program.
    ///   - limit: What is kept of each stream, in bytes.
    /// - Throws: `.transport` when they are no frames.
    init(_ bytes: [UInt8], limit: Int) throws(BottleError) {
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= 5 else { break }
            let length = (1...4).reversed().reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
            let kind = bytes[position]
            position += 5
            // The last frame of an output that was cut off.
            guard bytes.count - position >= length else { break }
            try take(kind, bytes[position..<position + length], limit)
            position += length
        }
    }

    private mutating func take(_ kind: UInt8, _ payload: ArraySlice<UInt8>, _ limit: Int) throws(BottleError) {
        switch kind {
        case 1: keep(payload, in: \.stdout, limit)
        case 2: keep(payload, in: \.stderr, limit)
        case 3: ending = .exited(Int32(payload.first ?? 0))
        case 4: ending = .signalled(Int32(payload.first ?? 0))
        case 5: ending = .timedOut
        case 6: failure = String(decoding: payload, as: UTF8.self)
        default:
            throw BottleError(.transport, "The bottle's helper answered with something else than frames.")
        }
    }

    private mutating func keep(_ payload: ArraySlice<UInt8>, in stream: WritableKeyPath<Self, [UInt8]>, _ limit: Int) {
        let room = max(0, limit - self[keyPath: stream].count)
        self[keyPath: stream] += payload.prefix(room)
        if payload.count > room { isTruncated = true }
    }

    /// The result of an exec.
    ///
    /// - Parameters:
    ///   - cut: Whether the engine's program had more to say than was read.
    /// - Throws: `.notFound` for a program that could not be started, `.transport` when the end is missing.
    func result(of program: String, cut: Bool) throws(BottleError) -> ExecResult {
        if let failure {
            throw BottleError(.notFound, "The bottle cannot run \(Quoted(program)): \(Quoted(failure, limit: 200)).")
        }
        guard let ending else {
            throw BottleError(.transport, "The connection to the bottle broke off before \(Quoted(program)) had ended.")
        }
        return ExecResult(ending: ending, stdout: stdout, stderr: stderr, truncated: isTruncated || cut)
    }
}
