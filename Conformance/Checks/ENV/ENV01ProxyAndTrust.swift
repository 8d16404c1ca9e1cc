// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// ENV-01: the planned environment leads every client to pipelock and to the certificates of the bottle.
package struct ENV01ProxyAndTrust: Check {
    package init() {}

    package let requirement = Requirement(
        id: "ENV-01",
        title: "the planned environment names the proxy and the trust store",
        statement:
            "The planned guest environment MUST hold HTTPS_PROXY and HTTP_PROXY as http://<bundle>:8888, NO_PROXY as "
            + "localhost,127.0.0.1 (and the bundle's address exactly when supervise is enabled), lower-case twins with the "
            + "same values, and NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and REQUESTS_CA_BUNDLE as "
            + "/etc/ssl/certs/ca-certificates.crt; every address in them MUST be an IP literal.",
        why:
            "Some clients read the upper-case name, some the lower-case one, and none reads both for everything. A name "
            + "instead of an address needs a resolver that the guest does not have, and NO_PROXY=* leaves the proxy out.",
        probed:
            "The driver plans every combination of routes, git and supervise and the standard bottles; the values are "
            + "compared with a table of the contract. That every exec carries them is ENV-05's matter.",
        remedy:
            "Compute these variables from the bundle's address, after the manifest's own, in both spellings; add the "
            + "bundle's address to NO_PROXY when supervise is enabled, or MCP clients ask pipelock for it.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["noproxystar": .violated, "hostname": .violated, "missingtrio": .violated]
    )

    private static let scenes = PlanScene.features + PlanScene.standard

    package func declarePlans(_ declaration: inout PlanDeclaration) { declaration.plans(Self.scenes) }

    package func judge(_ evidence: Evidence) -> Judgement {
        let findings = Self.scenes.flatMap { scene in
            evidence.compare(scene.name, holds: "proxy and trust store are those of the contract") {
                Self.differences($0.plan.guestEnvironment, $1)
            }
        }
        return .concluding(findings, pass: "\(Self.scenes.count) plans name the bundle's proxy and trust store in full")
    }

    private static func differences(_ environment: [String: String], _ expected: ExpectedPlan) -> [String] {
        var found = expected.access.sorted { $0.key < $1.key }.compactMap { name, value in
            difference(name, environment[name], wanted: value)
        }
        // Whatever a driver adds: a proxy behind a name is found by nobody.
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where ExpectedPlan.computed.contains(name) && expected.access[name] == nil {
            if let host = host(of: value), !isAddress(host) {
                found.append("\(name) leads to the host \(Quoted(host)), which is no IP address")
            }
        }
        return found
    }

    /// The host of a URL; nil for what is none.
    private static func host(of text: String) -> String? {
        guard let start = text.firstRange(of: "://")?.upperBound else { return nil }
        let authority = text[start...].prefix { !"/?#".contains($0) }
        return String(authority.split(separator: ":").first ?? "")
    }

    private static func isAddress(_ host: String) -> Bool {
        let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8(String(decoding: $0, as: UTF8.self)) != nil }
    }
}
