// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// How everything of a bottle is called and marked on an engine.
struct DockerNames: Sendable, Hashable {
    /// Marks what bottles own; its value is who launched them.
    static let ownerLabel = "org.bottle-conformance.owner"
    static let slugLabel = "org.bottle-conformance.slug"

    let slug: String
    let owner: String

    /// The guest's container and the bottle's network.
    var machine: String { "claude-bottle-\(slug)" }
    var guest: String { machine }
    // No slug has "_" in it, so that no other bottle's machine can have these names.
    var bundle: String { "\(machine)_bundle" }
    /// The container that holds the guest's network.
    var anchor: String { "\(machine)_net" }
    var network: String { machine }
    /// What only a broken bottle has.
    var volume: String { machine }

    /// The arguments that mark a resource.
    var labels: [String] { ["--label", "\(Self.ownerLabel)=\(owner)", "--label", "\(Self.slugLabel)=\(slug)"] }
}
