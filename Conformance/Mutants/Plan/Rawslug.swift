// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// A slug is taken as it comes, and becomes a path and the name of every resource.
    static let rawslug = Mutant(
        plan: "rawslug", title: "A slug is taken as it comes",
        breaks: "A slug is taken as it comes, and becomes a path and the name of every resource.",
        mustFall: ["RENDER-03": .violated],
        request: { request in
            var request = request
            if (try? Slug(request.slug)) == nil { request.slug = stand }
            return request
        }
    ) { request, report in
        guard report.plan.slug == stand else { return }
        report.plan.slug = request.slug
        report.machineName = "claude-bottle-\(request.slug)"
        report.promptFile = report.promptFile.replacing("/\(stand)/", with: "/\(request.slug)/")
        report.stateDirectories = report.stateDirectories.mapValues {
            $0.replacing("/\(stand)/", with: "/\(request.slug)/")
        }
    }

    /// What is planned in place of a slug that would be refused.
    private static let stand = "stands-for-another"
}
