// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock serves its metrics and its kill switch on the port that the guest uses.
    static let adminopen = Mutant(
        .adminopen, title: "Administration on the proxy's own port",
        breaks: "Pipelock serves its metrics and its kill switch on the port that the guest uses.",
        mustFall: ["PROXY-11": .violated])
}
