// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// SECRET-05: the private keys of a bottle are its owner's and its bundle's, and new for each launch.
package struct SECRET05KeysStayOutside: Check {
    package init() {}

    package let requirement = Requirement(
        id: "SECRET-05",
        title: "private keys are new, private, and not in the guest",
        statement:
            "The private keys of a bottle's CAs MUST be made anew for each launch, MUST be on the host with mode 0600 and in "
            + "the bundle, and MUST NOT be anywhere in the guest or on a command line or in an environment of the bundle.",
        why:
            "Whoever has the key signs for every site that the guest believes the proxy for. In the guest it makes every "
            + "check of a certificate there worthless; shared, it does that to the other bottles as well.",
        probed:
            "The agent, and root where the guest has one, look through the guest as for SECRET-01, for each key's lines of "
            + "PEM, and for its number in hex and base64, by lengths and salted digests. A key that is a decoy must be found "
            + "there, and the real ones in files of the bundle, which is searched the same way. On the host the files' modes "
            + "are read, and the keys of all bottles that the run launches are compared. Not looked for: raw bytes, and keys "
            + "of git's upstreams.",
        remedy:
            "Mint the CAs when a bottle is launched, with mode 0600 from the first moment on; give the bundle the key over a "
            + "pipe or a mount of its own, and the guest the certificate alone.",
        profiles: .fullProfiles,
        mutants: ["keytoo": .violated, "sharedca": .violated, "keyopen": .violated]
    )

    private static func key(_ what: String, _ user: String?) -> String { "\(what)-\(user ?? "agent")" }
    private static func name(_ user: String?) -> String { user ?? "the agent" }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle, let scan = declaration.scan else { return }
        declaration.probe("bundle", target: .bundle, phase: .after, .scan(scan))
        for user in declaration.hello.guestUsers {
            let (nonce, decoy) = (Nonce.fresh(), PrivateKeyForms.decoy())
            // What root closes in /tmp would be in the way of the agent, whose /tmp it is.
            let path = (user == nil ? "/tmp/" : "/root/") + nonce.text
            declaration.probe(Self.key("plant", user), nonce: nonce, user: user, .writeFile(path: path, bytes: decoy))
            declaration.probe(
                Self.key("scan", user), user: user, phase: .after,
                .scan(scan.adding(key: decoy, of: Scan.decoyKey)))
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let own = scene.own.authorities
        guard BottleAuthority.selected(scene) != nil, !own.isEmpty else {
            return .concluding([BottleAuthority.missing(scene)], pass: "")
        }
        let daemons = own.keys.sorted()
        let users = evidence.hello.guestUsers
        var reports: [ScanReport] = []
        var findings = daemons.map { host($0, own[$0]) } + fresh(evidence, daemons) + bundle(evidence, daemons)
        for user in users {
            guard let answer = evidence.report(Self.key("scan", user)) else {
                findings.append(Evidence.silence("what \(Self.name(user)) can read"))
                continue
            }
            let report = ScanReport(answer)
            reports.append(report)
            findings += guest(report, user, daemons, evidence)
        }
        findings += ScanReport.gaps(reports)
        return .concluding(
            findings,
            pass:
                "the keys of \(daemons.joined(separator: " and ")) are new, private on the host, and found in the bundle "
                + "and not in the guest" + evidence.onlyAsAgent)
    }

    private func host(_ daemon: String, _ authority: AuthorityEvidence?) -> Finding {
        guard let mode = authority?.keyMode else {
            return Finding(
                .fact, .missing,
                "no key of \(daemon) was found on the host where the plan says that it is: write it there before the launch"
            )
        }
        let text = String(mode, radix: 8)
        return mode & 0o177 == 0
            ? Finding(.fact, .holds, "the key of \(daemon) on the host has mode 0\(text)")
            : Finding(.fact, .leak, "the key of \(daemon) on the host has mode 0\(text), and not 0600")
    }

    /// No two authorities of the run have a key in common.
    private func fresh(_ evidence: Evidence, _ daemons: [String]) -> [Finding] {
        let known = BottleAuthority.known(evidence)
        let others = known.filter { $0.session != .bottle }
        guard !others.isEmpty else {
            return [
                Finding(
                    .fact, .missing,
                    "no other bottle of the run has an authority on the host, so that this one's are new is not shown: run "
                        + "again")
            ]
        }
        var findings: [Finding] = []
        for daemon in daemons {
            guard let own = known.first(where: { $0.session == .bottle && $0.daemon == daemon })?.authority,
                let digest = own.keyDigest
            else {
                findings.append(Evidence.silence("which key \(daemon) has"))
                continue
            }
            let same = known.first { other in
                (other.session != .bottle || other.daemon != daemon)
                    && (other.authority.keyDigest == digest || other.authority.digest == own.digest)
            }
            findings.append(
                same.map {
                    Finding(
                        .fact, .leak,
                        "the CA of \(daemon) is that of \($0.daemon) of the \($0.session.rawValue) session as well")
                } ?? Finding(.fact, .holds, "the CA of \(daemon) is none of \(others.count) of other bottles"))
        }
        return findings
    }

    /// The keys are in files of the bundle, where the search finds them, and nowhere else there.
    private func bundle(_ evidence: Evidence, _ daemons: [String]) -> [Finding] {
        guard let answer = evidence.report("bundle") else { return [Evidence.silence("what is in the bundle")] }
        let report = ScanReport(answer)
        if let flaw = report.flaw("the probe in the bundle") { return [Finding(.permitted, .missing, flaw)] }
        return daemons.flatMap { daemon -> [Finding] in
            let places = report.places.filter { !$0.forms(of: Scan.key(of: daemon)).isEmpty }
            let files = places.filter { $0.kind == "file" }
            let others = places.filter { ["environment", "arguments", "variable", "name"].contains($0.kind) }
            let leaks = others.map {
                Finding(.witness, .leak, "the key of \(daemon) stands in \($0.words) of the bundle")
            }
            guard let file = files.first else {
                return leaks + [
                    Finding(
                        .permitted, .missing,
                        "the search did not find the key of \(daemon) in a file of the bundle, so that it found none in the "
                            + "guest proves nothing: let the probe in the bundle read what its daemons read")
                ]
            }
            return leaks + [
                Finding(.permitted, .holds, "the search found the key of \(daemon) in \(file.words) of the bundle")
            ]
        }
    }

    private func guest(
        _ report: ScanReport, _ user: String?, _ daemons: [String], _ evidence: Evidence
    ) -> [Finding] {
        let who = Self.name(user)
        var findings: [Finding] = []
        if let flaw = report.flaw(who) {
            findings.append(Finding(.attempt, .missing, flaw))
        } else {
            findings.append(
                Finding(
                    .attempt, .holds,
                    "\(who) looked through \(report.count("files") ?? 0) files and \(report.count("environments") ?? 0) "
                        + "environments"))
        }
        for daemon in daemons {
            findings += report.places.compactMap { place in
                let forms = place.forms(of: Scan.key(of: daemon))
                guard !forms.isEmpty else { return nil }
                return Finding(
                    .attempt, .leak,
                    "\(who) can read the private key of \(daemon) in \(place.words) (\(forms.joined(separator: ", ")))")
            }
        }
        let plant = evidence.probe(Self.key("plant", user))?.step
        let isWritten = evidence.report(Self.key("plant", user)).map { $0.errno == nil } == true
        let isFound =
            isWritten
            && report.places.contains { place in
                place.kind == "file" && !place.forms(of: Scan.decoyKey).isEmpty
                    && plant.map { place.place.hasSuffix("/\($0.nonce)") } == true
            }
        findings.append(
            isFound
                ? Finding(.permitted, .holds, "\(who) found the key that is a decoy")
                : Finding(
                    .permitted, .missing,
                    "\(who) did not find the key that is a decoy, so that no other was found proves nothing: give the guest a "
                        + "/tmp to write to, and a clock of the harness's"))
        return findings
    }
}
