// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Nobody looks whether the network of a bottle is taken.
    static let nocheck = Mutant(
        .nocheck, title: "Networks are shared", breaks: "Nobody looks whether the network of a bottle is taken.",
        mustFall: ["MULTI-02": .violated])
}
