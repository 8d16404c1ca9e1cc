// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import Synchronization

/// What an engine holds of the bottles of one state directory, asked past the driver.
///
/// A thing is theirs when it is marked with the directory's owner, when its name bears their mark, or when it is a volume
/// that one of their containers was seen with: an engine marks no volume that it makes by itself.
package final class EngineHoldings: Sendable {
    /// A container, a network or a volume.
    package struct Holding: Sendable, Hashable {
        /// `container`, `network` or `volume`.
        package let kind: String
        package let name: String
        package init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    private let engine: EngineClient
    private let image: String
    private let owner: String
    private let mark: String
    private let volumes = Mutex<Set<String>>([])

    /// - Parameters:
    ///   - stateRoot: The directory of all these bottles.
    ///   - mark: What the names of these bottles begin with, and no other's.
    package init(
        engine: EngineClient, images: DockerImages.Prepared, stateRoot: String, mark: String
    ) throws(BottleError) {
        self.engine = engine
        image = images.tools
        owner = try DockerSweep.owner(stateRoot: stateRoot)
        self.mark = mark
    }

    /// Everything of theirs.
    ///
    /// - Throws: What the engine says against it.
    package func list() async throws -> Set<Holding> {
        async let containers = lines(["ps", "--all", "--no-trunc"], "{{.Names}}\t{{.Mounts}}\t{{.Labels}}")
        async let networks = lines(["network", "ls", "--no-trunc"], "{{.Name}}\t\t{{.Labels}}")
        async let volumes = lines(["volume", "ls"], "{{.Name}}\t\t{{.Labels}}")
        var found: Set<Holding> = []
        for line in try await containers where isTheirs(line) {
            found.insert(Holding(kind: "container", name: line.name))
            self.volumes.withLock { $0.formUnion(line.mounts) }
        }
        for line in try await networks where isTheirs(line) {
            found.insert(Holding(kind: "network", name: line.name))
        }
        let known = self.volumes.withLock { $0 }
        for line in try await volumes where isTheirs(line) || known.contains(line.name) {
            found.insert(Holding(kind: "volume", name: line.name))
        }
        return found
    }

    /// Makes a container, a network and a volume of the bottle `slug`, as a driver would have left them.
    package func plant(_ slug: String) async throws {
        let names = DockerNames(slug: slug, owner: owner)
        let addresses = AddressPlan(slug: slug)
        async let container = engine.call(
            "plant a container",
            ["create", "--name", names.guest, "--network", "none"] + names.labels
                + ["--entrypoint", BundleCommands.launcher, image, "inmate", "open", "vsock"])
        async let network = engine.call(
            "plant a network",
            ["network", "create", "--internal", "--subnet", addresses.subnet] + names.labels + [names.network])
        async let volume = engine.call("plant a volume", ["volume", "create"] + names.labels + [names.volume])
        _ = try await (container, network, volume)
    }

    /// Takes the guest of a bottle away, as an engine that restarts or a user who tidies up would.
    package func removeGuest(of slug: String) async throws {
        let names = DockerNames(slug: slug, owner: owner)
        try await engine.call("take the guest of \(slug) away", ["rm", "--force", names.guest])
    }

    /// Removes what is still there of these.
    ///
    /// - Throws: What the engine says against it.
    package func remove(_ holdings: Set<Holding>) async throws {
        for (kind, verb) in [
            ("container", ["rm", "--force", "--volumes"]), ("network", ["network", "rm"]),
            ("volume", ["volume", "rm"]),
        ] {
            let names = holdings.filter { $0.kind == kind }.map(\.name).sorted()
            guard !names.isEmpty else { continue }
            let output = try await engine.run(verb + names)
            guard output.code != 0 else { continue }
            if EngineFailure.isOnlyAbsence(String(decoding: output.stderr, as: UTF8.self)) { continue }
            throw engine.error("remove what a trial left", output)
        }
    }

    private struct Line {
        let name: String
        let mounts: [String]
        let labels: String
    }

    private func isTheirs(_ line: Line) -> Bool { line.labels.contains(owner) || line.name.contains(mark) }

    private func lines(_ arguments: [String], _ format: String) async throws -> [Line] {
        let text = try await engine.call("list what it holds", arguments + ["--format", format]).text
        return text.split(whereSeparator: \.isNewline).map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            // A mount of a path of the host is no volume.
            let mounts = (fields.dropFirst().first ?? "").split(separator: ",").map(String.init)
            return Line(
                name: fields[0], mounts: mounts.filter { !$0.hasPrefix("/") },
                labels: fields.dropFirst(2).joined())
        }
    }
}
