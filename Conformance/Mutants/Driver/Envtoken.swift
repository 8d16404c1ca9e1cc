// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Every process of the guest gets the values of the tokens as variables.
    static let envtoken = Mutant(
        .envtoken, title: "A token is in the environment",
        breaks: "Every process of the guest gets the values of the tokens as variables.",
        mustFall: ["SECRET-01": .violated])
}
