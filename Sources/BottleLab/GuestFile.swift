// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A file of the lab, read on from where it was read before.
struct GuestFile: Sendable {
    private struct Open: Encodable { var path: String, mode = "r" }
    private struct Read: Encodable { var handle: Int, count: Int }
    private struct Close: Encodable { var handle: Int }
    private struct Piece: Decodable {
        var bytes: String?
        var isEnd: Bool
        private enum CodingKeys: String, CodingKey {
            case bytes = "buf-b64"
            case isEnd = "eof"
        }
    }

    /// Bytes that are asked for at once.
    private static let piece = 1 << 20

    private let agent: GuestAgent
    private let handle: Int

    /// Opens a file.
    ///
    /// - Throws: `.launch` with the lab's words when it is not there.
    init(_ path: String, of agent: GuestAgent) async throws {
        self.agent = agent
        handle = try await agent.socket.call("guest-file-open", Open(path: path), until: .now + GuestAgent.patience)
    }

    /// What there is beyond what was read; more of a file that grows comes with the next call.
    func rest(_ sink: ([UInt8]) throws -> Void) async throws {
        while true {
            let piece: Piece = try await agent.socket.call(
                "guest-file-read", Read(handle: handle, count: Self.piece), until: .now + GuestAgent.patience)
            let bytes = piece.bytes.flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? []
            if !bytes.isEmpty { try sink(bytes) }
            if piece.isEnd || bytes.isEmpty { return }
        }
    }

    func close() async {
        // The machine ends soon, and its files with it.
        let _: Nothing? = try? await agent.socket.call(
            "guest-file-close", Close(handle: handle), until: .now + GuestAgent.patience)
    }
}

extension GuestAgent {
    /// A whole file of the lab; nil when there is none.
    ///
    /// - Parameters:
    ///   - what: What it is to the user, for messages.
    ///   - limit: Bytes that are taken at most.
    /// - Throws: `.transport` for a larger one.
    package func contents(_ path: String, what: String, limit: Int) async throws -> [UInt8]? {
        let file: GuestFile
        do {
            file = try await GuestFile(path, of: self)
        } catch let error as BottleError where error.code == .launch {
            return nil
        }
        var bytes: [UInt8] = []
        try await file.rest { piece in
            bytes += piece
            guard bytes.count <= limit else {
                throw BottleError(
                    .transport,
                    "The lab has \(what) of more than \(limit >> 20) MiB, which is not brought out of it; select fewer rows."
                )
            }
        }
        await file.close()
        return bytes
    }
}
