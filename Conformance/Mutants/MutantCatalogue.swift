// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Every mutant there is, in the order of the kill matrix.
package enum MutantCatalogue {
    package static let all: [Mutant] = [
        .open,
        .v6open,
        .hostnet,
        .loop127,
        .gwopen,
        .autoresolver,
        .blackhole,
        .closedtwin,
        .echoplan,
        .egress0000,
        .egressoff,
        .nossrf,
        .noproxy,
        .tcpsink,
        .denyall,
        .noinject,
        .nostrip,
        .httponly,
        .connectonly,
        .emptyopen,
        .mutelog,
        .noprompt,
        .staleprompt,
        .wideprompt,
        .hostexec,
        .bundleexec,
        .canned,
        .merge,
        .rc0,
        .pid1only,
        .ttybare,
        .latepreflight,
        .chmodlater,
        .warnskip,
        .tokenargv,
        .tokenfile,
        .logtoken,
        .nocheck,
        .nometa,
        .localtime,
        .newslug,
        .null,
    ]

    /// The mutant of this id, whatever its case; nil when there is none.
    package static func find(_ id: String) -> Mutant? { all.first { $0.id == id.lowercased() } }
}
