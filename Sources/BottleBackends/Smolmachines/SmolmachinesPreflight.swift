// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleDriver
import BottleRender
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whether this machine can run bottles as microVMs, and what to do when it cannot.
package enum SmolmachinesPreflight {
    /// The oldest release that keeps the policy of a machine made from a pack and refuses names.
    private static let oldest = (1, 20, 0)

    /// Asks smolvm, the kernel and the engine; changes nothing.
    package static func check(_ smolvm: SmolvmClient, _ engine: EngineClient) async -> Status {
        async let engineStatus = DockerPreflight.check(engine)
        var unmet: [Status.Unmet] = []
        var facts: [String: String] = [:]
        do {
            let version = try await version(smolvm)
            facts["smolvm"] = version
            if let problem = problem(version) { unmet.append(problem) }
        } catch {
            unmet.append(
                Status.Unmet(
                    id: "smolvm", message: (error as? BottleError)?.message ?? "\(error)",
                    remedy: "Install it anew with `pip install smolmachines`."))
        }
        if let problem = device() {
            unmet.append(problem)
        } else if case .unusable(let reason) = await Hypervisor.look() {
            unmet.append(
                Status.Unmet(
                    id: "hypervisor", message: "This machine \(reason), and microVMs need one that works.",
                    remedy: "Run on a machine with virtualisation, or give --lab always."))
        }
        let status = await engineStatus
        return Status(unmet: unmet + status.unmet, facts: facts.merging(status.facts) { own, _ in own })
    }

    /// The release, for example `1.32.2`.
    private static func version(_ smolvm: SmolvmClient) async throws -> String {
        let output = try await smolvm.call(
            "say its version", try smolvm.commands(nil).version(), deadline: .seconds(20))
        let words = output.text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let word = words.first(where: { $0.first?.isNumber == true }) else {
            throw BottleError(
                .prerequisite, "smolvm calls its version \(Quoted(output.text, limit: 60)), which says nothing.")
        }
        return word
    }

    /// What is wrong with a release, if anything.
    static func problem(_ version: String) -> Status.Unmet? {
        let numbers = version.split(whereSeparator: { !("0"..."9").contains($0) }).prefix(3).compactMap { Int($0) }
        let remedy = "Install \(oldest.0).\(oldest.1).\(oldest.2) or newer: `pip install --upgrade smolmachines`."
        guard numbers.count == 3 else {
            return Status.Unmet(
                id: "smolvm-version", message: "smolvm calls its version \(Quoted(version)), which says nothing.",
                remedy: remedy)
        }
        guard (numbers[0], numbers[1], numbers[2]) < oldest else { return nil }
        return Status.Unmet(
            id: "smolvm-version", message: "smolvm is version \(version), which does not isolate.", remedy: remedy)
    }

    /// What keeps a monitor from opening the hypervisor's device here, if anything.
    private static func device() -> Status.Unmet? {
        let device = "/dev/kvm"
        let descriptor = open(device, O_RDWR | O_CLOEXEC)
        if descriptor >= 0 {
            let status = FileStatus(descriptor)
            close(descriptor)
            // As root, smolvm runs each monitor as a user of its own, who keeps no group but this one.
            guard geteuid() == 0, let status, status.mode & 0o006 != 0o006,
                getgrnam("kvm").map({ $0.pointee.gr_gid }) != status.group
            else { return nil }
            return Status.Unmet(
                id: "kvm", message: "\(device) cannot be used by the users whom smolvm runs machines as.",
                remedy: "Let them: `chmod 666 \(device)`, or give --lab always.")
        }
        let number = errno
        let reason = number == ENOENT ? "is not there" : "cannot be opened (\(String(cString: strerror(number))))"
        return Status.Unmet(
            id: "kvm", message: "\(device) \(reason), and microVMs need it.",
            remedy: number == ENOENT
                ? "Switch virtualisation on, or give --lab always."
                : "Join the group that owns it, or give --lab always.")
    }
}
