// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a lab is built from, fetched from Debian's archive and PyPI by their own programs and checked against the lock.
struct LabParts: Sendable {
    let tools: LabTools
    let lock: LabLock
    /// Kept from build to build: what is there already is not fetched again.
    let directory: String

    /// Where everything is.
    struct Fetched: Sendable {
        /// The directory of all packages, and of nothing else.
        var packages: String
        var wheel: String
        /// `NAME VERSION` of what is not in the lock as it is here, since the archive has another by now.
        var unpinned: [String]
    }

    private static let patience = Duration.seconds(900)

    /// Fetches and checks everything.
    ///
    /// - Throws: `.prerequisite` when a registry or one of its programs says no, the same for a file that is not the one that
    ///   the lock names.
    func fetch() async throws -> Fetched {
        async let packages = packages()
        async let wheel = wheel()
        let (unpinned, archives) = try await packages
        return Fetched(packages: archives, wheel: try await wheel, unpinned: unpinned)
    }

    // MARK: - Packages

    private func packages() async throws -> (unpinned: [String], directory: String) {
        let archives = "\(directory)/archives"
        for path in ["\(directory)/apt/lists/partial", "\(archives)/partial"] { try StateDirectory.make(path) }
        try PrivateTree.replace("\(directory)/apt/status", with: [])
        try PrivateTree.replace("\(directory)/apt/apt.conf", with: Array(settings(archives).utf8))
        let variables = ["APT_CONFIG": "\(directory)/apt/apt.conf"]
        // A source of the user's own that does not answer is no matter of the lab's: what counts is what can be fetched.
        _ = try await tools.run(["apt-get", "-q", "update"], variables: variables, deadline: Self.patience)
        var dropped: Set<String> = []
        while true {
            let wanted = lock.entries.filter { !dropped.contains($0.name) }.map { "\($0.name)=\($0.version)" }
            let roots = LabDefinition.packages.filter { name in !wanted.contains { $0.hasPrefix("\(name)=") } }
            let result = try await tools.run(
                ["apt-get", "-q", "-y", "--download-only", "install"] + wanted + roots, variables: variables,
                deadline: Self.patience)
            if result.status == 0 {
                try await tidy(archives, wanted + roots, variables)
                break
            }
            let said = String(decoding: result.stderr, as: UTF8.self)
            let missing = LabLock.missing(said).subtracting(dropped)
            guard !missing.isEmpty else { throw LabTools.failure("fetch Debian's packages", "apt-get", said: said) }
            dropped.formUnion(missing)
        }
        return (try await check(archives), archives)
    }

    /// Removes what an earlier build left that this one is not made of: everything there would be unpacked.
    private func tidy(_ archives: String, _ wanted: [String], _ variables: [String: String]) async throws {
        let said = try await tools.call(
            "see what it is made of", ["apt-get", "-q", "--simulate", "install"] + wanted, variables: variables,
            deadline: Self.patience)
        // `Inst libc6 (2.36-9+deb12u14 Debian:12.12/stable [amd64])`
        let chosen = said.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("Inst ") }.compactMap { line in
            let words = line.split { " ()".contains($0) }
            return words.count > 2 ? "\(words[1]) \(words[2])" : nil
        }
        let files = try packages(in: archives)
        let missing = Set(chosen).subtracting(files.map(\.key))
        guard !chosen.isEmpty, missing.isEmpty else {
            throw BottleError(
                .prerequisite,
                "apt-get did not fetch \(missing.isEmpty ? "a package" : missing.sorted().joined(separator: ", ")); build again."
            )
        }
        for file in files where !chosen.contains(file.key) {
            try FileManager.default.removeItem(atPath: "\(archives)/\(file.name)")
        }
    }

    /// Every package file, with its `NAME VERSION`.
    private func packages(in archives: String) throws -> [(name: String, key: String)] {
        try FileManager.default.contentsOfDirectory(atPath: archives).filter { $0.hasSuffix(".deb") }.sorted().map {
            // `runc_1.1.5+ds1-1_amd64.deb`; apt writes the colon of an epoch as `%3a`.
            let parts = $0.split(separator: "_")
            return ($0, parts.count == 3 ? "\(parts[0]) \(parts[1].replacing("%3a", with: ":"))" : $0)
        }
    }

    /// Only what the lock asks for and this directory's own state: nothing of the machine's packages, nothing of root's.
    private func settings(_ archives: String) -> String {
        """
        Dir::State "\(directory)/apt";
        Dir::State::status "\(directory)/apt/status";
        Dir::Cache "\(directory)/apt";
        Dir::Cache::archives "\(archives)";
        APT::Architecture "amd64";
        APT::Install-Recommends "false";
        APT::Sandbox::User "";
        APT::Keep-Downloaded-Packages "true";
        Debug::NoLocking "true";
        DPkg::Pre-Install-Pkgs "";

        """
    }

    /// Compares every package with the lock.
    ///
    /// - Returns: Those that the lock does not name in this version.
    private func check(_ archives: String) async throws -> [String] {
        let files = try packages(in: archives)
        let hashes = try await hashes(of: files.map { "\(archives)/\($0.name)" })
        let locked = Dictionary(uniqueKeysWithValues: lock.entries.map { ("\($0.name) \($0.version)", $0.hash) })
        var unpinned: [String] = []
        for (file, hash) in zip(files, hashes) {
            guard let expected = locked[file.key] else {
                unpinned.append(file.key)
                continue
            }
            try require(hash, expected, "\(archives)/\(file.name)")
        }
        return unpinned
    }

    private func hashes(of paths: [String]) async throws -> [String] {
        let text = try await tools.call("read what it fetched", ["sha256sum"] + paths, deadline: .seconds(120))
        let hashes = text.split(whereSeparator: \.isNewline).map { String($0.prefix(64)) }
        guard hashes.count == paths.count else { throw BottleError(.io, "sha256sum did not answer for every file.") }
        return hashes
    }

    private func require(_ hash: String, _ expected: String, _ path: String) throws(BottleError) {
        guard hash != expected else { return }
        throw BottleError(
            .prerequisite,
            "\(path) is not the file that the lab was tested with: its SHA-256 begins with \(hash.prefix(12)) and should begin with \(expected.prefix(12)). Delete it and build again; if it comes back, do not trust where it comes from."
        )
    }

    // MARK: - The wheel

    private func wheel() async throws -> String {
        let name =
            "\(LabDefinition.wheelName)-\(LabDefinition.wheelVersion)-cp39-abi3-\(LabDefinition.wheelPlatform).whl"
        let path = "\(directory)/\(name)"
        if !FileManager.default.fileExists(atPath: path) {
            try StateDirectory.make(directory)
            // pip compares the hash as well, before the file is under its name.
            let requirement =
                "\(LabDefinition.wheelName)==\(LabDefinition.wheelVersion) --hash=sha256:\(LabDefinition.wheelHash)\n"
            try await tools.call(
                "fetch \(LabDefinition.wheelName) from PyPI",
                [
                    "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--require-hashes", "--only-binary", ":all:", "--platform", "\(LabDefinition.wheelPlatform)",
                    "--python-version", "3.9", "--abi", "abi3", "--implementation", "cp", "--dest", directory,
                    "--requirement", "/dev/stdin",
                ], stdin: Array(requirement.utf8), deadline: Self.patience)
        }
        try require(try await hashes(of: [path])[0], LabDefinition.wheelHash, path)
        return path
    }
}
