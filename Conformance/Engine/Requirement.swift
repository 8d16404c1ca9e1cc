// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleDriver

/// How binding a requirement is (RFC 2119).
public enum Level: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    case must, should, may

    private var rank: Int { self == .must ? 2 : self == .should ? 1 : 0 }
    public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
}

/// What it takes to judge a requirement.
public enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
    /// The driver's plans: nothing is launched, and the backend need not even be usable here.
    case plan
    /// A launch that is watched from the host's side.
    case host
    /// Bottles that are attacked from inside, among canaries.
    case guest
}

/// One sentence a bottle must satisfy, with everything a reader needs to understand and repair a failure.
public struct Requirement: Sendable, Hashable, Codable {
    /// Stable and never reused, for example `NET-02`.
    public var id: String
    public var level: Level
    /// At most 60 characters, stable: it is part of the JUnit name.
    public var title: String
    /// The normative sentence.
    public var statement: String
    /// Why it matters, in plain English.
    public var why: String
    /// What is tried from where, and who watches.
    public var probed: String
    /// What the author of a sandbox does about a failure.
    public var remedy: String
    public var kinds: Set<BackendKind>
    /// The most that it takes to judge it.
    public var scope: Scope
    /// The release that introduced it.
    public var since: String
    public var profiles: Set<String>
    /// Mutants that must make the check fall, with the verdict each must get.
    public var mutants: [String: Verdict]

    /// The part before the dash, for example `NET`.
    public var area: String { id.split(separator: "-").first.map(String.init) ?? id }

    public init(
        id: String, level: Level = .must, title: String, statement: String, why: String, probed: String, remedy: String,
        kinds: Set<BackendKind> = Set(BackendKind.allCases), scope: Scope = .guest, since: String = "0.1",
        profiles: Set<String>, mutants: [String: Verdict]
    ) {
        self.id = id
        self.level = level
        self.title = title
        self.statement = statement
        self.why = why
        self.probed = probed
        self.remedy = remedy
        self.kinds = kinds
        self.scope = scope
        self.since = since
        self.profiles = profiles
        self.mutants = mutants
    }
}
