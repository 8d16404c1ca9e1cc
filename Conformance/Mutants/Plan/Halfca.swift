// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Pipelock is told of the certificate of its authority and not of the key.
    static let halfca = Mutant(
        plan: "halfca", title: "Pipelock has half a CA",
        breaks: "Pipelock is told of the certificate of its authority and not of the key.",
        mustFall: ["RENDER-06": .violated]
    ) { _, report in
        report.change(.pipelock) { text in
            text.replacing(
                "\"dlp\":",
                with:
                    "\"tls_interception\": {\"enabled\": true, \"ca_cert\": \"/etc/bottle/pipelock-ca.pem\"}, \"dlp\":")
        }
    }
}
