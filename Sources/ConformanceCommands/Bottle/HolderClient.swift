// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The commands' side of a bottle's control socket.
enum HolderClient {
    /// Connects to the process that holds the bottle; an unknown or dead bottle is one clear sentence.
    static func connect(_ slug: String) throws(BottleError) -> FramedSocket {
        let directory = try StateDirectory.make() + "/" + Slug(slug).text
        do throws(BottleError) {
            return try FramedSocket.connect(directory: directory, name: FramedSocket.holderName)
        } catch {
            guard error.code == .notFound else { throw error }
            guard try StoppedBottle.find(Slug(slug), root: StateDirectory.make()) == nil else {
                throw BottleError(
                    .usage, "bottle '\(slug)' is down; `bottle-conformance bottle resume \(slug)` brings it back")
            }
            throw BottleError(.usage, "there is no bottle '\(slug)' here; `bottle-conformance bottle up` starts one")
        }
    }

    /// Ends the bottle; returns when nothing of it is left, or with `keep` nothing but what a resume needs.
    static func down(_ slug: String, keep: Bool) async throws {
        let socket: FramedSocket
        do throws(BottleError) {
            socket = try connect(slug)
        } catch {
            let root = try StateDirectory.make()
            guard error.code == .usage, let name = try? Slug(slug), try StoppedBottle.find(name, root: root) != nil
            else { throw error }
            guard !keep else { throw BottleError(.usage, "bottle '\(slug)' is down already, and can be resumed") }
            try StoppedBottle.forget(name, root: root)
            return
        }
        defer { socket.close() }
        try await Offload.run {
            try socket.sendJSON(HolderRequest.down(keep: keep))
            while let (answer, _) = try socket.receiveJSON(HolderAnswer.self) {
                switch answer {
                case .down: return
                case .failed(let message): throw BottleError(.transport, message)
                case .started, .ended, .notStarted: continue
                }
            }
            throw BottleError(.transport, "bottle '\(slug)' went away without an answer; run `bottle-conformance gc`")
        }
    }

    /// Runs a command in the bottle and returns its exit code; relays its streams or its terminal until it ends.
    static func exec(_ slug: String, argv: [String], terminal: Bool) async throws -> Int32 {
        let socket = try connect(slug)
        defer { socket.close() }
        return try await Offload.run {
            let pipes = try PipeRelay()
            try socket.sendJSON(
                HolderRequest.exec(argv: argv, terminal: terminal ? TerminalRelay.size() : nil),
                descriptors: pipes.guestEnds)
            var relay: TerminalRelay?
            var threads: [pthread_t] = []
            if !terminal { threads = try pipes.start() }
            defer {
                relay?.finish()
                if !terminal { pipes.finish(threads) }
            }
            while let (answer, descriptors) = try socket.receiveJSON(HolderAnswer.self) {
                switch answer {
                case .started: if let master = descriptors.first { relay = try TerminalRelay(master: master) }
                case .ended(let code): return code
                case .notStarted(let code, let message):
                    Console.error(BottleError(.launch, message))
                    return code
                case .down: return 0
                case .failed(let message): throw BottleError(.transport, message)
                }
            }
            throw BottleError(.transport, "bottle '\(slug)' went away while the command ran")
        }
    }
}
