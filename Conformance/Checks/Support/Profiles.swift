// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

extension Set<String> {
    /// The original five, and everything that contains them.
    static let seedProfiles: Set<String> = [Catalogue.seed, Catalogue.gate, Catalogue.full]
    /// The gate and everything that contains it.
    static let gateProfiles: Set<String> = [Catalogue.gate, Catalogue.full]
    /// Everything, and no smaller set.
    static let fullProfiles: Set<String> = [Catalogue.full]
}
