// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A file in the home belongs to the id that packed it.
    static let uid501 = Mutant(
        .uid501, title: "A file keeps the id of the host",
        breaks: "A file in the home belongs to the id that packed it.",
        mustFall: ["PROV-09": .violated], needs: "guest-root")
}
