// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock opens TLS towards any certificate.
    static let insecure = Mutant(
        .insecure, title: "Upstream certificates are not verified",
        breaks: "Pipelock opens TLS towards any certificate.",
        mustFall: ["PROXY-14": .violated])
}
