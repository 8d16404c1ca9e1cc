// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The time in the metadata does not say in which zone it is.
    static let localtime = Mutant(
        .localtime, title: "Metadata has a local time",
        breaks: "The time in the metadata does not say in which zone it is.",
        mustFall: ["LIFE-01": .violated])
}
