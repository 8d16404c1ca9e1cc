// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Foundation

/// Somebody who signs certificates in a simulated world, known by a name; the name's bytes stand for the certificate.
struct SimulatedAuthority: Hashable {
    let name: String

    /// Signs for the harness's own servers; nobody trusts it but proxies that were told to.
    static let canaries = SimulatedAuthority(name: "canaries")
    /// Those that every image brings along.
    static let image = ["one", "two", "three"].map { SimulatedAuthority(name: "\($0) of the image") }

    var digest: String { SHA256.hex(name.utf8) }

    var certificate: String {
        "-----BEGIN CERTIFICATE-----\n\(Data(name.utf8).base64EncodedString())\n-----END CERTIFICATE-----\n"
    }

    /// As its files on the host show it.
    func evidence(keyMode: UInt32 = 0o600) -> AuthorityEvidence {
        AuthorityEvidence(
            certificate: certificate, digest: digest, certificateMode: 0o600, keyMode: keyMode,
            keyDigest: SHA256.hex("key of \(name)".utf8))
    }
}

extension SimulatedBottle {
    /// By daemon.
    var authorities: [String: SimulatedAuthority] {
        let whose = sharesAuthorities ? "every bottle" : session.rawValue
        let daemons = plan.routes.isEmpty ? ["pipelock"] : ["egress", "pipelock"]
        return Dictionary(uniqueKeysWithValues: daemons.map { ($0, SimulatedAuthority(name: "\($0) of \(whose)")) })
    }

    /// The one whose leaves the guest is shown.
    var signer: SimulatedAuthority { authorities["egress"] ?? authorities["pipelock"] ?? .canaries }

    /// Whom every program in the guest believes.
    var store: [SimulatedAuthority] {
        if isOpen || has(.noca) { return SimulatedAuthority.image }
        return SimulatedAuthority.image + [has(.stalebundle) ? SimulatedAuthority(name: "of another launch") : signer]
    }

    /// What the probe says of the file that they are in.
    var storeFacts: [String: String] {
        [
            "certificates": store.map(\.digest).joined(separator: " "), "keys": has(.keytoo) ? "1" : "0",
            "others": "0",
        ]
    }
}
