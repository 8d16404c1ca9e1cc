// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What supervise needs; there is none unless the bottle enables it.
public struct SupervisePlan: Sendable, Hashable, Codable {
    /// The bottle that every proposal is recorded for.
    public var slug: String
    /// The directory of proposals and decisions on the host.
    public var queue: String

    /// Decides everything from a plan; nil when supervise is not enabled.
    public init?(plan: BottlePlan, paths: BottlePaths.Bottle) {
        guard plan.supervise else { return nil }
        slug = plan.slug
        queue = paths.superviseQueue
    }

    /// What the bundle sees of the host's files; the queue is the only thing it may write.
    public var mounts: [BundleMount] {
        [BundleMount(source: queue, target: Contract.Bundle.superviseQueue, isReadOnly: false)]
    }
}
