// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore
public import BottleDriver

/// The code that verifies one requirement: what to try, and what the evidence means.
///
/// A check never talks to a backend. The engine calls `declarePlans` once a run and `declare` once per session, after
/// launch, runs everything that all checks declared in as few execs as possible, and then calls `judge` with the
/// evidence. `judge` is pure. What a check declares must fit the scope of its requirement.
public protocol Check: Sendable {
    var requirement: Requirement { get }
    /// Says which plans the check wants to see; none unless it says so.
    func declarePlans(_ declaration: inout PlanDeclaration)
    /// Says which launches the check wants to see from the host's side; none unless it says so.
    func declareTrials(_ declaration: inout TrialDeclaration)
    /// Says what is to be tried in one session; nothing unless it says so.
    func declare(_ declaration: inout Declaration)
    func judge(_ evidence: Evidence) -> Judgement
}

extension Check {
    public func declarePlans(_ declaration: inout PlanDeclaration) {}
    public func declareTrials(_ declaration: inout TrialDeclaration) {}
    public func declare(_ declaration: inout Declaration) {}
}

/// A check about two bottles of a run: what one of them must not do to its neighbour.
public protocol NeighbourCheck: Check {
    /// Says what is to be tried while the neighbour is up and does not go; called once per session, after everything that
    /// `declare` declared has been tried there.
    ///
    /// In the session that is visited the declaration has no neighbour: there its steps of the phase `before` run before
    /// the first visitor comes, and those of `after` when the last has left.
    func declareMeeting(_ declaration: inout Declaration)
}

/// A bottle that others of the same run visit, with everything it takes to aim at it.
public struct Neighbour: Sendable, Hashable {
    public let session: Session
    public let plan: BottlePlan
    public let description: BottleDescription
    public let field: SessionField

    public init(session: Session, plan: BottlePlan, description: BottleDescription, field: SessionField) {
        self.session = session
        self.plan = plan
        self.description = description
        self.field = field
    }
}

/// What a check wants done in one session.
public struct Declaration: Sendable {
    public let session: Session
    public let plan: BottlePlan
    public let description: BottleDescription
    public let field: SessionField
    /// The driver's answer to hello.
    public let hello: Hello
    /// The argv of the agent, as the driver's plan has it; empty when nobody asked.
    public let agentCommand: [String]
    /// The bottle's certificate authorities, by daemon.
    public let authorities: [String: AuthorityEvidence]
    /// The suite's own skills; nil when there are none on the host.
    public let sources: SourceEvidence?
    /// The search for the session's token, which a check is not told itself; nil when nobody made one.
    public let scan: Scan?
    /// The bottle to be visited; nil outside a meeting, and in the session that is visited.
    public var neighbour: Neighbour?
    /// How long everything that is declared is given.
    public var pace = Pace.ordinary
    public private(set) var probes: [ProbeStep] = []
    public private(set) var execs: [ExecStep] = []

    public init(
        session: Session, plan: BottlePlan, description: BottleDescription, field: SessionField, hello: Hello,
        agentCommand: [String] = [], sources: SourceEvidence? = nil, scan: Scan? = nil,
        authorities: [String: AuthorityEvidence] = [:]
    ) {
        self.session = session
        self.plan = plan
        self.description = description
        self.field = field
        self.hello = hello
        self.agentCommand = agentCommand
        self.authorities = authorities
        self.sources = sources
        self.scan = scan
    }

    /// Adds one action of the probe under a key that is unique in the check; all actions of one target, user and phase
    /// in a session share one exec.
    public mutating func probe(
        _ key: String, nonce: Nonce = .fresh(), target: ExecTarget = .guest, user: String? = nil,
        canary: Canary? = nil, phase: ProbeStep.Phase = .during, _ action: ProbeAction
    ) {
        probes.append(
            ProbeStep(
                key: key, nonce: nonce, target: target, canary: canary?.id, action: pace(action), user: user,
                phase: phase))
    }

    /// Adds an exec of its own.
    public mutating func exec(
        _ key: String, nonce: Nonce = .fresh(), phase: ProbeStep.Phase = .during, _ request: ExecRequest
    ) {
        execs.append(ExecStep(key: key, nonce: nonce, request: pace(request), phase: phase))
    }
}

public struct ProbeStep: Sendable, Hashable, Codable {
    /// When a step runs: every step of a phase has ended before the first of the next begins.
    public enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
        case before, during, after
        /// From before the first to beyond the last, whose steps have to end it: for what has to be there all the time.
        case throughout
    }
    public var key: String
    public var nonce: Nonce
    public var target: ExecTarget
    /// The id of the canary the action aims at, if any.
    public var canary: String?
    public var action: ProbeAction
    /// nil is the agent user of a guest, and the bundle's own user in a bundle.
    public var user: String?
    /// Attempts run `during`; what proves that something was alive around them runs `before` and `after`.
    public var phase: Phase
    public init(
        key: String, nonce: Nonce, target: ExecTarget, canary: String?, action: ProbeAction, user: String? = nil,
        phase: Phase = .during
    ) {
        self.key = key
        self.nonce = nonce
        self.target = target
        self.canary = canary
        self.action = action
        self.user = user
        self.phase = phase
    }
}

public struct ExecStep: Sendable, Hashable, Codable {
    public var key: String
    public var nonce: Nonce
    public var request: ExecRequest
    public var phase: ProbeStep.Phase
    public init(key: String, nonce: Nonce, request: ExecRequest, phase: ProbeStep.Phase = .during) {
        self.key = key
        self.nonce = nonce
        self.request = request
        self.phase = phase
    }
}
