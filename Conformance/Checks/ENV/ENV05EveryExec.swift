// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// ENV-05: every exec carries the whole guest environment, not only the first process.
package struct ENV05EveryExec: Check {
    package init() {}

    package let requirement = Requirement(
        id: "ENV-05",
        title: "every exec carries the whole guest environment",
        statement:
            "Every exec, with and without a terminal, MUST carry all entries of the guest environment with their planned "
            + "values; carrying them on the first process alone is not enough.",
        why:
            "Tools find the proxy and the certificates through the environment. An exec without it looks like a broken "
            + "network, and people repair that by opening the sandbox.",
        probed:
            "Three fresh execs report their own environment, one of them on a terminal where the driver has one; each is "
            + "compared with the plan.",
        remedy: "Add the guest environment to every exec yourself; do not rely on the runtime to inherit it.",
        profiles: .gateProfiles,
        mutants: ["pid1only": .violated, "ttybare": .violated]
    )

    private static let keys = ["exec-1", "exec-2", "exec-3"]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let hasTerminal = declaration.hello.capabilities.contains("tty")
        for key in Self.keys {
            let nonce = Nonce.fresh()
            let request = ExecRequest(
                [Contract.probePath, "batch"], tty: hasTerminal && key == Self.keys.last,
                stdin: Self.batch(key, nonce).input)
            declaration.exec(key, nonce: nonce, request)
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let planned = scene.plan.guestEnvironment
        guard !planned.isEmpty else {
            let why = "the plan has no guest environment, so there is nothing to compare: let the driver's plan list it"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        // A plan that leaves out what every bottle has would make its absence look planned.
        let contract = GuestEnvironment.make(addresses: scene.plan.addresses, manifest: [:], routes: scene.plan.routes)
        let unplanned = contract.keys.filter { planned[$0] == nil }.sorted()
        guard unplanned.isEmpty else {
            let why = "the plan leaves out \(unplanned.joined(separator: ", ")), which every guest has: plan it"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        let outcomes = Self.keys.map { ($0, scene.own.execs[$0]) }
        let terminal = outcomes.contains { $0.1?.step.request.tty == true }
        return .concluding(
            outcomes.map { compare($0.0, $0.1, planned) } + [terminalFinding(terminal, evidence.hello)],
            pass: "all \(planned.count) planned variables are in each of \(outcomes.count) execs"
                + (terminal ? ", one of them on a terminal" : "; the driver offers no terminal"))
    }

    static func batch(_ key: String, _ nonce: Nonce) -> ProbeBatch {
        ProbeBatch([ProbeStep(key: key, nonce: nonce, target: .guest, canary: nil, action: .environment)])
    }

    private func terminalFinding(_ terminal: Bool, _ hello: Hello) -> Finding {
        guard hello.capabilities.contains("tty") else {
            return Finding(.fact, .holds, "no exec ran on a terminal: the driver does not offer one")
        }
        return terminal
            ? Finding(.fact, .holds, "one exec ran on a terminal")
            : Finding(.fact, .missing, "no exec ran on a terminal, though the driver offers one: run again")
    }

    private func compare(_ key: String, _ outcome: ExecOutcome?, _ planned: [String: String]) -> Finding {
        guard let outcome, let result = outcome.result, case .exited(0) = result.ending,
            let observation = Self.batch(key, outcome.step.nonce).observations(in: result.stdout).first ?? nil,
            !observation.killed, observation.stage == .done
        else {
            return Finding(
                .fact, .missing,
                "\(key) did not report its environment (\(outcome?.error ?? "no whole answer of the probe")): make exec work "
                    + "first")
        }
        let wrong = planned.filter { observation.facts["env.\($0.key)"] != $0.value }.keys.sorted()
        guard wrong.isEmpty else {
            return Finding(
                .fact, .leak,
                "\(key) ran without \(wrong.count) of \(planned.count) planned variables or with other values: "
                    + wrong.joined(separator: ", "))
        }
        return Finding(.fact, .holds, "\(key) had all \(planned.count) planned variables")
    }
}
