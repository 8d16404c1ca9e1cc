// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The bundle has the queue of supervise mounted, whether or not supervise is enabled.
    static let mountall = Mutant(
        plan: "mountall", title: "Every mount is in every bundle",
        breaks: "The bundle has the queue of supervise mounted, whether or not supervise is enabled.",
        mustFall: ["RENDER-04": .violated]
    ) { request, report in
        let queue = Contract.Bundle.superviseQueue
        guard !report.bundle.mounts.contains(where: { $0.target == queue }),
            let state = report.stateDirectories["supervise"]
        else { return }
        report.bundle.mounts.append(BundleMount(source: "\(state)/queue", target: queue, isReadOnly: false))
    }
}
