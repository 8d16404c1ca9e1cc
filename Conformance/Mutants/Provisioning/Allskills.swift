// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest gets every skill beside the manifest, named or not.
    static let allskills = Mutant(
        .allskills, title: "Every skill is copied",
        breaks: "The guest gets every skill beside the manifest, named or not.",
        mustFall: ["PROV-04": .violated])
}
