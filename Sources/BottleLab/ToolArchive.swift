// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// This tool with everything that it needs, as an archive for the lab: whose libraries may be older than this machine's.
package struct ToolArchive: Sendable {
    /// Where it stands in the lab.
    static let directory = "/bottle"
    private static let loader = "ld-linux-x86-64.so.2"
    private static let helpers = ["bottle-bundle", "bottle-launcher", "bottle-probe", "bottle-tls"]

    /// How the tool is started in the lab: by the loader that it was built for.
    package static let argv = [
        "\(directory)/lib/\(loader)", "--library-path", "\(directory)/lib", "--argv0", "bottle-conformance",
        "\(directory)/bin/bottle-conformance",
    ]
    package static let variables = [HelperExecutable.overrideVariable: "\(directory)/bin"]

    let tools: LabTools

    /// Writes the archive.
    ///
    /// - Parameter directory: An empty one to work in; the archive is in it when this returns.
    /// - Returns: The path of the archive.
    func write(in directory: String) async throws -> String {
        let stage = "\(directory)/tool"
        let (programs, libraries) = try await files()
        for (name, paths) in [("bin", programs), ("lib", libraries)] {
            try StateDirectory.make("\(stage)/\(name)")
            for path in paths { try link(path, to: "\(stage)/\(name)/\(Self.name(path))") }
        }
        let archive = "\(directory)/tool.tar"
        try await tools.call(
            "pack this tool",
            [
                "tar", "--dereference", "--owner=0", "--group=0", "--mode=u=rwX,go=rX", "-c", "-f", archive, "-C",
                stage, ".",
            ],
            deadline: .seconds(60))
        return archive
    }

    /// Sixteen digits that are others as soon as any byte of the tool is.
    func digest() async throws -> String {
        let (programs, libraries) = try await files()
        let text = try await tools.call("read this tool", ["sha256sum"] + programs + libraries, deadline: .seconds(60))
        // Not where the files stand: a copy is the same tool.
        let lines = text.split(whereSeparator: \.isNewline).map { "\($0.prefix(64)) \(Self.name(String($0)))" }
        return try await tools.digest(of: Array(lines.joined(separator: "\n").utf8))
    }

    /// What the tool consists of.
    private func files() async throws -> (programs: [String], libraries: [String]) {
        guard let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw BottleError(.io, "Cannot read /proc/self/exe; mount /proc.")
        }
        var programs = [executable]
        for name in Self.helpers { programs.append(try HelperExecutable.path(name)) }
        return (programs, try await libraries(of: executable))
    }

    private static func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: target, withDestinationPath: path)
    }

    /// The shared libraries of a program, its loader included.
    private func libraries(of path: String) async throws -> [String] {
        let text = try await tools.call("see what this tool needs", ["ldd", path], deadline: .seconds(20))
        let paths = text.split(whereSeparator: \.isNewline).compactMap { line in
            // "libc.so.6 => /lib/libc.so.6 (0x...)" and "/lib64/ld-linux-x86-64.so.2 (0x...)".
            line.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("/") }.map(String.init)
        }
        guard paths.contains(where: { Self.name($0) == Self.loader }) else {
            throw BottleError(
                .prerequisite, "ldd does not tell what \(path) is loaded with; the lab needs a dynamic build of it.")
        }
        return paths
    }
}
