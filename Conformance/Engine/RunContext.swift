// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// What every part of one run shares.
struct RunContext: Sendable {
    let configuration: RunConfiguration
    let driver: any Driver
    /// Nil when no check needs a bottle among canaries.
    let field: (any CanaryField)?
    let hello: Hello
    let sink: EventSink
    let stop: Latch<StopCause>
    /// Set when the other sessions may launch: once the bottle under test has run something, or its time alone is over.
    let headStart = Latch<Bool>()

    var clock: RunClock { configuration.clock }
    var limits: RunConfiguration.Limits { configuration.limits }
    /// For work: ends early when the run stops.
    var bounded: Bounded { Bounded(clock: clock, stop: stop) }
    /// For tear-down: ends early for nothing.
    var uncancelled: Bounded { Bounded(clock: clock, stop: nil) }
    /// The checks that mean something on this kind of backend.
    var applicable: [any Check] { configuration.checks.filter { $0.requirement.kinds.contains(hello.kind) } }

    /// The same run for another attempt at some of its checks, among canaries of its own.
    func again(_ checks: [any Check], field: any CanaryField) -> RunContext {
        var configuration = configuration
        configuration.checks = checks
        return RunContext(
            configuration: configuration, driver: driver, field: field, hello: hello, sink: sink, stop: stop)
    }

    /// Ends the canaries; whatever happened to the run.
    func closeField() async { await Self.close(field, configuration, sink) }

    static func close(
        _ field: (any CanaryField)?, _ configuration: RunConfiguration, _ sink: EventSink
    ) async {
        guard let field else { return }
        do {
            try await Bounded(clock: configuration.clock, stop: nil)(
                "closing of the canaries", limit: configuration.limits.tearDown
            ) { await field.close() }
        } catch {
            sink.fail("The canaries were not closed: \(text(of: error))")
        }
    }

    /// One sentence for an error of a driver or of the field.
    static func text(of error: any Error) -> String {
        switch error {
        case let stopped as Bounded.Stopped: stopped.cause.text
        case let error as BottleError: error.description
        case is CancellationError: "it was cancelled"
        default: String(describing: error)
        }
    }
}

/// One session after it is over.
struct SessionOutcome: Sendable {
    /// What all checks share: everything but their own steps.
    var evidence: SessionEvidence
    /// By requirement, then by key.
    var probes: [String: [String: ProbeOutcome]] = [:]
    var execs: [String: [String: ExecOutcome]] = [:]
    /// Time spent in execs of a check's own, by requirement.
    var seconds: [String: Double] = [:]
    /// The argv of the agent, as the driver's plan has it.
    var agentCommand: [String] = []
    /// Where the plan said that the sidecars' files are.
    var sidecars: SidecarPlans?
    /// Every step was tried and the tear-down is behind us.
    var completed = false
    /// When the witness window closes without a fence.
    var quietFrom: Duration = .zero
    /// Milliseconds.
    var launchToFirstExec: Double?

    /// The nonces of the last requests that a daemon answered inside the bundle: the daemons' logs are whole when they
    /// show these.
    var logFences: Set<String> {
        let last = probes.values.flatMap(\.values).filter { probe in
            probe.step.target == .bundle && probe.step.phase == .after
                && probe.observation?.received.contains { !$0.isEmpty } == true
        }
        return Set(last.map(\.step.nonce.text))
    }

    /// The session as one check sees it.
    func evidence(for requirement: String) -> SessionEvidence {
        var own = evidence
        own.probes = probes[requirement] ?? [:]
        own.execs = execs[requirement] ?? [:]
        return own
    }
    /// The session with what its canaries saw; canaries that sessions share are on record in each.
    func witnessing(_ records: [WitnessRecord]) -> SessionOutcome {
        var result = self
        let own = Set(evidence.field?.canaries.map(\.id) ?? [])
        result.evidence.witness = records.filter { own.contains($0.canary) }
        return result
    }

    /// The session when nobody knows what its canaries saw.
    func unwitnessed() -> SessionOutcome {
        var result = self
        result.evidence.unfenced = evidence.field?.canaries.map(\.id) ?? []
        return result
    }
}
