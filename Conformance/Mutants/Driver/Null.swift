// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

extension Mutant {
    /// The driver says "ok" to everything and does nothing: no check may pass.
    static let null = Mutant(
        id: "null", title: "The driver does nothing",
        breaks: "Every operation succeeds, with empty output, and nothing is ever started.",
        change: .driver { _ in NullDriver() }, mustFall: ["DRIVER-01": .violated], stillGreen: [], passesNothing: true)
}
