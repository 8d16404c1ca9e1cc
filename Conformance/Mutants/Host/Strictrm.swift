// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Destroying a bottle that is not there fails.
    static let strictrm = Mutant(
        .strictrm, title: "What is gone cannot be destroyed", breaks: "Destroying a bottle that is not there fails.",
        mustFall: ["LIFE-02": .violated])
}
