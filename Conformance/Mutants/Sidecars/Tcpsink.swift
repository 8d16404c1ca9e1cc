// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock's port accepts connections and closes them at once.
    static let tcpsink = Mutant(
        .tcpsink, title: "Pipelock hangs up", breaks: "Pipelock's port accepts connections and closes them at once.",
        mustFall: ["PROXY-01": .violated], stillGreen: ["DRIVER-01"])
}
