// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The prompt file holds the text of an earlier launch.
    static let staleprompt = Mutant(
        .staleprompt, title: "An old prompt is copied", breaks: "The prompt file holds the text of an earlier launch.",
        mustFall: ["PROV-01": .violated])
}
