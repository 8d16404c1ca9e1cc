// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// RENDER-01: the network of a bottle follows from its slug, on every machine and in every process alike.
package struct RENDER01AddressesFromSlug: Check {
    package init() {}

    package let requirement = Requirement(
        id: "RENDER-01",
        title: "the slug alone decides the bottle's addresses",
        statement:
            "From the slug and nothing else MUST follow one private /24, 10.77.<octet>.0/24: the octet is the 64-bit FNV-1a "
            + "hash of the slug modulo 254, never 17; the gateway is .1 and the bundle .2 of that network. It MUST be the "
            + "same in every process and on every machine.",
        why:
            "Whoever resumes a bottle, or sweeps one after a crash, knows its slug and nothing else. An address that comes "
            + "from a random hash leads to another bottle's network, or to the engine's own.",
        probed:
            "The driver plans the vectors of the specification, slugs that hash to the octet that is skipped, and slugs "
            + "that are made up anew in every run, each twice; a second implementation of the rule says what is right.",
        remedy:
            "Implement FNV-1a (64 bit) over the slug's UTF-8 bytes, take it modulo 254, and turn 17 into 254. Do not use "
            + "your language's own hash: many are seeded anew in every process.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["randomhash": .violated, "octet17": .violated]
    )

    /// Slugs of the specification with their octets.
    static let vectors: [(slug: String, octet: Int)] = [
        ("a", 72), ("b", 203), ("z", 235), ("0", 221), ("dev", 156), ("helper", 149), ("writer", 22),
        ("reader", 252), ("agent-1", 10), ("agent-2", 141), ("bottle", 205), ("bottle-conformance", 91),
        ("demo-4f2k9c1x", 69), ("x-y-z", 184), ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 229),
        ("0123456789", 142), ("claude", 131), ("claude-bottle", 50), ("main", 74), ("nightly", 142), ("ci-42", 58),
        ("twin-0001", 153), ("variant-0001", 224), ("s193", 254), ("s601", 254), ("s849", 254), ("t191", 0),
    ]
    /// How many slugs are made up in a run.
    private static let fresh = 16

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        let slugs = Self.vectors.map(\.slug) + (0..<Self.fresh).map { _ in "r-\(Nonce.fresh().text.prefix(20))" }
        declaration.plans(slugs.map { PlanScene("slug \($0)", Manifest.Bottle(), slug: $0) })
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        var wanted = Self.vectors.map(\.slug)
        let others = evidence.plans.values.map(\.step.slug).filter { !wanted.contains($0) }.sorted()
        wanted += others
        var findings = wanted.flatMap { slug in
            evidence.examine("slug \(slug)", holds: "") { report, outcome in Self.differences(report, outcome) }
        }
        let held = findings.count { $0.state == .holds }
        findings.removeAll { $0.state == .holds }
        if held > 0 {
            findings.append(Finding(.fact, .holds, "\(held) slugs lead to the addresses of the rule, twice each"))
        }
        if others.count < Self.fresh {
            let why = "only \(others.count) slugs that nobody could know beforehand were planned: run again"
            findings.append(Finding(.fact, .missing, why))
        }
        return .concluding(findings, pass: "\(held) slugs lead to the network of the rule, in every call alike")
    }

    static func differences(_ report: PlanReport, _ outcome: PlanOutcome) -> [String] {
        let slug = outcome.step.slug
        let octet = vectors.first { $0.slug == slug }?.octet ?? ExpectedPlan.octet(of: slug)
        let network = "10.77.\(octet)"
        var found = [
            difference("the network", report.bundle.subnet, wanted: "\(network).0/24"),
            difference("the gateway", report.bundle.gateway, wanted: "\(network).1"),
            difference("the bundle's address", report.bundle.address, wanted: "\(network).2"),
            difference("the octet of the plan", "\(report.plan.addresses.octet)", wanted: "\(octet)"),
        ].compactMap(\.self)
        if outcome.repeatable == false { found.append("a second call plans something else") }
        return found
    }
}
