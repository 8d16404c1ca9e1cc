// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The launch leaves the prompt file out.
    static let noprompt = Mutant(
        .noprompt, title: "The prompt is not copied", breaks: "The launch leaves the prompt file out.",
        mustFall: ["PROV-01": .violated])
}
