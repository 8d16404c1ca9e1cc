// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The engine puts nothing over the kernel's files.
    static let unmasked = Mutant(
        .unmasked, title: "The kernel's files unmasked",
        breaks: "The engine puts nothing over /proc/kcore and its like and mounts /proc/sys for writing.",
        mustFall: ["FS-04": .violated], stillGreen: ["DRIVER-01", "PROXY-01"])
}
