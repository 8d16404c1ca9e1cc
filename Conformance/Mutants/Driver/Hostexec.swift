// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Commands run on the bottle's host instead of in the guest.
    static let hostexec = Mutant(
        .hostexec, title: "Exec runs on the host", breaks: "Commands run on the bottle's host instead of in the guest.",
        mustFall: ["DRIVER-01": .violated, "PRIV-02": .violated], stillGreen: ["PROXY-01"])
}
