// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Host files are created open to everybody and closed afterwards.
    static let chmodlater = Mutant(
        .chmodlater, title: "Files are closed after they were written",
        breaks: "Host files are created open to everybody and closed afterwards.",
        mustFall: ["PROV-03": .violated])
}
