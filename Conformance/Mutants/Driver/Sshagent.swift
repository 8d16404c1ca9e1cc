// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The ssh agent of the host is forwarded into the virtual machine.
    static let sshagent = Mutant(
        .sshagent, title: "A forwarded ssh agent",
        breaks: "The ssh agent of the host is forwarded into the virtual machine, though nobody declared it.",
        mustFall: ["PRIV-07": .violated])
}
