// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Small looks at the machine's files; what cannot be read counts as missing.
enum HostFiles {
    /// What stands at a path, links not followed.
    enum Kind: Sendable, Hashable {
        case directory
        case symlink(target: String)
        case other
        case missing
    }

    static func kind(of path: String) -> Kind {
        guard let type = attribute(.type, of: path) as? FileAttributeType else { return .missing }
        switch type {
        case .typeDirectory: return .directory
        case .typeSymbolicLink:
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            return target.map { .symlink(target: $0) } ?? .missing
        default: return .other
        }
    }

    /// Up to `limit` bytes of a file; nil when it cannot be read or is longer.
    static func contents(of path: String, limit: Int) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return nil }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > limit { return nil }
        }
    }

    /// What is in a directory, sorted; nothing when it cannot be read.
    static func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// Whether this process runs as root; the owner of `/proc/self` is the effective user.
    static var isRoot: Bool { attribute(.ownerAccountID, of: "/proc/self/") as? UInt == 0 }

    private static func attribute(_ key: FileAttributeKey, of path: String) -> Any? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[key]
    }
}
