// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import BottleSystem

/// `bottle down NAME`
package struct DownCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "down", abstract: "End a bottle; returns when nothing of it is left.")

    @Argument(help: "What `bottle up` printed.")
    var name: String

    package init() {}

    package func run() async throws {
        let socket = try HolderClient.connect(name)
        defer { socket.close() }
        try await Offload.run {
            try socket.sendJSON(HolderRequest.down)
            while let (answer, _) = try socket.receiveJSON(HolderAnswer.self) {
                switch answer {
                case .down: return
                case .failed(let message): throw BottleError(.transport, message)
                case .started, .ended: continue
                }
            }
            throw BottleError(.transport, "bottle '\(name)' went away without an answer; run `bottle-conformance gc`")
        }
    }
}
