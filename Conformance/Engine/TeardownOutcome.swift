// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a driver left of bottles that did not come up, and of bottles that were destroyed.
public struct TeardownOutcome: Sendable, Hashable, Codable {
    /// Something that is there, of a kind that an inventory looks for.
    public struct Remnant: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
        public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
            case process, sandbox, network, link, socket, mount, container, volume, machine
            /// A process that runs a machine.
            case monitor
            /// An entry in the driver's directory of all bottles.
            case state
            /// An entry in the directory for temporary files.
            case temporary
        }
        public var kind: Kind
        public var name: String

        public init(_ kind: Kind, _ name: String) {
            self.kind = kind
            self.name = name
        }

        public var description: String { "\(kind.rawValue) \(name)" }

        public static func < (one: Remnant, other: Remnant) -> Bool { one.description < other.description }
    }

    /// A launch that was disturbed at one step of its bring-up.
    public struct Attempt: Sendable, Hashable, Codable {
        public enum How: String, Sendable, Hashable, Codable, CaseIterable {
            /// The step failed.
            case failed
            /// The launch was cancelled as the step began: what an interrupted run does with the launches under way.
            case interrupted
        }
        public var step: String
        public var how: How
        public var slug: String
        /// The launch got as far as that step.
        public var isReached: Bool
        /// It came up for all that, and was destroyed.
        public var cameUp: Bool
        /// Of the launch, or of the end of one that came up.
        public var error: String?
        public var destroyError: String?
        public var left: [Remnant]

        public init(step: String, how: How, slug: String, isReached: Bool = false, cameUp: Bool = false) {
            self.step = step
            self.how = how
            self.slug = slug
            self.isReached = isReached
            self.cameUp = cameUp
            left = []
        }
    }

    /// A bottle, or the name of one, that was destroyed.
    public struct Destruction: Sendable, Hashable, Codable {
        public enum What: String, Sendable, Hashable, Codable, CaseIterable {
            /// One that came up.
            case whole
            /// The same once more.
            case again
            /// One of which a part was gone.
            case partial
            /// One that was never launched.
            case never
        }
        public var what: What
        public var slug: String
        public var error: String?
        public var left: [Remnant]

        public init(_ what: What, slug: String, error: String? = nil, left: [Remnant] = []) {
            self.what = what
            self.slug = slug
            self.error = error
            self.left = left
        }
    }

    public var attempts: [Attempt]
    public var destructions: [Destruction]
    /// By kind, whether the inventory saw what the harness itself had planted: all the kinds that it looks for.
    public var planted: [String: Bool]
    /// The kinds of things that the inventory saw of bottles that were up.
    public var seen: [String]
    /// What was there at the end and not at the beginning, and bears the name of none of the trial's bottles.
    public var left: [Remnant]

    public init() {
        attempts = []
        destructions = []
        planted = [:]
        seen = []
        left = []
    }

    /// Puts what is left down to the bottles whose slugs it names, and the rest to nobody.
    public mutating func attribute(_ remnants: Set<Remnant>) {
        for remnant in remnants.sorted() {
            if let index = attempts.firstIndex(where: { remnant.name.contains($0.slug) }) {
                attempts[index].left.append(remnant)
            } else if let index = destructions.firstIndex(where: { remnant.name.contains($0.slug) }) {
                destructions[index].left.append(remnant)
            } else {
                left.append(remnant)
            }
        }
    }
}
