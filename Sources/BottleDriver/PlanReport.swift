// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore

/// What a launch of a request would do: a driver's answer to `plan`, without any side effect.
///
/// What the contract derives from other values stands here as a value of its own, so that a driver can get it wrong
/// and a check can see it.
public struct PlanReport: Sendable, Hashable, Codable {
    /// What was decided from the manifest.
    public var plan: BottlePlan
    /// The name of every owned resource: `claude-bottle-<slug>`.
    public var machineName: String
    /// The only destinations of the guest, as CIDRs.
    public var allowCIDRs: [String]
    /// The daemons of the bundle, in the form in which its init is told.
    public var daemonsCSV: String
    /// The argv of the agent in the guest.
    public var agentCommand: [String]
    /// The prompt file on the host.
    public var promptFile: String
    /// The directory on the host for what is rendered for the backend's own tools.
    public var stageDirectory: String
    /// The directories of the bottle's parts on the host, by part.
    public var stateDirectories: [String: String]
    /// What the guest's file system is made from, for a backend that converts an image; nil elsewhere.
    public var agentFromPath: String?
    public var sidecars: SidecarPlans
    public var bundle: BundleLaunchSpec
    /// The files that would be written, in the order of their paths.
    public var artefacts: [Artefact]
    /// The calls of the backend's own tools that a launch would make, in order; empty for a backend without tools.
    public var commands: [PlannedCommand]

    /// The report of a plan as the contract has it; a backend adds its artefacts and commands.
    ///
    /// - Parameter manifestDirectory: What the manifest's paths are relative to; an absolute path.
    public init(plan: BottlePlan, paths: BottlePaths.Bottle, manifestDirectory: String) {
        self.plan = plan
        machineName = plan.machineName
        allowCIDRs = plan.allowCIDRs
        daemonsCSV = plan.daemonsCSV
        agentCommand = plan.agentCommand
        promptFile = paths.prompt
        stageDirectory = paths.stage
        stateDirectories = paths.stateDirectories
        sidecars = SidecarPlans(plan: plan, paths: paths, manifestDirectory: manifestDirectory)
        bundle = BundleLaunchSpec(plan: plan, sidecars: sidecars)
        artefacts = []
        commands = []
    }

    /// The artefact of a kind, if the plan has exactly one.
    public func artefact(_ kind: Artefact.Kind) -> Artefact? {
        let found = artefacts.filter { $0.kind == kind }
        return found.count == 1 ? found.first : nil
    }
}

/// One file that a launch would write.
public struct Artefact: Sendable, Hashable, Codable {
    /// What a file is, whatever its path; drivers may have kinds of their own.
    public struct Kind: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(_ name: String) { rawValue = name }
        public init(from decoder: any Decoder) throws {
            rawValue = try decoder.singleValueContainer().decode(String.self)
        }
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(rawValue)
        }
        public var description: String { rawValue }

        /// The seeds' Smolfile.
        public static let smolfile = Kind("smolfile")
        /// The Smolfile that today's smolvm reads.
        public static let smolvmSmolfile = Kind("smolfile-smolvm")
        public static let gvproxy = Kind("gvproxy")
        public static let pipelock = Kind("pipelock")
        public static let routes = Kind("routes")
        public static let gitGateEntrypoint = Kind("git-gate-entrypoint")
        public static let gitGateHook = Kind("git-gate-pre-receive")
        public static let gitGateAccess = Kind("git-gate-access")
        public static let gitleaks = Kind("gitleaks")
        public static let compose = Kind("compose")
        public static let prompt = Kind("prompt")
    }

    /// How the text is read.
    public enum Format: String, Sendable, Hashable, Codable, CaseIterable { case json, yaml, toml, shell, text }

    public var kind: Kind
    public var format: Format
    /// Where the file would stand on the host.
    public var path: String
    /// Permission bits from creation on.
    public var mode: UInt16
    public var text: String

    public init(_ kind: Kind, _ format: Format, path: String, mode: UInt16 = 0o600, text: String) {
        self.kind = kind
        self.format = format
        self.path = path
        self.mode = mode
        self.text = text
    }
}

/// One call of a tool that a launch would make.
public struct PlannedCommand: Sendable, Hashable, Codable {
    /// What the call is for, for example `create`.
    public var name: String
    /// Token values never stand in it.
    public var argv: [String]

    public init(_ name: String, _ argv: [String]) {
        self.name = name
        self.argv = argv
    }
}
