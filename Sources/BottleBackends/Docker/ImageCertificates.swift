// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Synchronization

/// The CA bundles of images, by the images' identifiers, under which nothing else can ever be.
final class ImageCertificates: Sendable {
    private let known = Mutex<[String: [UInt8]]>([:])

    /// The bundle of an image, read when it is first asked for; empty where the image has none.
    func bytes(of image: String, reading: () async throws -> [UInt8]) async throws -> [UInt8] {
        if let bytes = known.withLock({ $0[image] }) { return bytes }
        // Two that ask at the same moment read the same.
        let bytes = try await reading()
        known.withLock { $0[image] = bytes }
        return bytes
    }
}

extension EngineClient {
    /// How many links are followed to a CA bundle.
    private static let linkLimit = 8
    /// The largest CA bundle that is copied, in bytes, and what an archive adds to it.
    private static let certificatesLimit = 8 << 20

    /// The CA bundle of an image, as a container of it holds it that was not started yet; empty where it has none.
    ///
    /// The engine looks the path up within the container, whatever links lead to it.
    ///
    /// - Parameter image: The image's identifier.
    /// - Throws: `.launch` for one that is too large, and what the engine says against it.
    func certificates(of image: String, in container: String) async throws -> [UInt8] {
        try await imageCertificates.bytes(of: image) {
            var path = Contract.caBundlePath
            for _ in 0..<Self.linkLimit {
                let action = "read the certificates of \(container)"
                let output = try await run(["cp", "\(container):\(path)", "-"], limit: Self.certificatesLimit)
                if output.code != 0 {
                    guard Self.isMissingFile(output.stderr) else { throw error(action, output) }
                    return []
                }
                guard !output.isTruncated else {
                    throw BottleError(
                        .launch,
                        "The engine could not \(action): \(path) has more than \(Self.certificatesLimit >> 20) MiB; use another image."
                    )
                }
                switch ArchivedEntry(output.stdout) {
                case .file(let bytes): return bytes
                case .link(let target):
                    let directory = path.split(separator: "/").dropLast().joined(separator: "/")
                    path = target.hasPrefix("/") ? target : "/\(directory)/\(target)"
                // Nothing that a client could read certificates from; what is put there replaces it, or is refused.
                case .other: return []
                }
            }
            return []
        }
    }

    /// Whether an engine says of a copy that there is a container but no such file in it.
    private static func isMissingFile(_ said: [UInt8]) -> Bool {
        let text = String(decoding: said, as: UTF8.self).lowercased()
        return ["could not find the file", "no such container:path", "could not be found on container"].contains {
            text.contains($0)
        }
    }
}
