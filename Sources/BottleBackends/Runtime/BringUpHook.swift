// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Called by a driver right before every step of a bring-up, with the step's name and the slug; its error is the step's.
///
/// Where an image is looked up and converted for the launch, those steps come before all others: `image`, and `save`, `convert`
/// and `keep` where it is converted. Then `begin` comes, when everything is prepared and nothing made, and `finish` last, when everything is up and nobody
/// has been told. Steps that do not wait for each other go on at once, so that others are under way when one fails: what
/// a harness injects its faults through, and where a watcher can have a look.
package typealias BringUpHook = @Sendable (_ step: String, _ slug: String) async throws -> Void
