// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

extension PlanReport {
    /// Replaces a text wherever a backend's tool would read it: in calls and in files.
    mutating func replaceEverywhere(_ text: String, with other: String) {
        for index in commands.indices {
            commands[index].argv = commands[index].argv.map { $0.replacing(text, with: other) }
        }
        replaceInFiles(text, with: other)
    }

    /// Replaces a text in every file.
    mutating func replaceInFiles(_ text: String, with other: String) {
        for index in artefacts.indices { artefacts[index].text = artefacts[index].text.replacing(text, with: other) }
    }

    /// Changes the text of the files of one kind.
    mutating func change(_ kind: Artefact.Kind, _ body: (String) -> String) {
        for index in artefacts.indices where artefacts[index].kind == kind {
            artefacts[index].text = body(artefacts[index].text)
        }
    }

    /// Moves the bottle to another network, consistently.
    mutating func move(to octet: UInt8) {
        let old = "10.77.\(plan.addresses.octet)."
        let new = "10.77.\(octet)."
        plan.addresses.octet = octet
        plan.guestEnvironment = plan.guestEnvironment.mapValues { $0.replacing(old, with: new) }
        allowCIDRs = allowCIDRs.map { $0.replacing(old, with: new) }
        bundle.subnet = bundle.subnet.replacing(old, with: new)
        bundle.gateway = bundle.gateway.replacing(old, with: new)
        bundle.address = bundle.address.replacing(old, with: new)
        replaceEverywhere(old, with: new)
    }
}
