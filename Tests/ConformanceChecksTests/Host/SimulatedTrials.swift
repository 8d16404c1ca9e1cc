// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Trials without files or processes: what a driver with these faults would have left for the watcher.
struct SimulatedTrials {
    var faults: Set<Fault> = []

    static let metadata =
        #"{"agent_name":"probe","compose_project":"","copy_cwd":false,"cwd":"","identity":"t","started_at":"2026-01-31T12:00:00Z"}"#

    /// The outcomes of what a check declares.
    func outcomes(for check: any Check, hello: Hello) -> [String: HostTrialOutcome] {
        var declaration = TrialDeclaration(hello: hello)
        check.declareTrials(&declaration)
        return Dictionary(uniqueKeysWithValues: declaration.trials.map { ($0.key, outcome($0.kind)) })
    }

    private func has(_ fault: Fault) -> Bool { faults.contains(fault) }

    func outcome(_ kind: HostTrial.Kind) -> HostTrialOutcome {
        var outcome = HostTrialOutcome(kind: kind)
        outcome.decoys = ["argv": true, "content": true, "mode": true, "text": true]
        switch kind {
        case .plain:
            outcome.launches = [up("first", "t"), up("again", "t")]
            prepare(&outcome)
        case .failingBringUp:
            outcome.launches = [down("first", "the bring-up was stopped by the trial")]
            prepare(&outcome)
        case .missingTool:
            outcome.launches = [down("first", "there is no bottle-probe")]
            if has(.latepreflight) { prepare(&outcome) }
        case .missingToken:
            outcome.launches = [has(.tokenless) ? up("first", "t") : down("first", "BOTTLE_TRIAL_TOKEN is not set")]
        case .missingSkill:
            outcome.launches = [has(.warnskip) ? up("first", "t") : down("first", "there is no skill trial-skill")]
        case .networks:
            let refusal = has(.vaguerefusal) ? "cannot be launched" : "10.77.9.0/24 overlaps 10.77.9.128/25"
            outcome.launches = [
                up("first", "t"),
                has(.nocheck) ? up("second", "u") : down("second", "10.77.8.0/24 belongs to t", slug: "u"),
                has(.nocheck) ? up("taken", "w", address: "10.77.9.2") : down("taken", refusal, slug: "w"),
                up("free", "w", address: "10.77.9.2"),
            ]
        case .teardown:
            outcome.launches = [up("whole", "x"), up("partial", "y", address: "10.77.9.2")]
            outcome.teardown = teardown
        case .conversion:
            outcome.launches = [
                has(.partial) ? down("through", "the machine was not made") : up("through", "t")
            ]
            outcome.conversion = SimulatedConversion(faults: faults).outcome
        }
        if has(.tokenargv) { outcome.leaks.append(.init(place: .argv, detail: "sh", encoding: "plain")) }
        if has(.tokenfile) { outcome.leaks.append(.init(place: .file, detail: "t/egress/tokens", encoding: "plain")) }
        return outcome
    }

    private var teardown: TeardownOutcome {
        var teardown = TeardownOutcome()
        teardown.planted = ["process": true, "network": true, "state": true]
        teardown.seen = ["network", "process", "state"]
        for step in ["begin", "network", "guest", "finish"] {
            for how in TeardownOutcome.Attempt.How.allCases {
                var attempt = TeardownOutcome.Attempt(
                    step: step, how: how, slug: "\(step)-\(how.rawValue)", isReached: true)
                attempt.error = "the step failed"
                teardown.attempts.append(attempt)
            }
        }
        teardown.destructions = [
            .init(.whole, slug: "x"), .init(.again, slug: "x", error: has(.strictrm) ? "there is no bottle x" : nil),
            .init(.never, slug: "z"), .init(.partial, slug: "y"),
        ]
        if has(.leaknet) { teardown.attribute([.init(.network, "claude-bottle-guest-failed")]) }
        if has(.leakvolume) { teardown.attribute([.init(.volume, "claude-bottle-x")]) }
        return teardown
    }

    private func prepare(_ outcome: inout HostTrialOutcome) {
        outcome.sightings = [
            .init(path: "t", isDirectory: true, modes: [0o700], modeChanges: 0),
            .init(path: "t/metadata.json", isDirectory: false, modes: [0o600], modeChanges: 0),
            .init(path: "t/pipelock/pipelock.yaml", isDirectory: false, modes: [0o600], modeChanges: 0),
            .init(
                path: "t/pipelock/ca-key.pem", isDirectory: false, modes: [has(.keyopen) ? 0o644 : 0o600],
                modeChanges: 0),
            .init(
                path: "t/agent/prompt.txt", isDirectory: false, modes: [0o600],
                modeChanges: has(.chmodlater) ? 1 : 0),
        ]
        if !has(.nometa) {
            outcome.metadata = [has(.localtime) ? Self.metadata.replacing("00Z", with: "00") : Self.metadata]
        }
    }

    private func up(_ name: String, _ slug: String, address: String = "10.77.8.2") -> HostTrialOutcome.Launch {
        .init(name: name, slug: slug, launched: slug, bundleAddress: address)
    }

    private func down(_ name: String, _ error: String, slug: String = "t") -> HostTrialOutcome.Launch {
        .init(name: name, slug: slug, error: error, refused: true)
    }
}
