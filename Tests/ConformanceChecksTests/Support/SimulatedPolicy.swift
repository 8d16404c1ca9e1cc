// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Whom the proxy of a simulated bottle leads to.
extension SimulatedNetwork {
    enum Decision {
        case address(String)
        case denied(String)
    }

    /// Spellings of the bundle's own loopback, and its address.
    private var ownLiterals: [String] {
        ["127.0.0.1", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "localhost", bottle.plan.addresses.bundle]
    }

    /// The address that the proxy dials, by the name alone as long as that decides it.
    mutating func decide(_ host: String, connect: Bool) -> Decision {
        if bottle.has(.denyall) { return Self.unlisted(host) }
        if bottle.has(.resolvefirst) { lookUp(host) }
        let isUnfiltered =
            bottle.isOpen || bottle.has(.httponly) && connect || bottle.has(.connectonly) && !connect
        guard isUnfiltered || isListed(host) else { return Self.unlisted(host) }
        lookUp(host)
        if let answers = shifted(host) {
            let isOpen = isUnfiltered || bottle.has(.nossrf)
            guard isOpen || !answers.checked.contains(inside) else { return .denied("SSRF blocked: \(host)") }
            return .address((bottle.has(.reresolve) ? answers.again : answers.checked)[0])
        }
        guard let address = resolve(host) else { return .denied("SSRF check failed: DNS resolution error for \(host)") }
        let isInternal =
            ownLiterals.contains(host) || [field.loopbackHost, field.bundleHost].contains(host)
            || field.internalHosts[address] == host
        guard isUnfiltered || !isInternal || bottle.has(.nossrf) else { return .denied("SSRF blocked: \(host)") }
        return .address(address)
    }

    private static func unlisted(_ host: String) -> Decision { .denied("domain not in allowlist: \(host)") }

    private func isListed(_ host: String) -> Bool {
        let list = bottle.plan.allowlist
        if bottle.has(.emptyopen), list.isEmpty { return true }
        if Self.isDotted(host) { return bottle.has(.literal) || bottle.has(.nossrf) && ownLiterals.contains(host) }
        if bottle.has(.nossrf), ownLiterals.contains(host) { return true }
        return list.contains { entry in
            if entry.hasPrefix("*.") {
                return host.hasSuffix(entry.dropFirst()) && (bottle.has(.noentropy) || !Self.isData(host))
            }
            return host == entry || bottle.has(.suffix) && (host.hasSuffix(entry) || host.hasPrefix(entry))
        }
    }

    /// Whether a label is one of those that checks hide data in.
    private static func isData(_ host: String) -> Bool {
        host.split(separator: ".").contains { $0.hasPrefix("akia") || $0.hasPrefix("414b4941") || $0.count > 50 }
    }

    private var inside: String { bottle.plan.addresses.gateway }

    /// What a name that leads to both sides is answered at first, and to whoever asks again.
    private func shifted(_ host: String) -> (checked: [String], again: [String])? {
        let outside = field.canaries(at: .offHost).first?.address ?? ""
        switch field.shiftingHosts.first(where: { $0.value == host })?.key {
        case nil: return nil
        case .flip:
            let isOutside = (nonce.utf8.first ?? 0).isMultiple(of: 2)
            return isOutside ? ([outside], [inside]) : ([inside], [outside])
        case .mixed: return ([outside, inside], [outside, inside])
        case .reversed: return ([inside, outside], [inside, outside])
        case .mapped: return ([outside], [outside])
        }
    }

    /// The name server of the harness is asked, and sees who is asked for.
    private mutating func lookUp(_ host: String) {
        let nonces = NonceScan.runs(in: host.utf8)
        guard !Self.isDotted(host), !nonces.isEmpty, let server = field.canaries(at: .nameServer, .dnsUDP).first else {
            return
        }
        witness.append(
            WitnessRecord(canary: server.id, time: 1, peer: bundlePeer, nonces: nonces, bytes: Array(host.utf8)))
    }

    /// Nil for a name that does not exist.
    func resolve(_ host: String) -> String? {
        if ownLiterals.contains(host) { return "127.0.0.1" }
        if Self.isDotted(host) { return host }
        let inside = [field.loopbackHost: "127.0.0.1", field.bundleHost: "127.0.0.1"]
        if let address = inside[host] ?? field.aliases[host] { return address }
        if let address = field.internalHosts.first(where: { $0.value == host })?.key { return address }
        let outside =
            [field.allowedHost, field.deniedHost, field.routedHost, field.lookalikeHost] + field.lookalikesOfAllowed
            + field.badHosts.values
        return outside.contains(host) ? field.canaries(at: .offHost).first?.address : nil
    }

    private static func isDotted(_ host: String) -> Bool {
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets.allSatisfy { UInt8($0) != nil }
    }
}
