// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-08: a denied host does not pass as an allowed one, however it is written.
package struct PROXY08NamesParsedOnce: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-08",
        title: "name matching cannot be talked into a match",
        statement:
            "Matching of names MUST be proof against parsers that differ: NUL, CR and LF, @, #, percent, dots of other "
            + "scripts, a trailing dot, case, and names that only begin or end as an allowed one does.",
        why:
            "One part of a proxy compares, another one dials, and where the two read a text differently the list is worth "
            + "nothing. A name that ends in an allowed one costs a few coins to register.",
        probed:
            "The guest asks by absolute-form request and by CONNECT for names that exist and have an allowed one at their "
            + "beginning or their end, and for texts that hold a denied and the allowed name, parted by what parsers trip "
            + "over; the far side watches. An open twin reaches the names that exist, and the allowed name works.",
        remedy:
            "Parse the target once, strictly, to letters, digits, dashes and dots in lower case; refuse everything else; "
            + "compare whole labels, and dial what was compared.",
        profiles: .fullProfiles,
        mutants: ["suffix": .violated, "closedtwin": .inconclusive]
    )

    private static func forms(_ field: SessionField) -> [(key: String, host: String, exists: Bool)] {
        let (allowed, denied) = (field.allowedHost, field.deniedHost)
        let lookalikes = field.lookalikesOfAllowed.enumerated().map { ("lookalike\($0)", $1, true) }
        return lookalikes + [
            ("user", "\(allowed)@\(denied)", false), ("user-port", "\(allowed):80@\(denied)", false),
            ("fragment", "\(denied)#.\(allowed)", false), ("percent-fragment", "\(denied)%23.\(allowed)", false),
            ("percent-nul", "\(denied)%00.\(allowed)", false), ("nul", "\(denied)\u{0}.\(allowed)", false),
            ("backslash", "\(denied)\\@\(allowed)", false), ("semicolon", "\(denied);\(allowed)", false),
            ("percent-letter", "%64" + denied.dropFirst(), false), ("tab", "\(denied)\t.\(allowed)", false),
            ("wide-dot", "\(denied)\u{ff0e}\(allowed)", false),
            ("ideographic-dot", "\(denied)\u{3002}\(allowed)", false),
            ("trailing-dot", "\(denied).", true), ("upper-case", denied.uppercased(), true),
        ]
    }

    private static let entries = [(key: "get", title: "absolute-form GET"), (key: "connect", title: "CONNECT")]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for form in Self.forms(field) where declaration.session == .bottle || form.exists {
            let (get, connect) = (Nonce.fresh(), Nonce.fresh())
            declaration.probe(
                "get/\(form.key)", nonce: get, .exchange(Requests.absolute(form.host, get, via: bundle)))
            declaration.probe(
                "connect/\(form.key)", nonce: connect,
                .exchange(
                    Requests.secure(
                        form.host, connect, via: bundle, trust: .anybody, serverName: field.allowedHost,
                        headers: ["Host: \(field.allowedHost)"])))
        }
        guard declaration.session == .bottle else { return }
        let named = Nonce.fresh()
        declaration.probe("allowed", nonce: named, .exchange(Requests.absolute(field.allowedHost, named, via: bundle)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let needs = [CanaryNeed(.offHost, .tcp, 80), CanaryNeed(.offHost, .tcp, 443)]
        let attempts = Self.forms(scene.field).flatMap { form in
            Self.entries.map { entry in
                let key = "\(entry.key)/\(form.key)"
                return Denial.Attempt(
                    key: key, deed: "a host off the allowlist, written as \(Quoted(form.host)), by \(entry.title)",
                    canaries: needs[entry.key == "get" ? 0 : 1].canaries(in: scene.field),
                    twinKey: form.exists ? key : nil,
                    accepted: form.exists ? Outcome.denials : Outcome.denials.union([.nameFail]))
            }
        }
        let permitted = Denial.Permitted(
            key: "allowed", what: "\(scene.field.allowedHost) under its plain name", proof: .bannerThroughBundle)
        var gaps = needs.gaps(in: scene.field)
        if scene.field.lookalikesOfAllowed.isEmpty { gaps.append("no name that resembles the allowed one exists") }
        return Denial(attempts: attempts, permitted: [permitted], gaps: gaps).judge(
            evidence, pass: "\(attempts.count) requests for a denied host in the guise of an allowed one were denied")
    }
}
