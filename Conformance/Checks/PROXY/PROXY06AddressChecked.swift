// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-06: between what is checked and what is dialled there is no gap.
package struct PROXY06AddressChecked: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-06",
        title: "the address that is dialled is the one that was checked",
        statement:
            "The address that the proxy dials MUST be the one that it validated, for names whose answers change or hold "
            + "several addresses, and each hop of a redirect MUST be checked anew.",
        why:
            "Whoever runs the name server of an allowed name answers the question of the check with a public address and "
            + "that of the dialler with one of the host's network. A redirect does the same one layer above.",
        probed:
            "The guest asks \(tries) times for an allowed name whose answer is never valid for long and leads outside and "
            + "inside by turns, and for names that lead to both in one answer, in either order and by IPv6 as well, by "
            + "absolute-form request and by CONNECT. The host's address on the bottle's link must see none of it, and the "
            + "outside has to be reached. An allowed host redirects by 302, 307 and 308 to a denied host and to the inside; "
            + "the guest gets the redirect, and nobody follows it. An open twin reaches the inside by an allowed name.",
        remedy:
            "Look a name up once, refuse it when any of its addresses is internal, and dial an address of that answer; hand "
            + "redirects to the client.",
        profiles: .fullProfiles,
        mutants: ["reresolve": .violated, "follow": .violated, "closedtwin": .inconclusive]
    )

    private static let tries = 200
    private static let redirects = [302, 307, 308]

    private struct Aim {
        let key: String
        let shift: SessionField.Shift
        let host: String
        let isTunnel: Bool
    }

    private static func aims(_ field: SessionField) -> [Aim] {
        SessionField.Shift.allCases.flatMap { shift -> [Aim] in
            guard let host = field.shiftingHosts[shift] else { return [] }
            guard shift == .flip else {
                return [false, true].map {
                    Aim(key: "\($0 ? "connect" : "get")/\(shift.rawValue)", shift: shift, host: host, isTunnel: $0)
                }
            }
            return (0..<tries).map { Aim(key: "get/flip/\($0)", shift: shift, host: host, isTunnel: false) }
        }
    }

    private static func inside(_ field: SessionField) -> Canary? {
        field.canaries(at: .gateway, .banner).first { $0.port == field.port }
    }

    private static func outside(_ field: SessionField) -> Canary? {
        field.canaries(at: .offHost, .http).first { $0.port == field.port }
    }

    /// Where a redirect sends whoever follows it, by what it is.
    private static func elsewhere(_ field: SessionField) -> [(key: String, authority: String)] {
        [("denied", field.deniedHost)] + (inside(field).map { [("inside", "\($0.address):\($0.port)")] } ?? [])
    }

    package func declare(_ declaration: inout Declaration) {
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        switch declaration.session {
        case .variant: return
        case .twin:
            guard let canary = Self.inside(field), let host = field.internalHosts[canary.address] else { return }
            let nonce = Nonce.fresh()
            declaration.probe(
                "inside", nonce: nonce, canary: canary,
                .exchange(Requests.absolute("\(host):\(canary.port)", nonce, via: bundle)))
        case .bottle:
            for aim in Self.aims(field) {
                let nonce = Nonce.fresh()
                declaration.probe(
                    aim.key, nonce: nonce,
                    .exchange(
                        aim.isTunnel
                            ? Requests.secure(aim.host, nonce, via: bundle, port: field.port, trust: .anybody)
                            : Requests.absolute("\(aim.host):\(field.port)", nonce, via: bundle)))
            }
            for (key, authority) in Self.elsewhere(field) {
                for status in Self.redirects {
                    let (first, second) = (Nonce.fresh(), Nonce.fresh())
                    declaration.probe(
                        "redirect/\(status)/\(key)", nonce: first,
                        .exchange(
                            Requests.absolute(
                                field.allowedHost, first, via: bundle,
                                path: "/redirect/\(status)/\(authority)/\(second)",
                                headers: ["X-Nonce: \(first)"])))
                }
            }
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let broken = evidence.absence(of: .bottle).map { [Finding(.fact, .missing, $0)] } ?? []
        guard let inside = Self.inside(scene.field), let outside = Self.outside(scene.field) else {
            let why = "no canary stands at the host's address on the bottle's link or outside: run again"
            return Judgement(.inconclusive, why, findings: [Finding(.target, .missing, why)])
        }
        let findings =
            targets([inside, outside], evidence, scene) + shifting(inside, outside, evidence, scene)
            + Self.elsewhere(scene.field).flatMap { redirects(to: $0.key, $0.authority, evidence, scene) }
            + [twin(evidence)]
        return .concluding(
            broken + findings,
            pass:
                "\(Self.tries) requests for a name that changes its mind and \(2 * (SessionField.Shift.allCases.count - 1)) "
                + "for names of two minds never led inside, and no redirect was followed")
    }

    private func targets(_ canaries: [Canary], _ evidence: Evidence, _ scene: SessionScene) -> [Finding] {
        var missing = canaries.compactMap { evidence.controlFault(of: $0, in: .bottle) }
        missing += SessionField.Shift.allCases.filter { scene.field.shiftingHosts[$0] == nil }.map {
            "the harness has no name that leads to both sides (\($0.rawValue)): run again"
        }
        missing += canaries.filter { scene.own.unfenced.contains($0.id) }.map {
            "the canary \($0.id) was not seen to be drained after the bottle's end, so what it saw may be incomplete: run "
                + "again"
        }
        return missing.isEmpty
            ? [Finding(.target, .holds, "the inside and the outside answered the harness before and after")]
            : missing.map { Finding(.target, .missing, $0) }
    }

    /// What came of the names, a finding for each kind of them.
    private func shifting(
        _ inside: Canary, _ outside: Canary, _ evidence: Evidence, _ scene: SessionScene
    ) -> [Finding] {
        let aims = Dictionary(grouping: Self.aims(scene.field), by: \.shift)
        // A tunnel that ends inside says nothing there but whom its TLS asks for.
        let visits = scene.own.witness.filter { $0.canary == inside.id }
        return SessionField.Shift.allCases.flatMap { shift -> [Finding] in
            let own = aims[shift] ?? []
            let nonces = Set(own.compactMap { evidence.probe($0.key)?.step.nonce.text })
            let host = Array((scene.field.shiftingHosts[shift] ?? "").utf8)
            let seen = visits.filter { record in
                !nonces.isDisjoint(with: record.nonces) || !host.isEmpty && record.bytes.firstRange(of: host) != nil
            }
            var findings: [Finding] = []
            if let visit = seen.first {
                findings.append(
                    Finding(
                        .witness, .leak,
                        "\(inside.address):\(inside.port) on the bottle's link was reached from \(visit.peer) under a name "
                            + "that \(Self.words(shift)), \(seen.count) times in \(own.count)"))
            }
            let lost = own.filter { [.noRun, .timeout].contains(evidence.outcome($0.key)) }
            if let first = lost.first {
                findings.append(
                    Finding(
                        .attempt, .missing,
                        "\(lost.count) of \(own.count) requests for a name that \(Self.words(shift)) have no end that is "
                            + "known (\(evidence.outcome(first.key).rawValue)): run again"))
            } else if seen.isEmpty {
                findings.append(
                    Finding(
                        .attempt, .holds,
                        "\(own.count) requests for a name that \(Self.words(shift)) did not get inside"))
            }
            if shift == .flip { findings.append(reached(outside, own, evidence, scene)) }
            return findings
        }
    }

    private static func words(_ shift: SessionField.Shift) -> String {
        switch shift {
        case .flip: "leads outside and inside by turns"
        case .mixed: "leads outside and inside at once"
        case .reversed: "leads inside and outside at once"
        case .mapped: "leads outside by IPv4 and inside by IPv6"
        }
    }

    /// Where the name leads outside it has to work: a proxy that reaches nobody proves nothing.
    private func reached(
        _ outside: Canary, _ aims: [Aim], _ evidence: Evidence, _ scene: SessionScene
    ) -> Finding {
        let nonces = Set(aims.compactMap { evidence.probe($0.key)?.step.nonce.text })
        let arrived = scene.own.witness.filter { $0.canary == outside.id && !nonces.isDisjoint(with: $0.nonces) }.count
        let outcomes = aims.map { evidence.outcome($0.key) }
        guard outcomes.contains(where: { $0 != .reached }) else {
            // Where every look-up came to the same answer there was no gap that anybody could have fallen into.
            return Finding(
                .permitted, .missing,
                "the name that leads outside and inside by turns led outside every time, so that nobody was led inside "
                    + "proves nothing: let the bundle keep no answer that is not valid for long")
        }
        return arrived > 0 && outcomes.contains(.reached)
            ? Finding(.permitted, .holds, "the outside was reached under the same name \(arrived) times")
            : Finding(
                .permitted, .missing,
                "the name that leads outside by turns was never fetched from there, so that nobody got inside by it proves "
                    + "nothing: let the bundle ask the harness's name server, and make PROXY-02 pass first")
    }

    private func redirects(
        to key: String, _ authority: String, _ evidence: Evidence, _ scene: SessionScene
    ) -> [Finding] {
        Self.redirects.map { status in
            let key = "redirect/\(status)/\(key)"
            let what = "the redirect \(status) of \(scene.field.allowedHost) to \(authority)"
            guard let step = evidence.probe(key)?.step, case .exchange(let exchange) = step.action,
                let second = NonceScan.runs(in: exchange.turns.flatMap(\.send)).first(where: { $0 != step.nonce.text })
            else { return Finding(.attempt, .missing, "\(what) was never asked for") }
            // The first request carries both, and whoever follows knows the second one only.
            let followed = evidence.records(of: second).first { !$0.nonces.contains(step.nonce.text) }
            if let followed {
                return Finding(
                    .witness, .leak, "\(what) was followed by \(followed.peer) and reached \(followed.canary)")
            }
            guard let answer = evidence.answer(key), answer.status == status,
                answer.header("Location")?.contains(second) == true
            else {
                return Finding(
                    .permitted, .missing,
                    "\(what) did not come back to the guest (\(evidence.outcome(key).rawValue)), so that nobody followed it "
                        + "proves nothing: make PROXY-02 pass first")
            }
            return Finding(.attempt, .holds, "\(what) came back to the guest, and nobody followed it")
        }
    }

    private func twin(_ evidence: Evidence) -> Finding {
        if let absence = evidence.absence(of: .twin) { return Finding(.twin, .missing, absence) }
        let nonce = evidence.probe("inside", in: .twin)?.step.nonce.text ?? ""
        return evidence.records(of: nonce).isEmpty
            ? Finding(
                .twin, .missing,
                "the open twin did not reach its host's address on its link by an allowed name "
                    + "(\(evidence.outcome("inside", in: .twin).rawValue)), so nothing shows that a proxy could have")
            : Finding(.twin, .holds, "the open twin reached its host's address on its link by an allowed name")
    }
}
