// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore
public import BottleDriver

/// One question to a driver: what would a launch of this do? Nothing is launched for it.
public struct PlanStep: Sendable, Hashable, Codable {
    /// Where the manifest of a plan step stands, for a driver that makes absolute paths of its relative ones.
    public static let manifestDirectory = "/bottle-conformance/manifest"
    /// Stands for the directory that the user works in.
    public static let workspace = "/bottle-conformance/workspace"
    /// Documentation space: a plan contacts nobody.
    public static let resolver = "192.0.2.53"

    /// Unique in the check.
    public var key: String
    public var manifest: Manifest
    public var agentName: String
    public var slug: String
    /// The kinds of artefacts that the check looks at; the others are left out of its evidence.
    public var artefacts: Set<Artefact.Kind>
    /// Values of tokens by the names of their variables, made up by the check: nobody's secret.
    public var plantedTokens: [String: String]
    /// Texts of the user's own that the answer is compared with, by name; part of the evidence, for the verdict is a
    /// function of nothing else.
    public var goldens: [String: String]

    public init(
        key: String, manifest: Manifest, agentName: String, slug: String, artefacts: Set<Artefact.Kind> = [],
        plantedTokens: [String: String] = [:], goldens: [String: String] = [:]
    ) {
        self.key = key
        self.manifest = manifest
        self.agentName = agentName
        self.slug = slug
        self.artefacts = artefacts
        self.plantedTokens = plantedTokens
        self.goldens = goldens
    }

    /// What the driver is asked.
    public var request: LaunchRequest {
        LaunchRequest(
            manifest: manifest, agentName: agentName, slug: slug, network: .bottle, resolver: Self.resolver,
            tokens: plantedTokens.mapValues { Redacted($0) }, manifestDirectory: Self.manifestDirectory,
            workspace: Self.workspace)
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
