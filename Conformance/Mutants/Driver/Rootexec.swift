// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Commands of the guest's root run on the bottle's host.
    static let rootexec = Mutant(
        .rootexec, title: "Root's commands run on the host",
        breaks: "Commands of the guest's root run on the bottle's host instead of in the guest.",
        mustFall: ["FS-04": .violated, "PRIV-02": .violated], needs: "guest-root")
}
