// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A launch without a prompt writes no prompt file.
    static let skipempty = Mutant(
        .skipempty, title: "An empty prompt is not copied", breaks: "A launch without a prompt writes no prompt file.",
        mustFall: ["PROV-02": .violated])
}
