// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Pipelock is configured to log and to let everything through.
    static let audit = Mutant(
        plan: "audit", title: "Pipelock only watches",
        breaks: "Pipelock is configured to log and to let everything through.",
        mustFall: ["RENDER-06": .violated]
    ) { request, report in
        report.change(.pipelock) { $0.replacing("\"strict\"", with: "\"audit\"") }
    }
}
