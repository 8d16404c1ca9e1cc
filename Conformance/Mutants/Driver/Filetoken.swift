// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The launch leaves the values of the tokens in a closed file of the guest, in base64.
    static let filetoken = Mutant(
        .filetoken, title: "A token is in a file of the guest",
        breaks: "The launch leaves the values of the tokens in a closed file of the guest, in base64.",
        mustFall: ["SECRET-01": .violated])
}
