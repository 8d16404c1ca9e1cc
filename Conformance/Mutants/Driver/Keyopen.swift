// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The CAs' private keys are written to the host's files for everybody to read.
    static let keyopen = Mutant(
        .keyopen, title: "The CA's key is open on the host",
        breaks: "The CAs' private keys are written to the host's files for everybody to read.",
        mustFall: ["PROV-03": .violated, "SECRET-05": .violated])
}
