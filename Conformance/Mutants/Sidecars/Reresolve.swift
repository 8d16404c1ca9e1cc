// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The address that is dialled is another one than was checked.
    static let reresolve = Mutant(
        .reresolve, title: "A second look-up decides",
        breaks: "Pipelock checks the addresses of one look-up and dials those of another.",
        mustFall: ["PROXY-06": .violated])
}
