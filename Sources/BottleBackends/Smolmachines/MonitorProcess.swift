// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The process that runs a machine, as the kernel of the host shows it.
enum MonitorProcess {
    /// What is known of a process; nil when it is gone.
    static func look(_ process: Int32) -> MachineDescription.Monitor? {
        guard let bytes = HostFiles.contents(of: "/proc/\(process)/status", limit: 65_536) else { return nil }
        return look(String(decoding: bytes, as: UTF8.self), namespaces: namespaces(process))
    }

    static func look(_ status: String, namespaces: [String: String]) -> MachineDescription.Monitor? {
        var fields: [Substring: Substring] = [:]
        for line in status.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[parts[0]] = parts[1].trimmingPrefix(while: \.isWhitespace)
        }
        let uids = fields["Uid"]?.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) } ?? []
        guard uids.count == 4, let effective = fields["CapEff"], let permitted = fields["CapPrm"],
            let privileges = fields["NoNewPrivs"], let filter = fields["Seccomp"].flatMap({ Int($0) })
        else { return nil }
        return MachineDescription.Monitor(
            uids: uids, effectiveCapabilities: String(effective), permittedCapabilities: String(permitted),
            hasNoNewPrivileges: privileges == "1", seccompMode: filter, namespaces: namespaces)
    }

    private static func namespaces(_ process: Int32) -> [String: String] {
        var found: [String: String] = [:]
        for name in ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"] {
            let path = "/proc/\(process)/ns/\(name)"
            // "net:[4026531840]"
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { continue }
            found[name] = target.filter { ("0"..."9").contains($0) }
        }
        return found
    }
}
