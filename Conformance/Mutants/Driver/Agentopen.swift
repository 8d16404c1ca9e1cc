// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The agent in the guest answers the users of the guest.
    static let agentopen = Mutant(
        .agentopen, title: "An agent that answers everybody",
        breaks: "The backend's agent in the virtual machine answers every user of the guest, and not the host alone.",
        mustFall: ["PRIV-07": .violated])
}
