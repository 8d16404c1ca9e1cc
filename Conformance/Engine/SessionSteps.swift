// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// Everything that all checks declared for one session, as units of work that can go on at the same time.
struct SessionSteps: Sendable {
    /// A step with the requirement that declared it.
    struct Owned<Step: Sendable>: Sendable {
        let requirement: String
        let step: Step
    }

    /// Steps of the probe that share one exec.
    struct Batch: Sendable {
        let target: ExecTarget
        let user: String?
        let phase: ProbeStep.Phase
        var steps: [Owned<ProbeStep>]
    }

    private(set) var batches: [Batch] = []
    private(set) var execs: [Owned<ExecStep>] = []
    /// Keys that a check declared twice: a mistake of the check, of which only the first is tried.
    private(set) var repeated: [String] = []

    /// - Parameter declare: How a check is asked.
    init(
        checks: [any Check], declaration empty: Declaration,
        declare: (any Check, inout Declaration) -> Void = { $0.declare(&$1) }
    ) {
        for check in checks {
            let id = check.requirement.id
            var declaration = empty
            declare(check, &declaration)
            var keys: Set<String> = []
            for step in declaration.probes {
                guard keys.insert(step.key).inserted else {
                    repeated.append("\(id) probe \(step.key)")
                    continue
                }
                add(Owned(requirement: id, step: step))
            }
            keys = []
            for step in declaration.execs {
                guard keys.insert(step.key).inserted else {
                    repeated.append("\(id) exec \(step.key)")
                    continue
                }
                execs.append(Owned(requirement: id, step: step))
            }
        }
    }

    private mutating func add(_ owned: Owned<ProbeStep>) {
        let target = owned.step.target
        let user = owned.step.user
        let phase = owned.step.phase
        let index = batches.firstIndex { $0.target == target && $0.user == user && $0.phase == phase }
        guard let index else {
            batches.append(Batch(target: target, user: user, phase: phase, steps: [owned]))
            return
        }
        batches[index].steps.append(owned)
    }

    /// Every nonce that leaves the harness in this session, those inside what is sent included.
    var nonces: Set<String> {
        var found: Set<String> = []
        for step in batches.flatMap(\.steps).map(\.step) {
            found.insert(step.nonce.text)
            switch step.action {
            case .exchange(let exchange), .awaited(let exchange):
                for turn in exchange.turns { found.formUnion(NonceScan.runs(in: turn.send)) }
            default: continue
            }
        }
        for step in execs.map(\.step) {
            found.insert(step.nonce.text)
            found.formUnion(NonceScan.runs(in: step.request.stdin))
            for argument in step.request.argv { found.formUnion(NonceScan.runs(in: argument.utf8)) }
        }
        return found
    }

    /// Whether anything of it needs the probe's helper for TLS.
    var speakTLS: Bool {
        batches.contains { $0.target == .guest && $0.steps.contains { $0.step.action.exchange?.secured != nil } }
    }

    /// The longest budget of any conversation, milliseconds: what is under way is over after that.
    var longestBudget: Int {
        var longest = 0
        for case .exchange(let exchange) in batches.flatMap(\.steps).lazy.map(\.step.action) {
            longest = max(longest, exchange.timeout)
        }
        return longest
    }
}
