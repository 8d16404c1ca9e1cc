// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The address of a repository stands in the scripts of git-gate without quotes.
    static let shellname = Mutant(
        plan: "shellname", title: "Addresses stand unquoted in scripts",
        breaks: "The address of a repository stands in the scripts of git-gate without quotes.",
        mustFall: ["RENDER-05": .violated]
    ) { request, report in
        for upstream in report.plan.gitUpstreams {
            report.replaceInFiles("'\(upstream.url)'", with: upstream.url)
        }
    }
}
