// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest has a way to the addresses that vendors give the host.
    static let hostalias = Mutant(
        .hostalias, title: "The host's aliases answer",
        breaks: "The guest has a route to the addresses under which Docker Desktop, Lima and others offer the host.",
        mustFall: ["NET-05": .violated])
}
