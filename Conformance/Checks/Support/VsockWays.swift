// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// What a guest was told when it asked for sockets of AF_VSOCK, in every way that there is.
struct VsockWays {
    /// Every way the probe knows, the ordinary socket left out.
    static let names = ["stream", "seqpacket", "datagram", "ring", "x32", "compat", "socketcall"]
    /// The way that every kernel with the family has.
    static let first = "stream"
    /// How a kernel, or a filter in front of it, says no.
    private static let refusals: Set<String> = [
        "EPERM", "EACCES", "ENOSYS", "EAFNOSUPPORT", "ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "ENODEV", "killed",
    ]

    let report: Observation
    /// For sentences: the agent, or root.
    let who: String

    subscript(_ way: String) -> String? { report.facts["way.\(way)"] }

    /// An ordinary socket works: otherwise a refusal says nothing about this family.
    var control: Finding {
        self["plain"] == "ok"
            ? Finding(.permitted, .holds, "\(who) can open a plain socket with the same probe")
            : Finding(
                .permitted, .missing,
                "\(who) cannot even open a plain socket (\(self["plain"] ?? "no answer")), so what else is refused proves "
                    + "nothing: allow ordinary sockets")
    }

    /// One finding a way; `twin` is the answer to the same in the open twin.
    ///
    /// A refusal is the bottle's own only where the twin was told something else. Where both were told the same, the kernel
    /// may simply lack the family, and the same bottle on another kernel would let it through: that is no proof.
    func refused(twin: VsockWays?) -> [Finding] {
        Self.names.map { way in
            guard let answer = self[way] else {
                return Finding(
                    .attempt, .missing, "the probe did not say whether \(who) gets AF_VSOCK by \(way): run again")
            }
            if answer == "ok" {
                return Finding(
                    .attempt, .leak,
                    "\(who) was given an AF_VSOCK socket (\(way)): refuse the family to the guest before its first program"
                )
            }
            guard Self.refusals.contains(answer) else {
                return Finding(
                    .attempt, .missing,
                    "asking for AF_VSOCK by \(way) as \(who) ended in neither a socket nor a refusal (\(answer)): run again"
                )
            }
            guard way != Self.first || (twin?[way]).map({ $0 != answer }) == true else {
                return Finding(
                    .twin, .missing,
                    "\(who) was refused AF_VSOCK (\(answer)), but the open twin was told the same, so nothing shows that it "
                        + "was the bottle who refused: \(Self.advice(answer))")
            }
            return Finding(.attempt, .holds, "AF_VSOCK by \(way) was refused to \(who) (\(answer))")
        }
    }

    private static func advice(_ answer: String) -> String {
        ["EAFNOSUPPORT", "ESOCKTNOSUPPORT", "ENODEV"].contains(answer)
            ? "load the module vsock where the bottle runs, and run again" : "open the family in the twin"
    }

    /// What the open twin was told, as a finding.
    var opened: Finding {
        switch self[Self.first] {
        case "ok"?: Finding(.twin, .holds, "the open twin was given an AF_VSOCK socket by the same probe")
        case let answer?: Finding(.twin, .holds, "the open twin was told \(answer) by the kernel itself")
        case nil: Finding(.twin, .missing, "the open twin did not say whether it gets AF_VSOCK: run again")
        }
    }
}
