// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The bundle has a volume with a name, which no removal of its container takes along.
    static let leakvolume = Mutant(
        .leakvolume, title: "A volume stays",
        breaks: "The bundle has a volume with a name, which no removal of its container takes along.",
        mustFall: ["LIFE-02": .violated])
}
