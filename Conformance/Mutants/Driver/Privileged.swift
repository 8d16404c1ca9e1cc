// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest is a privileged container.
    static let privileged = Mutant(
        .privileged, title: "A privileged container",
        breaks: "The guest's container is privileged: every device, and the kernel's files unmasked.",
        mustFall: ["FS-04": .violated, "PRIV-02": .violated], stillGreen: ["DRIVER-01", "PROXY-01"])
}
