// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What a proxy lets through: the decision, apart from every socket.
package struct Policy: Sendable {
    /// The way a request came in; some faults open one way only.
    package enum Entry: Sendable, Hashable { case connect, absolute, fetch }

    /// A denial, in the words that the client and the log get.
    package struct Denial: Error, Sendable, Hashable {
        package let reason: String
        /// The name that was asked for is one, and stays out of the log.
        package let isSecret: Bool

        package init(_ reason: String, isSecret: Bool = false) {
            self.reason = reason
            self.isSecret = isSecret
        }
    }

    private let config: PipelockConfig
    /// The bundle's own addresses: never a destination.
    private let own: Set<IPAddress>
    private let isOpen: Bool
    private let faults: Set<Fault>
    private let labels: LabelScreen

    package init(config: PipelockConfig, own: Set<IPAddress>, isOpen: Bool, faults: Set<Fault>) {
        self.config = config
        self.own = own
        self.isOpen = isOpen
        self.faults = faults
        labels = LabelScreen(patterns: config.secrets.patterns, entropy: config.labelEntropy)
    }

    /// What the `resolvefirst` fault does with every host, before anything is decided.
    package func lookUpFirst(_ host: HostSpec, resolver: any HostResolver) async {
        guard faults.contains(.resolvefirst), case .name(let name) = host else { return }
        _ = try? await resolver.addresses(of: name)
    }

    /// Whether a host may be asked for at all; decided from its name, before anything is looked up.
    package func screen(_ host: HostSpec, by entry: Entry) throws(Denial) {
        if faults.contains(.denyall) { throw Denial("domain not in allowlist: \(host)") }
        if isUnfiltered(entry) { return }
        switch host {
        case .literal(let address):
            if faults.contains(.nossrf), address.isLoopback { return }
            if faults.contains(.literal) { return }
        case .name(let name):
            guard config.isAllowlistEnforced else { return }
            if config.allowlist.matches(name) { return try screenLabels(of: name) }
            if faults.contains(.suffix), config.allowlist.resembles(name) { return }
            if config.allowlist.isEmpty, faults.contains(.emptyopen) { return }
        }
        throw Denial("domain not in allowlist: \(host)")
    }

    private func screenLabels(of name: String) throws(Denial) {
        guard !faults.contains(.noentropy), let problem = labels.problem(with: config.allowlist.madeUpLabels(of: name))
        else { return }
        throw Denial(problem.reason, isSecret: problem.isSecret)
    }

    /// The addresses of a screened host, all of them outside what is internal: dial these and no others.
    package func addresses(
        of host: HostSpec, by entry: Entry, resolver: any HostResolver
    ) async throws(Denial) -> [IPAddress] {
        let name: String
        switch host {
        case .literal(let address): return [address]
        case .name(let parsed): name = parsed
        }
        let found: [IPAddress]
        do {
            found = try await resolver.addresses(of: name)
        } catch {
            throw Denial("SSRF check failed: DNS resolution error for \(name)")
        }
        guard !found.isEmpty else { throw Denial("SSRF check failed: DNS resolution error for \(name)") }
        if isUnfiltered(entry) || faults.contains(.nossrf) { return found }
        // One bad address spoils the name: a mixed answer is how a rebinding starts.
        for address in found where isInternal(address, of: name) {
            throw Denial("SSRF blocked: \(name) resolves to internal IP \(address)")
        }
        // What the fault dials is another answer than the one that was looked at.
        if faults.contains(.reresolve), let another = try? await resolver.addresses(of: name) { return another }
        return found
    }

    private func isInternal(_ address: IPAddress, of name: String) -> Bool {
        if own.contains(address) || address.isUnspecifiedOrBroadcast { return true }
        if config.trusted.matches(name) { return false }
        if config.exemptRanges.contains(where: { $0.contains(address) }) { return false }
        return config.internalRanges.contains { $0.contains(address) }
    }

    private func isUnfiltered(_ entry: Entry) -> Bool {
        switch entry {
        case .connect: isOpen || faults.contains(.httponly)
        case .absolute: isOpen || faults.contains(.connectonly)
        case .fetch: isOpen
        }
    }
}
