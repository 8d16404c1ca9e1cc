// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleSystem
import ConformanceEngine
import SystemPackage

extension HostIdentity {
    /// The machine this process runs on, as /proc tells it; what cannot be read is left out.
    static func machine() -> HostIdentity {
        var namespaces: [String: String] = [:]
        for name in ["mnt", "pid", "net", "uts", "ipc", "user", "cgroup"] {
            if let target = SocketCalls.linkTarget("/proc/self/ns/\(name)") { namespaces[name] = inode(target) }
        }
        return HostIdentity(
            name: "machine", bootID: read("/proc/sys/kernel/random/boot_id"), namespaces: namespaces,
            kernel: read("/proc/sys/kernel/osrelease"))
    }

    /// The bottle's host, as the namespace host described it.
    static func world(_ identity: WorldIdentity) -> HostIdentity {
        HostIdentity(
            name: "world", bootID: identity.bootID, namespaces: identity.namespaces.mapValues(inode),
            kernel: identity.kernel)
    }

    /// `4026531840` for `mnt:[4026531840]`, and for itself: one spelling, so that identities can be compared.
    private static func inode(_ text: String) -> String {
        guard let open = text.firstIndex(of: "["), text.last == "]" else { return text }
        return String(text[text.index(after: open)...].dropLast())
    }

    private static func read(_ path: String) -> String {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return "" }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = (try? bytes.withUnsafeMutableBytes { try file.read(into: $0) }) ?? 0
        SocketCalls.close(file.rawValue)
        return String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
    }
}
