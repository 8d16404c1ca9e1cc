// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A port of the virtual machine leads to a socket of the host.
    static let vsockextra = Mutant(
        .vsockextra, title: "A port of AF_VSOCK too many",
        breaks: "A port of the virtual machine that nobody declared leads to a socket of the host.",
        mustFall: ["NET-14": .violated])
}
