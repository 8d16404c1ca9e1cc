// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest's bundle of certificates holds the CA's private key as well.
    static let keytoo = Mutant(
        .keytoo, title: "The CA's key beside its certificate",
        breaks: "The guest's bundle of certificates holds the CA's private key as well.",
        mustFall: ["PROV-07": .violated, "SECRET-05": .violated])
}
