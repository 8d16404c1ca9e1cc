// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore
public import BottleDriver

/// Everything known about one check after a run: what was tried, what each side saw. Verdicts are a function of this alone.
public struct Evidence: Sendable, Hashable, Codable {
    public var hello: Hello
    public var hosts: [HostIdentity]
    /// This check's own plan steps with what the driver answered.
    public var plans: [String: PlanOutcome]
    /// This check's own trials.
    public var trials: [String: HostTrialOutcome]
    public var sessions: [Session: SessionEvidence]

    public init(
        hello: Hello, hosts: [HostIdentity], plans: [String: PlanOutcome] = [:],
        trials: [String: HostTrialOutcome] = [:], sessions: [Session: SessionEvidence]
    ) {
        self.hello = hello
        self.hosts = hosts
        self.plans = plans
        self.trials = trials
        self.sessions = sessions
    }

    public subscript(_ session: Session) -> SessionEvidence? { sessions[session] }
}

/// One session as one check sees it.
public struct SessionEvidence: Sendable, Hashable, Codable {
    /// Why the session has no bottle, when it has none.
    public var failure: String?
    public var plan: BottlePlan?
    public var description: BottleDescription?
    public var field: SessionField?
    /// This check's own probe steps with what came back; nil means no whole line arrived.
    public var probes: [String: ProbeOutcome]
    public var execs: [String: ExecOutcome]
    /// Everything the canaries of the session saw, the harness's own controls and fences left out.
    public var witness: [WitnessRecord]
    public var controls: [ControlRecord]
    /// Canaries whose fence did not arrive: their witness window never closed.
    public var unfenced: [String]
    public var logs: [LogRecord]
    /// Every nonce of every check in the session: a record with none of them came from nobody we know.
    public var issuedNonces: Set<String>
    /// The random value the harness gave to egress as the routed host's token: nobody's secret, made for this run only.
    public var suiteToken: String
    /// The suite's own skills on the host; nil when there were none.
    public var sources: SourceEvidence?
    /// Why the bottle and its neighbours did not meet, or not long enough; nil when they did, or were not to.
    public var missedMeeting: String?
    /// What no process of the guest must have in its environment, by name.
    public var hostVariables: [String: String]
    /// The bottle's certificate authorities as their files on the host were while it ran, by daemon.
    public var authorities: [String: AuthorityEvidence]

    public init(failure: String) {
        self.init(plan: nil, description: nil, field: nil)
        self.failure = failure
    }

    public init(plan: BottlePlan?, description: BottleDescription?, field: SessionField?) {
        self.plan = plan
        self.description = description
        self.field = field
        probes = [:]
        execs = [:]
        witness = []
        controls = []
        unfenced = []
        logs = []
        issuedNonces = []
        suiteToken = ""
        hostVariables = [:]
        authorities = [:]
    }
}

public struct ProbeOutcome: Sendable, Hashable, Codable {
    public var step: ProbeStep
    public var observation: Observation?
    public init(step: ProbeStep, observation: Observation?) {
        self.step = step
        self.observation = observation
    }
}

public struct ExecOutcome: Sendable, Hashable, Codable {
    public var step: ExecStep
    public var result: ExecResult?
    /// The driver's error, when it had one.
    public var error: String?
    /// Whether a file that the exec was told to create appeared on a host: its path there.
    public var hostFile: String?
    public init(step: ExecStep, result: ExecResult?, error: String? = nil, hostFile: String? = nil) {
        self.step = step
        self.result = result
        self.error = error
        self.hostFile = hostFile
    }
}
