// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest is a container that is called a virtual machine.
    static let container = Mutant(
        .container, title: "A container that poses as a machine",
        breaks: "The commands of the guest run in a container of the host, which the driver calls a virtual machine.",
        mustFall: ["PRIV-07": .violated], stillGreen: ["PROXY-02"])
}
