// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The archive that an engine saved of an image: whether it is that image, and nothing else, by the digests of what is in it.
///
/// An image is called by the digest of its configuration, which names the digests of its unpacked layers; where the engine
/// keeps images as registries do, by that of a manifest or of a list of them, which name configuration and packed layers.
/// Everything that a program could read an image from has to lead to the same configuration.
struct SavedImage: Sendable {
    /// Which file it is, and that nobody has written to it since.
    struct Identity: Sendable, Hashable {
        private let status: FileStatus

        fileprivate init(_ status: FileStatus) { self.status = status }

        /// Of what stands at a path; nil when that is no file.
        init?(_ path: String) {
            guard let status = FileStatus(path), status.kind == .file else { return nil }
            self.init(status)
        }
    }

    private typealias Flaw = ArchiveIndex.Flaw

    private struct Listed: Decodable {
        var configuration: String
        var layers: [String]

        enum CodingKeys: String, CodingKey {
            case configuration = "Config"
            case layers = "Layers"
        }
    }

    private struct Configuration: Decodable {
        struct RootFilesystem: Decodable {
            var layers: [String]

            enum CodingKeys: String, CodingKey { case layers = "diff_ids" }
        }
        var rootfs: RootFilesystem
    }

    /// A manifest, or a list of manifests: they are told apart by what is there.
    private struct Manifest: Decodable {
        struct Part: Decodable { var digest: String }
        var config: Part?
        var layers: [Part]?
        var manifests: [Part]?
    }

    /// Longer than any manifest or configuration is.
    private static let textLimit = 8 << 20
    private static let blobs = "blobs/sha256/"

    private let descriptor: Int32
    private let index: ArchiveIndex

    /// Reads an archive and compares it with the image that was asked for.
    ///
    /// - Returns: Which file that was.
    /// - Throws: `.launch` for another image or a damaged one, `.io`.
    static func verify(_ path: String, is image: ImageDigest) throws(BottleError) -> Identity {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .io("read \(path)", errno) }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor), status.kind == .file else {
            throw BottleError(.io, "\(path) is no file.")
        }
        do {
            try SavedImage(descriptor: descriptor, index: ArchiveIndex(reading: descriptor)).require(image)
        } catch let flaw as Flaw {
            throw BottleError(
                .launch,
                "The archive that was saved of the image \(image.short) \(flaw.text), so it is not converted: try again, and see who else writes to \(path)."
            )
        } catch let error as BottleError {
            throw error
        } catch {
            throw BottleError(.io, "The archive \(path) could not be read.", cause: error)
        }
        return Identity(status)
    }

    private func require(_ image: ImageDigest) throws {
        for (name, file) in index.files where name.hasPrefix(Self.blobs) && name != Self.blobs + file.digest {
            throw Flaw(text: "has \(Quoted(name)) in it, which has another content than its name says")
        }
        let listed = try decode([Listed].self, "manifest.json")
        guard listed.count == 1, let entry = listed.first else {
            throw Flaw(text: "has \(listed.count) images in it")
        }
        guard let configuration = index.file(Self.path(entry.configuration)) else {
            throw Flaw(text: "lacks the configuration that it names")
        }
        let packed = try packedLayers(configuration.digest, image)
        let unpacked = try decode(Configuration.self, Self.path(entry.configuration)).rootfs.layers
        guard entry.layers.count == unpacked.count else {
            throw Flaw(text: "has \(entry.layers.count) layers, and its configuration names \(unpacked.count)")
        }
        for (number, name) in entry.layers.enumerated() {
            guard let layer = index.file(Self.path(name)) else { throw Flaw(text: "lacks the layer \(Quoted(name))") }
            let wanted = [unpacked[number]] + (packed.indices.contains(number) ? [packed[number]] : [])
            guard wanted.contains("sha256:\(layer.digest)") else {
                throw Flaw(text: "has a layer \(Quoted(name)) that is another than the image's")
            }
        }
        try requireNoOther(configuration.digest, image)
    }

    /// The digests of the packed layers, where the image is called by a manifest that names this configuration.
    private func packedLayers(_ configuration: String, _ image: ImageDigest) throws -> [String] {
        if configuration == image.hex { return [] }
        guard
            let manifest = try manifests(of: "\(image)").first(where: { $0.config?.digest == "sha256:\(configuration)" }
            )
        else { throw Flaw(text: "is that of another image, \(configuration.prefix(16))") }
        return manifest.layers?.map(\.digest) ?? []
    }

    /// The list of images that newer programs read has to lead to the same one as the older.
    private func requireNoOther(_ configuration: String, _ image: ImageDigest) throws {
        guard index.file("index.json") != nil else { return }
        let own = try trusted(image)
        for part in try decode(Manifest.self, "index.json").manifests ?? [] where !own.contains(part.digest) {
            let manifests = try manifests(of: part.digest)
            guard !manifests.isEmpty else { throw Flaw(text: "lacks an image that it names") }
            for manifest in manifests {
                guard let config = manifest.config?.digest, config == "sha256:\(configuration)",
                    configuration == image.hex
                else { throw Flaw(text: "has another image in it, \(part.digest.dropFirst(7).prefix(16))") }
                let unpacked = try decode(Configuration.self, Self.blobs + configuration).rootfs.layers
                // Packed ones are named by what they are packed; what was looked through above is not.
                guard manifest.layers?.map(\.digest) == unpacked else {
                    throw Flaw(text: "has two lists of layers that differ")
                }
            }
        }
    }

    /// The digests that an image's own digest stands for: itself, and where it is that of a list, those in the list.
    private func trusted(_ image: ImageDigest) throws -> Set<String> {
        guard index.files[Self.blobs + image.hex] != nil else { return ["\(image)"] }
        let parts = try decode(Manifest.self, Self.blobs + image.hex).manifests ?? []
        return Set(parts.map(\.digest)).union(["\(image)"])
    }

    /// The manifests that a digest stands for, itself one or a list of them, as far as they are in the archive.
    private func manifests(of digest: String) throws -> [Manifest] {
        let name = Self.blobs + digest.dropFirst("sha256:".count)
        guard digest.hasPrefix("sha256:"), index.files[name] != nil else { return [] }
        let manifest = try decode(Manifest.self, name)
        guard let parts = manifest.manifests else { return [manifest] }
        return try parts.compactMap { part in
            let name = Self.blobs + part.digest.dropFirst("sha256:".count)
            // Of other platforms there are names alone.
            return index.files[name] == nil ? nil : try decode(Manifest.self, name)
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        guard let file = index.file(name) else { throw Flaw(text: "has no \(Quoted(name)) in it") }
        guard file.size <= Self.textLimit else { throw Flaw(text: "has a \(Quoted(name)) of \(file.size) bytes") }
        var bytes = [UInt8](repeating: 0, count: file.size)
        var done = 0
        while done < file.size {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: done), file.size - done, off_t(file.offset + done))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BottleError.io("read an archive", errno) }
            guard count > 0 else { throw Flaw(text: "became shorter while it was read") }
            done += count
        }
        guard RunningDigest.hex(bytes) == file.digest else { throw Flaw(text: "changed while it was read") }
        guard let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw Flaw(text: "has a \(Quoted(name)) in it that cannot be read")
        }
        return value
    }

    /// As names stand in the index.
    private static func path(_ text: String) -> String {
        text.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
