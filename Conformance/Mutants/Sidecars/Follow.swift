// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A redirect is followed without a look at where it leads.
    static let follow = Mutant(
        .follow, title: "The proxy follows redirects",
        breaks: "Pipelock asks for what a redirect names, whatever that is, before its client hears of it.",
        mustFall: ["PROXY-06": .violated])
}
