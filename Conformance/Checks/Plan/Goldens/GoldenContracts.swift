// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The frozen contracts of the standard bottles, by the bottle's name; generated from `Fixtures/golden/contract`.
package enum GoldenContracts {
    /// The documents, as `PlanView` has them.
    package static let all = [
        "minimal": minimal,
        "everything": everything,
        "routes-only": routesOnly,
        "git-only": gitOnly,
        "supervise-only": superviseOnly,
        "no-prompt": noPrompt,
        "hostile-strings": hostileStrings,
        "large": large,
    ]
}
