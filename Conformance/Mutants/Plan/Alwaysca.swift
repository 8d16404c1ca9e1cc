// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The certificate authority of egress is minted and mounted in every bottle.
    static let alwaysca = Mutant(
        plan: "alwaysca", title: "Egress has its CA without routes",
        breaks: "The certificate authority of egress is minted and mounted in every bottle.",
        launches: true, mustFall: ["EGRESS-08": .violated]
    ) { request, report in
        guard report.sidecars.egress.authority == nil, let state = report.stateDirectories["egress"] else { return }
        let files = CertificateFiles(directory: state)
        report.sidecars.egress.authority = files
        report.bundle.mounts += [
            BundleMount(source: files.certificate, target: Contract.Bundle.egressCertificate),
            BundleMount(source: files.key, target: Contract.Bundle.egressKey),
        ]
    }
}
