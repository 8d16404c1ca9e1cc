// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// DNS-03: a denied name is not even looked up.
package struct DNS03DecidesBeforeResolving: Check {
    package init() {}

    package let requirement = Requirement(
        id: "DNS-03",
        title: "pipelock decides before it resolves",
        statement: "Pipelock MUST decide before it resolves: a denied name MUST NOT cause a query.",
        why:
            "A query is a message. Whoever runs the name server of a zone reads the labels that the guest made up, whether "
            + "the connection is then denied or not.",
        probed:
            "The guest asks by CONNECT, by absolute-form request and by /fetch for names with a nonce of their own below a "
            + "denied host; the harness's name server, which the bundle asks, must see none of the nonces. A name with a "
            + "nonce below an allowed wildcard must be seen there, and an open twin's names are.",
        remedy: "Compare the name with the allowlist first, and ask the resolver for what passed only.",
        profiles: .fullProfiles,
        mutants: ["resolvefirst": .violated, "closedtwin": .inconclusive]
    )

    private static let entries: [(key: String, title: String)] = [
        ("connect", "CONNECT"), ("get", "absolute-form GET"), ("fetch", "/fetch"),
    ]
    /// An entry that a proxy may lack: then there is nothing to see in a twin either.
    private static let optional: Set<String> = ["fetch"]
    private static let wild = "wild"

    private static func exchange(_ entry: String, _ host: String, _ nonce: Nonce, _ bundle: String) -> Exchange {
        switch entry {
        case "connect": Requests.connect("\(host):443", say: "\(nonce)\n", via: bundle)
        case "fetch":
            Requests.get(
                "/fetch?url=http://\(host)/", host: "\(bundle):\(Contract.pipelockPort)", to: bundle,
                Contract.pipelockPort)
        default: Requests.absolute(host, nonce, via: bundle)
        }
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for entry in Self.entries {
            let nonce = Nonce.fresh()
            declaration.probe(
                entry.key, nonce: nonce,
                .exchange(Self.exchange(entry.key, "\(nonce).\(field.deniedHost)", nonce, bundle)))
        }
        guard declaration.session == .bottle, !field.wildHost.isEmpty else { return }
        let nonce = Nonce.fresh()
        declaration.probe(
            Self.wild, nonce: nonce, .exchange(Self.exchange("get", "\(nonce).\(field.wildHost)", nonce, bundle)))
        let working = Nonce.fresh()
        declaration.probe(
            "allowed", nonce: working, .exchange(Requests.absolute(field.allowedHost, working, via: bundle)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let servers = scene.field.canaries(at: .nameServer)
        let attempts = Self.entries.map { entry in
            Denial.Attempt(
                key: entry.key, deed: "the name server with a denied name, through the proxy by \(entry.title)",
                canaries: servers, twinKey: Self.optional.contains(entry.key) ? nil : entry.key,
                accepted: Outcome.denials)
        }
        let permitted = Denial.Permitted(
            key: "allowed", what: "\(scene.field.allowedHost), whose name the bundle has to look up",
            proof: .bannerThroughBundle)
        let gaps = servers.isEmpty ? ["no name server of the harness watches"] : []
        return Denial(attempts: attempts, permitted: [permitted], gaps: gaps).judge(
            evidence, with: [seen(evidence, servers)],
            pass: "\(attempts.count) requests for denied names caused no query; one for an allowed name did")
    }

    /// The name server sees what the bundle asks, so that its silence means something.
    private func seen(_ evidence: Evidence, _ servers: [Canary]) -> Finding {
        let ids = Set(servers.map(\.id))
        let queries = evidence.probe(Self.wild).map { evidence.records(of: $0.step.nonce.text) } ?? []
        let count = queries.filter { ids.contains($0.canary) }.count
        return count > 0
            ? Finding(.permitted, .holds, "the name server saw the allowed name of the guest in \(count) queries")
            : Finding(
                .permitted, .missing,
                "the name server did not see an allowed name of the guest either "
                    + "(\(evidence.outcome(Self.wild).rawValue)): let the bundle ask the harness's name server")
    }
}
