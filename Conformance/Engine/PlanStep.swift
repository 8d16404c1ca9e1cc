// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore
public import BottleDriver

/// One question to a driver: what would a launch of this do? Nothing is launched for it.
public struct PlanStep: Sendable, Hashable, Codable {
    /// Unique in the check.
    public var key: String
    public var manifest: Manifest
    public var agentName: String
    public var slug: String
    /// The kinds of artefacts that the check looks at; the others are left out of its evidence.
    public var artefacts: Set<Artefact.Kind>

    public init(
        key: String, manifest: Manifest, agentName: String, slug: String, artefacts: Set<Artefact.Kind> = []
    ) {
        self.key = key
        self.manifest = manifest
        self.agentName = agentName
        self.slug = slug
        self.artefacts = artefacts
    }
}

/// What a driver answered to a plan step, twice: a plan is a function of the request alone.
public struct PlanOutcome: Sendable, Hashable, Codable {
    public var step: PlanStep
    /// Nil when the driver refused, or the answer never came.
    public var report: PlanReport?
    /// The driver's error, when it had one.
    public var error: String?
    /// Whether the driver refused what it was asked for, rather than failing.
    public var refused: Bool
    /// Whether a second call said the same; nil when it was not made.
    public var repeatable: Bool?

    public init(
        step: PlanStep, report: PlanReport?, error: String? = nil, refused: Bool = false, repeatable: Bool? = nil
    ) {
        self.step = step
        self.report = report
        self.error = error
        self.refused = refused
        self.repeatable = repeatable
    }
}

/// What a check wants to know of plans; asked once a run, of the driver and of no bottle.
public struct PlanDeclaration: Sendable {
    /// The driver's answer to hello.
    public let hello: Hello
    public private(set) var steps: [PlanStep] = []

    public init(hello: Hello) { self.hello = hello }

    /// Adds one question under a key that is unique in the check.
    public mutating func plan(_ step: PlanStep) { steps.append(step) }
}
