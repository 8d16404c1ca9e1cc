// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Skills belong to the root of the guest.
    static let rootowned = Mutant(
        .rootowned, title: "Skills are owned by root", breaks: "Skills belong to the root of the guest.",
        mustFall: ["PROV-04": .violated], needs: "guest-root")
}
