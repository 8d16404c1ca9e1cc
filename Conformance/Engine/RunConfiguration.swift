// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore

/// Everything that is decided about a run before it starts.
public struct RunConfiguration: Sendable {
    /// How long one operation of a driver or of the field may take.
    public struct Limits: Sendable {
        /// hello, plan, describe and logs.
        public var question: Duration = .seconds(30)
        /// Opening, controlling or fencing the canaries of one session.
        public var field: Duration = .seconds(15)
        /// destroy, and the wait for a launch that was told to stop.
        public var tearDown: Duration = .seconds(30)
        /// One trial: a few launches, watched.
        public var trial: Duration = .seconds(60)
        /// What a driver gets on top of the deadline of an exec to report that the deadline passed.
        public var execGrace: Duration = .seconds(5)
        /// How long a witness stays open for a canary whose fence did not arrive; at least the probes' longest budget.
        public var witnessWindow: Duration = .seconds(4)

        /// How long a line may take from a daemon's log to the driver, before the log counts as incomplete.
        public var logDelay: Duration = .seconds(3)

        /// How long the bottle under test is launched alone, so that its figures are its own: enough for a backend that
        /// launches in less, and all that a slower one loses, whose figures are not its own anyway.
        public var headStart: Duration = .milliseconds(100)

        /// How long bottles that are to meet wait for each other: for the one that is visited to be up, and for the last
        /// visitor to be done.
        public var meeting: Duration = .seconds(60)

        public init() {}
    }

    /// The checks to run, already selected, in order.
    public var checks: [any Check]
    public var profile: String
    public var partial: Bool
    public var subject: Subject
    /// Name and version of the tool, for the first event.
    public var tool: String
    /// The start of the run in seconds since 1970, UTC.
    public var startedAt: Int64
    /// What the suite adds its own hosts to; its routes are left out, for their tokens are not the suite's to use.
    public var base: Manifest.Bottle
    /// How many sessions, and how many execs of one session, go on at once; the driver's own limit holds as well.
    public var jobs: Int
    /// A violated SHOULD is red.
    public var strict: Bool
    /// Where the probe stands in guest and bundle.
    public var probePath: String
    /// For the whole run; tear-down is not cut short by it.
    public var timeout: Duration
    public var limits: Limits
    /// How long probes and execs are given; `limits` have been stretched by it.
    public private(set) var pace = Pace.ordinary
    public var clock: RunClock
    public var interruption: Interruption
    /// Where launches are watched from the host's side; nil leaves the rows that need it without evidence.
    public var ground: (any TrialGround)?
    /// Makes canaries for another attempt, once those before are closed; without it there is one attempt only.
    public var anotherField: (@Sendable () async throws -> any CanaryField)?
    /// Sessions of another run that are not launched here; what checks asked for in them has to have been asked for there.
    public var borrowed: LentSessions?
    /// Gets the sessions of the first attempt, for another run.
    public var lend: (@Sendable (LentSessions) -> Void)?
    /// The suite's own skills on the host; nil launches its bottles without any.
    public var sources: SuiteSources?
    /// The executable with which the probe speaks TLS, read when a check asks for that; nil leaves those steps without an
    /// observation.
    public var secureHelper: (@Sendable () throws -> [UInt8])?
    /// Variables of this process that no guest must have, by name: made for this run only.
    public var hostVariables: [String: String]
    /// Whether a file exists on a host of the bottle, asked for paths a guest was told to create.
    public var hostFileExists: @Sendable (String) -> Bool
    /// The contents of a file on the host where a plan says that one is, and its mode; nil where there is none, or where
    /// the files of the bottle's host are out of reach.
    public var hostFile: (@Sendable (String) -> (bytes: [UInt8], mode: UInt32)?)?
    /// Removes a file, or an empty directory, that a guest created on a host.
    public var removeHostFile: @Sendable (String) -> Void

    public init(
        checks: [any Check], profile: String, partial: Bool, subject: Subject, tool: String, startedAt: Int64,
        base: Manifest.Bottle = Manifest.Bottle(), jobs: Int = 4, strict: Bool = false,
        probePath: String = Contract.probePath, timeout: Duration = .seconds(120), limits: Limits = Limits(),
        clock: RunClock = RunClock(), interruption: Interruption = Interruption(), ground: (any TrialGround)? = nil,
        sources: SuiteSources? = nil, hostVariables: [String: String] = [:],
        hostFileExists: @escaping @Sendable (String) -> Bool, removeHostFile: @escaping @Sendable (String) -> Void
    ) {
        self.checks = checks
        self.profile = profile
        self.partial = partial
        self.subject = subject
        self.tool = tool
        self.startedAt = startedAt
        self.base = base
        self.jobs = jobs
        self.strict = strict
        self.probePath = probePath
        self.timeout = timeout
        self.limits = limits
        self.clock = clock
        self.interruption = interruption
        self.ground = ground
        self.sources = sources
        self.hostVariables = hostVariables
        self.hostFileExists = hostFileExists
        self.removeHostFile = removeHostFile
    }

    /// The same run with more time for everything but the whole of it.
    public func at(_ pace: Pace) -> RunConfiguration {
        var result = self
        result.limits = pace(limits)
        result.pace = pace
        return result
    }
}
