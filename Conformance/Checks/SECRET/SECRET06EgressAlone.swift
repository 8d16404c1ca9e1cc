// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// SECRET-06: inside the bundle nobody but egress has the values of the tokens.
package struct SECRET06EgressAlone: Check {
    package init() {}

    package let requirement = Requirement(
        id: "SECRET-06",
        title: "in the bundle only egress has the token values",
        statement:
            "Inside the bundle only the egress process MUST have the values of tokens; init, pipelock and whatever else runs "
            + "there MUST NOT, in their environments, on their command lines or in files.",
        why:
            "What talks to the guest is what the guest attacks first. A variable that was set for the whole container is in "
            + "every daemon of it, and in every program that one of them starts.",
        probed:
            "In the bundle everything is searched as SECRET-01 searches the guest: every environment, every command line and "
            + "every file, for the value in all of its forms, by lengths and salted digests. It has to be found in the "
            + "environment of egress, and nowhere else; that of pipelock has to be among those that were read, and so has "
            + "that of everybody who shows a command line. Processes that show none and are closed to root there as well, "
            + "and files that root there cannot read, are left out and counted.",
        remedy:
            "Hand the values to the process that starts the daemons over a pipe, and let it put them into the environment of "
            + "egress alone.",
        profiles: .fullProfiles,
        mutants: ["envall": .violated]
    )

    private static let key = "bundle"

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle, let scan = declaration.scan else { return }
        declaration.probe(Self.key, target: .bundle, phase: .after, .scan(scan))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        if let judgement = scene.withoutToken { return judgement }
        guard let answer = evidence.report(Self.key) else {
            let silence = Evidence.silence("what is in the bundle")
            return .concluding([silence], pass: "")
        }
        let report = ScanReport(answer)
        // The search itself is there as well, and closed to everybody.
        let processes = report.processes.filter { $0.command.split(separator: " ").first ?? "" != Contract.probePath }
        let names = Dictionary(processes.map { ($0.id, $0.command) }, uniquingKeysWith: { first, _ in first })
        let places = report.places.filter { !$0.forms.isEmpty }
        let isEgress: (ScanReport.Place) -> Bool = { place in
            place.process.flatMap { names[$0] }.map { Self.isDaemon("egress", $0) } ?? false
        }
        var findings = whole(report, processes)
        findings += places.filter { !isEgress($0) }.map { place in
            let who = place.process.flatMap { names[$0] }.map { " (\(Quoted($0)))" } ?? ""
            return Finding(
                .witness, .leak,
                "the token stands in \(place.words)\(who) of the bundle (\(place.forms.joined(separator: ", ")))")
        }
        findings.append(
            places.contains(where: isEgress)
                ? Finding(
                    .permitted, .holds, "the token stands in the environment of egress, where the search found it")
                : Finding(
                    .permitted, .missing,
                    "the search did not find the token in the environment of egress, so that it found it nowhere else "
                        + "proves nothing: let egress run under a command line that names it, and the probe in the bundle "
                        + "read its environment"))
        return .concluding(
            findings,
            pass: "of \(processes.count) processes in the bundle egress alone has the token, and no file there has it")
    }

    /// Whether a command line is that of a daemon: before its options a word of it is its name, behind whatever path.
    private static func isDaemon(_ name: String, _ command: String) -> Bool {
        command.split(separator: " ").prefix { !$0.hasPrefix("-") }.contains {
            $0.split(separator: "/").last ?? "" == name
        }
    }

    private func whole(_ report: ScanReport, _ processes: [ScanReport.Process]) -> [Finding] {
        if let flaw = report.flaw("the probe in the bundle") { return [Finding(.attempt, .missing, flaw)] }
        var findings: [Finding] = []
        if report.count("processes") != report.processes.count {
            findings.append(
                Finding(.attempt, .missing, "the bundle has more processes than the search lists: run again"))
        }
        let closed = processes.filter { !$0.isRead }
        findings += closed.filter { !$0.command.isEmpty }.map {
            Finding(
                .attempt, .missing,
                "the environment of \(Quoted($0.command)) in the bundle could not be read: let the probe run there as root"
            )
        }
        if !processes.contains(where: { Self.isDaemon("pipelock", $0.command) && $0.isRead }) {
            findings.append(
                Finding(
                    .attempt, .missing, "pipelock is not among the processes of the bundle that were read: run again"))
        }
        if findings.isEmpty {
            findings.append(
                Finding(
                    .attempt, .holds,
                    "\(processes.count - closed.count) environments and \(report.count("files") ?? 0) files of the bundle were "
                        + "read; \(closed.count) processes without a command line and \(report.unread.count) files are closed to root there"
                ))
        }
        return findings
    }
}
