// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The seeds' Smolfiles of the standard bottles, by the bottle's name; generated from `Fixtures/golden/contract`.
///
/// Without the hostile one: what the seeds left raw there is no TOML.
package enum GoldenSmolfiles {
    /// The files, with directories of the host by name.
    package static let all = [
        "minimal": minimal,
        "everything": everything,
        "routes-only": routesOnly,
        "git-only": gitOnly,
        "supervise-only": superviseOnly,
        "no-prompt": noPrompt,
        "large": large,
    ]
}
