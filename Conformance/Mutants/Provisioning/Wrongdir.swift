// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Skills are copied to a directory in which no agent looks.
    static let wrongdir = Mutant(
        .wrongdir, title: "Skills land elsewhere", breaks: "Skills are copied to a directory in which no agent looks.",
        mustFall: ["PROV-04": .violated])
}
