// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest may open sockets to whoever runs the machine.
    static let seccompvsock = Mutant(
        .seccompvsock, title: "A filter that lets AF_VSOCK through",
        breaks: "The system call filter of the guest lets sockets of AF_VSOCK through.",
        mustFall: ["NET-14": .violated])
}
