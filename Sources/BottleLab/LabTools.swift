// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The programs of this machine that build or run a lab.
struct LabTools: Sendable {
    /// By program, the Debian package that brings it.
    private static let packages = [
        "apt-get": "apt", "dpkg-deb": "dpkg", "fakeroot": "fakeroot", "gzip": "gzip", "mke2fs": "e2fsprogs",
        "python3": "python3-pip", "qemu-system-x86_64": "qemu-system-x86", "tar": "tar", "zstd": "zstd",
    ]
    static let building = ["apt-get", "dpkg-deb", "fakeroot", "gzip", "mke2fs", "python3", "tar", "zstd"]
    static let running = ["qemu-system-x86_64"]

    /// What programs of the lab get of the caller's environment: how to reach registries, and where to put what is temporary.
    private static let passed = [
        "HOME", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        "PIP_INDEX_URL",
        "PIP_CERT", "PIP_CONFIG_FILE", "SSL_CERT_FILE",
    ]
    /// Administrators' programs too, which ordinary users often have no path to.
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Where programs of the lab are looked for.
    static let labPath = "/usr/sbin:/usr/bin"

    let environment: [String: String]

    /// - Parameter path: Where programs are looked for beside the caller's own path.
    init(environment: [String: String], path: String = LabTools.path) {
        var kept = environment.filter { Self.passed.contains($0.key) }
        kept["PATH"] = (environment["PATH"].map { "\($0):" } ?? "") + path
        kept["LC_ALL"] = "C.UTF-8"
        self.environment = kept
    }

    /// - Throws: `.prerequisite` naming every program that is missing, and what to install.
    func require(_ programs: [String]) throws(BottleError) {
        let missing = programs.filter { find($0) == nil }
        guard !missing.isEmpty else { return }
        let packages = Set(missing.compactMap { Self.packages[$0] }).sorted().joined(separator: " ")
        throw BottleError(
            .prerequisite,
            "The lab needs \(missing.joined(separator: ", ")), which this machine lacks: `apt-get install \(packages)`."
        )
    }

    /// The absolute path of a program.
    func find(_ program: String) -> String? {
        (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            .first { $0.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program.
    ///
    /// - Throws: What `HostCommand` throws.
    func run(
        _ argv: [String], variables: [String: String] = [:], stdin: [UInt8] = [], deadline: Duration
    ) async throws -> HostCommand.Result {
        try await HostCommand(
            argv, environment: environment.merging(variables) { $1 }, stdin: stdin, deadline: deadline, limit: 32 << 20
        ).run()
    }

    /// Runs a program that has to succeed.
    ///
    /// - Parameter action: Completes "The lab could not".
    @discardableResult
    func call(
        _ action: String, _ argv: [String], variables: [String: String] = [:], stdin: [UInt8] = [], deadline: Duration
    ) async throws -> String {
        let result = try await run(argv, variables: variables, stdin: stdin, deadline: deadline)
        guard result.status == 0 else {
            throw Self.failure(action, argv[0], said: String(decoding: result.stderr, as: UTF8.self))
        }
        return String(decoding: result.stdout, as: UTF8.self)
    }

    /// The first 16 digits of a SHA-256.
    func digest(of bytes: [UInt8]) async throws -> String {
        String(try await call("name itself", ["sha256sum"], stdin: bytes, deadline: .seconds(20)).prefix(16))
    }

    static func failure(_ action: String, _ program: String, said: String) -> BottleError {
        let lines = said.split(whereSeparator: \.isNewline)
        let telling = lines.last { $0.hasPrefix("E:") || $0.lowercased().contains("error") } ?? lines.last ?? "nothing"
        if lines.contains(where: { $0.contains("No module named pip") }) {
            return BottleError(
                .prerequisite,
                "The lab could not \(action), since \(program) has no pip: `apt-get install python3-pip`.")
        }
        let isFull = lines.contains { $0.lowercased().contains("no space left") }
        return BottleError(
            isFull ? .io : .prerequisite,
            isFull
                ? "The lab could not \(action), because the disk is full: make room, or set XDG_CACHE_HOME to another."
                : "The lab could not \(action): \(program) said \(Quoted(String(telling), limit: 300)).")
    }
}
