// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import FoundationEssentials

extension Mutant {
    /// What a guest writes to a skill is on the host at once, as with a directory that is mounted for writing.
    static let bindskills = Mutant(
        id: "bindskills", title: "Skills are shared with the host",
        breaks: "What a guest writes to a skill is written to its source on the host.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.executed = { base, bottle, request in
                guard let directory = request.manifestDirectory,
                    let skill = request.manifest.agents[request.agentName]?.skills.first
                else { return }
                let guest = "\(GuestSkills.standard)/\(skill)/\(SuiteSkill.edited)"
                let host = "\(directory)/\(GuestSkills.source(of: skill))/\(SuiteSkill.edited)"
                let bytes = Data(try await base.copyOut(path: guest, from: .guest, in: bottle))
                if try Data(contentsOf: URL(filePath: host)) != bytes { try bytes.write(to: URL(filePath: host)) }
            }
            return driver
        }, mustFall: ["PROV-06": .violated])
}
