// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// Images that are the guest's but for one small file, made past the driver for a trial of it.
package struct MarkedImages: Sendable {
    /// Where the file stands.
    package static let path = "/bottle-trial-marker"
    private static let patience = Duration.seconds(120)

    private let engine: EngineClient
    private let guest: String

    package init(engine: EngineClient, images: DockerImages.Prepared) {
        self.engine = engine
        guest = images.guest
    }

    /// Makes one, from a container that is never started: no builder is asked, for some would fetch the base anew.
    ///
    /// - Parameters:
    ///   - slug: Of the trial; what is in the making is marked with it.
    ///   - stateRoot: The directory of the trial's bottles, by whose owner it is marked.
    package func make(
        _ reference: String, marker: String, slug: String, stateRoot: String
    ) async throws -> ImageDigest {
        let names = DockerNames(slug: slug, owner: try DockerSweep.owner(stateRoot: stateRoot))
        var archive = TarArchive()
        try archive.add(file: String(Self.path.dropFirst()), Array("\(marker)\n".utf8), mode: 0o644)
        try await engine.call(
            "make a container to mark an image with",
            ["create", "--name", names.guest, "--network", "none"] + names.labels + [guest, "/bin/true"])
        let result: Result<Void, any Error>
        do {
            try await engine.call("mark an image", ["cp", "-", "\(names.guest):/"], stdin: archive.bytes)
            try await engine.call(
                "keep a marked image",
                ["commit", "--change", "LABEL \(DockerNames.ownerLabel)=\(names.owner)", names.guest, reference],
                deadline: Self.patience)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        // Awaited right here; a task of its own because an interrupted trial has to tidy up as well.
        let removed = await Task { [engine] in try await engine.remove(["rm", "--force"], [names.guest]) }.result
        try result.get()
        if let output = try removed.get() { throw engine.error("remove what an image was marked with", output) }
        return try await digest(of: reference)
    }

    /// Has a reference stand for an image, whatever it stood for before.
    package func tag(_ image: ImageDigest, as reference: String) async throws {
        try await engine.call("name an image", ["tag", "\(image)", reference])
    }

    /// What a reference stands for.
    package func digest(of reference: String) async throws -> ImageDigest {
        let output = try await engine.call("look at an image", ImageIdentity.question + [reference])
        return try ImageDigest(ImageIdentity(output, of: engine).id)
    }

    /// Writes the archive of an image to a file.
    package func save(_ image: ImageDigest, to path: String) async throws {
        try await engine.call("save an image", ["save", "--output", path, "\(image)"], deadline: Self.patience)
    }

    /// Removes the images that trials of a state directory left whose process is dead, or with `dryRun` only names them.
    ///
    /// - Returns: A line for each.
    package static func sweep(
        engine: EngineClient, stateRoot: String, dryRun: Bool
    ) async throws -> [String] {
        let filter = "label=\(DockerNames.ownerLabel)=\(try DockerSweep.owner(stateRoot: stateRoot))"
        let text = try await engine.call(
            "list the images of dead trials",
            ["images", "--no-trunc", "--filter", filter, "--format", "{{.ID}}"]
        ).text
        let found = Set(text.split(whereSeparator: \.isNewline).map(String.init)).sorted()
        if !dryRun, !found.isEmpty {
            try await engine.call("remove the images of dead trials", ["rmi", "--force"] + found)
        }
        return found.map { "image \($0)" }
    }

    /// Takes references away, and with its last one an image.
    package func remove(_ references: [String]) async throws {
        guard !references.isEmpty else { return }
        let output = try await engine.run(["rmi", "--force"] + references)
        guard output.code != 0 else { return }
        if EngineFailure.isOnlyAbsence(String(decoding: output.stderr, as: UTF8.self)) { return }
        if EngineFailure.of(String(decoding: output.stderr, as: UTF8.self)) == .noImage { return }
        throw engine.error("remove the images of a trial", output)
    }
}
