// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import BottleSystem

/// The images that bottles run: the agent's, and one with the static executables that hold a bottle together.
package struct DockerImages: Sendable {
    /// What images to run, named by their content so that nobody can put others under their names meanwhile.
    package struct Prepared: Sendable, Hashable {
        package var guest: String
        package var tools: String
        /// How the guest's image was called, for people.
        var reference: String
    }

    static let toolsName = "claude-bottle-tools"
    /// The longest that a build may take.
    private static let buildTime = Duration.seconds(600)

    let engine: EngineClient
    let image: ImageReference
    /// What bundles run as pipelock; nil is their own.
    let pipelock: PipelockProgram?

    package init(engine: EngineClient, image: ImageReference, pipelock: PipelockProgram? = nil) {
        self.pipelock = pipelock
        self.engine = engine
        self.image = image
    }

    /// Builds the default image, or looks a named one up; builds the tools once for each content.
    ///
    /// - Throws: `.prerequisite` when a named image is not there, or the default one cannot be built.
    package func prepare() async throws -> Prepared {
        async let guest = guest()
        async let tools = tools()
        return prepared(guest: try await guest, tools: try await tools)
    }

    /// What `prepare` returns, for whoever has made both and did something in between.
    package func prepared(guest: String, tools: String) -> Prepared {
        Prepared(guest: guest, tools: tools, reference: image.text)
    }

    // MARK: - The agent's image

    /// The image that the agent runs in.
    ///
    /// - Throws: `.prerequisite` when a named image is not there, or the default one cannot be built.
    package func guest() async throws -> String { try await image.isExplicit ? find() : build() }

    private func find() async throws -> String {
        let question = ImageIdentity.question + [image.text]
        let output = try await engine.run(question)
        if output.code == 0 { return try ImageIdentity(output, of: engine).id }
        let failure = engine.error("use the image \(image.text)", output)
        guard failure.code == .notFound || failure.code == .prerequisite,
            EngineFailure.of(String(decoding: output.stderr, as: UTF8.self)) == .noImage
        else { throw failure }
        // Asked for once, under its own name; it is never built or tagged by us.
        let pulled = try await engine.run(["pull", "--quiet", image.text], deadline: Self.buildTime)
        if pulled.code != 0 { throw unpulled(pulled) }
        return try ImageIdentity(try await engine.call("use the image \(image.text)", question), of: engine).id
    }

    /// What the engine has under a name; nil when it has nothing there that it would tell of.
    private func known(_ name: String) async throws -> ImageIdentity? {
        let output = try await engine.run(ImageIdentity.question + [name])
        return output.code == 0 ? try ImageIdentity(output, of: engine) : nil
    }

    /// A pull that failed, in a registry or on the way to one: whatever they say, the image is not there.
    private func unpulled(_ output: EngineClient.Output) -> BottleError {
        let said = String(decoding: output.stderr, as: UTF8.self)
        let failure = EngineFailure.of(said)
        let isImage = [.other, .notFound, .gone].contains(failure)
        return (isImage ? .noImage : failure).error("pull the image \(image.text)", engine: engine.name, said: said)
    }

    /// The definition that needs a registry where its base is at hand, else the one that needs none.
    private func build() async throws -> String {
        guard let base = try await known(GuestDefinition.base) else {
            return try await build(
                image.text, GuestDefinition.offlineContext(), labels: [Self.definitionLabel: "offline"])
        }
        return try await build(
            image.text, GuestDefinition.onlineContext(), base: base.id, labels: [Self.definitionLabel: "online"])
    }

    private static let definitionLabel = "org.bottle-conformance.definition"

    /// Builds an image, unless the engine has the one of this content under that name already: even what it finds built
    /// costs a builder's start.
    ///
    /// - Parameters:
    ///   - context: Whatever it is built from, but for its base.
    ///   - base: The identifier of that, where there is one: its name may come to mean another.
    /// - Returns: The image's identifier.
    private func build(
        _ name: String, _ context: [UInt8], base: String = "", labels: [String: String] = [:]
    ) async throws -> String {
        let content = try await Offload.run { RunningDigest.hex(context + Array(base.utf8)) }
        if let known = try await known(name), known.labels[ImageIdentity.contentLabel] == content,
            labels.allSatisfy({ known.labels[$0] == $1 })
        {
            return known.id
        }
        let all = labels.merging([ImageIdentity.contentLabel: content]) { own, _ in own }
        return try await engine.call(
            "build the image \(name)",
            ["build", "--quiet"] + all.sorted { $0.key < $1.key }.flatMap { ["--label", "\($0.key)=\($0.value)"] }
                + ["--tag", name, "-"],
            stdin: context, deadline: Self.buildTime
        ).word
    }

    // MARK: - The executables

    /// Says which files of this machine the image was built from, as they were then.
    private static let sourceLabel = "org.bottle-conformance.source"

    /// The image with the static executables.
    ///
    /// They are read only where they are not the files that the image was built from: tens of megabytes are no work for
    /// every launch, and least of all for one on an emulated processor.
    package func tools() async throws -> String {
        let helpers = ["bundle", "launcher", "probe"]
        let names = helpers + (pipelock == nil ? [] : ["pipelock"])
        let paths =
            try helpers.map { name throws(BottleError) in try HelperExecutable.path("bottle-\(name)") }
            + [pipelock?.path].compactMap(\.self)
        // Of a name of its own, so that runs with it and without do not build the image anew by turns.
        let tag = "\(Self.toolsName):\(pipelock == nil ? "latest" : "pipelock")"
        // As a bundle trusts the authorities of this machine, as far as it has any.
        let certificates = HostFiles.contents(of: Contract.caBundlePath, limit: 8 << 20) ?? []
        let source = Self.source(of: paths, certificates)
        if let source, let known = try await known(tag), known.labels[Self.sourceLabel] == source { return known.id }
        let context = try await Offload.run {
            try Self.toolsContext(zip(names, paths).map { ($0, $1) }, certificates)
        }
        return try await build(tag, context, labels: source.map { [Self.sourceLabel: $0] } ?? [:])
    }

    /// What the image is built from; blocks while the files are read.
    private static func toolsContext(
        _ files: [(name: String, path: String)], _ certificates: [UInt8]
    ) throws(BottleError) -> [UInt8] {
        var root = TarArchive()
        for (name, path) in files {
            guard let bytes = HostFiles.contents(of: path, limit: 256 << 20) else {
                throw BottleError(.io, "The helper \(path) cannot be read: build the package again.")
            }
            try root.add(file: "bottle/\(name)", bytes, mode: 0o755)
        }
        if !certificates.isEmpty {
            for directory in ["etc/ssl", "etc/ssl/certs"] { try root.add(directory: directory) }
            try root.add(file: String(Contract.caBundlePath.dropFirst()), certificates, mode: 0o644)
        }
        // Where init of a bundle writes its daemons' configuration.
        try root.add(directory: "etc/bottle", mode: 0o700, owner: .agent)
        // A file system that is mounted over a directory takes its mode when a container is started again.
        try root.add(directory: "tmp", mode: 0o1777)
        var archive = TarArchive()
        // Unpacked by the builder, with owners and modes: what COPY takes is all root's.
        try archive.add(file: "Dockerfile", Array("FROM scratch\nADD root.tar /\n".utf8), mode: 0o644)
        try archive.add(file: "root.tar", root.bytes, mode: 0o644)
        return archive.bytes
    }

    /// What tells files from others, and from what they were before; nil where one is not there.
    ///
    /// - Parameter certificates: Read anew each time: where they stand there may be a link, and they are small.
    private static func source(of paths: [String], _ certificates: [UInt8]) -> String? {
        let parts = paths.compactMap { path in
            FileStatus(path).map { "\(path) \($0.device) \($0.inode) \($0.size) \($0.modified)" }
        }
        guard parts.count == paths.count else { return nil }
        return RunningDigest.hex(Array((parts + [RunningDigest.hex(certificates)]).joined(separator: "\n").utf8))
    }
}
