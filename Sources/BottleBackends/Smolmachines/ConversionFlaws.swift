// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is broken on purpose about the conversion of images; nothing, for a whole backend.
struct ConversionFlaws: Sendable {
    /// The faults that are about conversions.
    static let faults: Set<Fault> = [.tagkey, .partial, .savefail, .tagswap, .registry0000, .leakregistry]
    static let none = ConversionFlaws(faults: [])

    /// Where a registry is left, and under which mark.
    struct Registry: Sendable {
        var engine: EngineClient
        var tools: String
        var owner: String
    }

    let faults: Set<Fault>
    /// How the image is called.
    var reference = ""
    var registry: Registry?

    /// What an image is kept by.
    func key(of image: ImageDigest) throws(BottleError) -> ImageDigest {
        faults.contains(.tagkey) ? try ImageDigest(RunningDigest.hex(Array(reference.utf8))) : image
    }

    /// An entry that is used without another look.
    func found(_ entry: MachineArtefacts.Entry) -> String? {
        guard faults.contains(.partial) else { return entry.found() }
        return HostFiles.kind(of: entry.artefact) == .other ? entry.artefact : nil
    }

    /// Whether what was saved is compared with what was asked for.
    var verifies: Bool { !faults.contains(.tagswap) }

    /// What goes when a conversion has failed.
    func leftovers(of entry: MachineArtefacts.Entry) -> [String] {
        entry.all.filter { !faults.contains(.savefail) || $0 != entry.tar }
    }

    /// Converts, with what a broken backend has beside it.
    func during(_ conversion: () async throws -> Void) async throws {
        if faults.contains(.leakregistry) { try await leaveRegistry() }
        let listener = faults.contains(.registry0000) ? try Self.listenEverywhere() : nil
        defer { if let listener { close(listener) } }
        try await conversion()
    }

    private func leaveRegistry() async throws {
        guard let registry else { return }
        let word = String(UInt32.random(in: 0x1000_0000...UInt32.max), radix: 16)
        let names = DockerNames(slug: "registry-\(word)", owner: registry.owner)
        try await registry.engine.call(
            "leave a network", ["network", "create", "--internal"] + names.labels + [names.network])
        try await registry.engine.call(
            "leave a container",
            ["create", "--name", names.guest, "--network", "none"] + names.labels
                + ["--entrypoint", BundleCommands.launcher, registry.tools, "inmate", "open", "vsock"])
    }

    /// A port on every address of this machine, which nobody answers.
    private static func listenEverywhere() throws(BottleError) -> Int32 {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw .io("make a socket", errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
        guard isBound, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, listen(descriptor, 1) == 0 else {
            let code = errno
            close(descriptor)
            throw .io("listen on every address", code)
        }
        return descriptor
    }
}
