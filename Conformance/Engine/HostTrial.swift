// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleDriver

/// A launch, or a few that belong together, that the harness watches from the host's side, with state of its own and
/// nothing else of the run going on.
public struct HostTrial: Sendable, Hashable, Codable {
    /// What is tried, and what stands in its way.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Nothing: one identity is launched and destroyed, twice, and up to three times more to see all its files made. Where
        /// the trial of networks is wanted as well, its first bottle is the second launch.
        case plain
        /// A tool that the driver needs cannot be found.
        case missingTool = "missing-tool"
        /// A token that a route needs has no value.
        case missingToken = "missing-token"
        /// A skill that the agent names does not exist.
        case missingSkill = "missing-skill"
        /// The first step of the bring-up fails, after everything was prepared.
        case failingBringUp = "failing-bring-up"
        /// A bottle comes up, a second one whose slug stands for the same network does not; a third one's network is one
        /// that the host has, until it is free.
        case networks
        /// Every step of the bring-up fails once and is interrupted; then what came up is destroyed, whole, again and in part.
        case teardown
        /// One image is converted for a launch, then another under its reference, with every step of that disturbed.
        case conversion

        /// Whether nothing else of the run goes on meanwhile.
        public var isAlone: Bool { self == .conversion }
        /// Whether the trial is about bottles that nothing disturbs and that another trial may be about as well.
        public var sharesBottles: Bool { self == .plain || self == .networks || self == .teardown }
    }

    /// The variable that the routes of every trial's bottle name.
    public static let tokenVariable = "BOTTLE_TRIAL_TOKEN"
    /// The skill that the agent of a `missingSkill` trial names.
    public static let missingSkill = "trial-skill"

    /// Unique in the check.
    public var key: String
    public var kind: Kind

    public init(key: String, kind: Kind) {
        self.key = key
        self.kind = kind
    }
}

/// What a trial came to: facts, and which of the watcher's own decoys it saw.
public struct HostTrialOutcome: Sendable, Hashable, Codable {
    /// One call of `launch`.
    public struct Launch: Sendable, Hashable, Codable {
        /// Which of the trial's launches, for example `first` or `again`.
        public var name: String
        /// The slug that was asked for.
        public var slug: String
        /// The slug the driver says it launched; nil when it threw.
        public var launched: String?
        /// The bundle's address as the running bottle has it.
        public var bundleAddress: String?
        public var error: String?
        /// The error is of the kind that refuses a request or names what is missing, rather than a breakdown.
        public var refused: Bool

        public init(
            name: String, slug: String, launched: String? = nil, bundleAddress: String? = nil, error: String? = nil,
            refused: Bool = false
        ) {
            self.name = name
            self.slug = slug
            self.launched = launched
            self.bundleAddress = bundleAddress
            self.error = error
            self.refused = refused
        }
    }

    /// A file or directory that appeared below the trial's state directory.
    public struct Sighting: Sendable, Hashable, Codable {
        /// Below the directory of all bottles.
        public var path: String
        public var isDirectory: Bool
        /// Every mode it was seen with, in order.
        public var modes: [UInt16]
        /// How often its mode was changed while it was watched.
        public var modeChanges: Int
        /// It was watched from its first moment on; what was there before its directory was watched was found by looking.
        public var isWhole: Bool

        public init(path: String, isDirectory: Bool, modes: [UInt16], modeChanges: Int, isWhole: Bool = true) {
            self.path = path
            self.isDirectory = isDirectory
            self.modes = modes
            self.modeChanges = modeChanges
            self.isWhole = isWhole
        }
    }

    /// A place where the value of a token stood that was given to the driver.
    public struct Leak: Sendable, Hashable, Codable {
        public enum Place: String, Sendable, Hashable, Codable {
            case argv, file, error, plan, log, description
        }
        public var place: Place
        /// Which process, file or text; never the value.
        public var detail: String
        /// `plain`, `base64`, `hex`, ...
        public var encoding: String

        public init(place: Place, detail: String, encoding: String) {
            self.place = place
            self.detail = detail
            self.encoding = encoding
        }
    }

    public var kind: HostTrial.Kind
    public var launches: [Launch]
    public var sightings: [Sighting]
    /// Each different content of a bottle's metadata, in order; a text that is not whole is among them.
    public var metadata: [String]
    public var leaks: [Leak]
    /// The directories of bottles that were there when everything was destroyed again.
    public var left: [String]
    /// The watcher's decoys by name, and whether it saw them: one that it did not see makes its silence worthless.
    public var decoys: [String: Bool]
    /// What the watcher may have missed, and why: whatever it did not see then proves nothing.
    public var gaps: [String]
    /// What was left of disturbed launches and destroyed bottles; of a `teardown` trial only.
    public var teardown: TeardownOutcome?
    /// What became of images that were converted; of a `conversion` trial only.
    public var conversion: ConversionOutcome?
    /// Why the trial could not be carried out, when it could not.
    public var failure: String?

    public init(kind: HostTrial.Kind, failure: String? = nil) {
        self.kind = kind
        self.failure = failure
        launches = []
        sightings = []
        metadata = []
        leaks = []
        left = []
        decoys = [:]
        gaps = []
    }

    /// A launch of the trial.
    public func launch(_ name: String) -> Launch? { launches.first { $0.name == name } }
}

/// Which trials a check wants to see; asked once a run.
public struct TrialDeclaration: Sendable {
    /// The driver's answer to hello.
    public let hello: Hello
    public private(set) var trials: [HostTrial] = []

    public init(hello: Hello) { self.hello = hello }

    /// Adds one trial under a key that is unique in the check; the same kind runs once for all checks.
    public mutating func run(_ key: String, _ kind: HostTrial.Kind) { trials.append(HostTrial(key: key, kind: kind)) }
}

/// Where trials are carried out: makes drivers with state of their own, and watches.
public protocol TrialGround: Sendable {
    /// Carries trials out that go on together, the plain one first; everything they started or wrote is gone on return.
    ///
    /// - Parameter plainIsOver: Called when the plain one is over, if it is among them: nothing else may go on until then.
    func run(_ kinds: [HostTrial.Kind], plainIsOver: @escaping @Sendable () -> Void) async -> [HostTrialOutcome]
}
