// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock passes every tunnel through unread, though its file says that it opens them.
    static let passthrough = Mutant(
        .passthrough, title: "Tunnels are passed through unread",
        breaks: "Pipelock passes every tunnel through unread, though its file says that it opens them.",
        mustFall: ["PROXY-12": .violated], stillGreen: ["DRIVER-01", "PROXY-01"])
}
