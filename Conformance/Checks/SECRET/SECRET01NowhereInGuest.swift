// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// SECRET-01: the value of a token is nowhere in the guest.
package struct SECRET01NowhereInGuest: Check {
    package init() {}

    package let requirement = Requirement(
        id: "SECRET-01",
        title: "no token value anywhere in the guest",
        statement:
            "No value of a token, plain or in base64, hex or parts, MUST exist anywhere in the guest: environments, command "
            + "lines, files and their names, the kernel's command line, configuration disks.",
        why:
            "The agent works with a placeholder so that there is nothing to steal. One copy of the real value, in whatever "
            + "corner, is in reach of the agent and of everything that it is talked into running.",
        probed:
            "After the bundle has used the token, the agent, and root where the guest has one, look through every file "
            + "system from the root on, every process and the kernel's command line for the value plain, reversed, in "
            + "halves, in hex and in base64. The search is told lengths and salted digests, never the value. Files that "
            + "their kernel says were last changed before the run are left out, but on loop devices and on file systems "
            + "whose times anybody writes, and all are read in a microVM. Decoys in every form, in files, in an environment "
            + "and on a command line, must be found. Not looked at: memory, extended attributes, and what sits behind a "
            + "socket. What no user of the guest can read and somebody may have written counts as missing evidence, but "
            + "for programs that may only be run, old directories, and processes that are closed to every user.",
        remedy:
            "Give the values to the one process outside of the guest that puts them into requests. A guest needs the "
            + "placeholder and nothing else; do not pass it your own environment, configuration or home.",
        profiles: .fullProfiles,
        mutants: ["envtoken": .violated, "filetoken": .violated]
    )

    private static let variable = "BOTTLE_SUITE_DECOY"
    private static let used = "used"

    private static func key(_ what: String, _ user: String?) -> String { "\(what)-\(user ?? "agent")" }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle, let token = declaration.scan else { return }
        let nonce = Nonce.fresh()
        let bearer = "Authorization: Bearer \(Contract.placeholderToken)"
        declaration.probe(
            Self.used, nonce: nonce,
            .exchange(
                Requests.absolute(
                    declaration.field.routedHost, nonce, via: declaration.description.bundleAddress, headers: [bearer]))
        )
        for user in declaration.hello.guestUsers {
            let secret = Scan.secret()
            let forms = Needles(secret).samples.map { String(decoding: $0.bytes, as: UTF8.self) }
            let plant = Nonce.fresh()
            declaration.exec(
                Self.key("plant", user), nonce: plant,
                ExecRequest(
                    ["/bin/sh", "-c", #"umask 077; cat > "$1" && mkdir -- "$2" && cat "$1" > "$3""#, "sh"]
                        + Self.paths(plant, user, home: declaration.description.guestHome),
                    user: user, workingDirectory: "/", stdin: Array(forms.joined(separator: "\n").utf8)))
            let key = Self.key("scan", user)
            let scan = Nonce.fresh()
            let batch = ProbeBatch([Self.step(key, scan, .scan(token.adding(decoy: secret)))])
            let decoy = forms.joined(separator: " ")
            // The shell is an ordinary process that lives as long as the search: the probe itself is closed to everybody.
            declaration.exec(
                key, nonce: scan, phase: .after,
                ExecRequest(
                    ["/bin/sh", "-c", #""$1" batch; exit $?"#, "sh", Contract.probePath, decoy],
                    environment: [Self.variable: decoy], user: user, workingDirectory: "/", stdin: batch.input,
                    deadlineMilliseconds: batch.request(probePath: Contract.probePath).deadlineMilliseconds))
        }
    }

    private static func step(_ key: String, _ nonce: Nonce, _ action: ProbeAction) -> ProbeStep {
        ProbeStep(key: key, nonce: nonce, target: .guest, canary: nil, action: action)
    }

    /// A decoy file, a directory of its own, and a decoy file in that.
    private static func paths(_ nonce: Nonce, _ user: String?, home: String) -> [String] {
        // What root closes in /tmp would be in the way of the agent, whose /tmp it is.
        let (place, directory) = user == nil ? ("/tmp", "\(home)/.\(nonce)") : ("/root", "/root/.\(nonce)")
        return ["\(place)/\(nonce)", directory, "\(directory)/decoy"]
    }

    // MARK: - Judging

    /// What one user of the guest said.
    private struct Report {
        let who: String
        let scan: ScanReport
        /// The labels that every decoy has to be found under.
        let decoys: Set<String>
        /// Where the decoy files are.
        let planted: [String]

        func count(_ name: String) -> Int? { scan.count(name) }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        if let judgement = scene.withoutToken { return judgement }
        let users = evidence.hello.guestUsers
        let reports = users.compactMap { report(scene, $0) }
        var findings = [usage(evidence, scene)]
        for user in users where !reports.contains(where: { $0.who == Self.name(user) }) {
            findings.append(Evidence.silence("what \(Self.name(user)) can read"))
        }
        findings += users.map { planted(scene, $0) }
        for report in reports {
            findings.append(whole(report))
            findings += leaks(report) + control(report)
        }
        findings += ScanReport.gaps(reports.map(\.scan))
        let files = reports.compactMap { $0.count("files") }.reduce(0, +)
        let processes = reports.compactMap { $0.count("environments") }.reduce(0, +)
        return .concluding(
            findings,
            pass: "no form of the token is in \(files) files that could hold it and \(processes) environments, read as "
                + users.map(Self.name).joined(separator: " and ") + evidence.onlyAsAgent)
    }

    private static func name(_ user: String?) -> String { user ?? "the agent" }

    private func report(_ scene: SessionScene, _ user: String?) -> Report? {
        let key = Self.key("scan", user)
        guard let scan = scene.own.execs[key], let result = scan.result, result.ending == .exited(0),
            let plant = scene.own.execs[Self.key("plant", user)]?.step,
            // What it was told does not matter to what it said.
            let answer = ProbeBatch([Self.step(key, scan.step.nonce, .identity)]).observations(in: result.stdout)
                .first ?? nil,
            !answer.killed, answer.stage == .done, answer.errno == nil
        else { return nil }
        let input = String(decoding: scan.step.request.stdin, as: UTF8.self)
        let labels = input.split(separator: " ").filter { $0.hasPrefix("\(Scan.decoy).") }
            .compactMap { $0.split(separator: ":").first.map(String.init) }
        return Report(
            who: Self.name(user), scan: ScanReport(answer), decoys: Set(labels),
            planted: Self.paths(plant.nonce, user, home: scene.description.guestHome))
    }

    /// The witness: there is a token, and the bundle has it.
    private func usage(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let token = Array(scene.own.suiteToken.utf8)
        let records = evidence.probe(Self.used).map { evidence.records(of: $0.step.nonce.text) } ?? []
        guard evidence.report(Self.used) != nil, records.contains(where: { $0.bytes.firstRange(of: token) != nil })
        else {
            return Finding(
                .witness, .missing,
                "\(scene.field.routedHost) did not see the token in a request of the guest, so that the guest has none "
                    + "proves nothing: make EGRESS-03 pass first")
        }
        return Finding(.witness, .holds, "\(scene.field.routedHost) saw the token in a request of the guest")
    }

    private func planted(_ scene: SessionScene, _ user: String?) -> Finding {
        let outcome = scene.own.execs[Self.key("plant", user)]
        return outcome?.result?.ending == .exited(0)
            ? Finding(.permitted, .holds, "\(Self.name(user)) wrote decoys")
            : Finding(
                .permitted, .missing,
                "\(Self.name(user)) could not write decoys (\(outcome?.error ?? "no whole answer of /bin/sh")): give the guest "
                    + "a /bin/sh with cat and mkdir, and a /tmp and a home of its own to write to")
    }

    /// Whether the search got to its end, and by a clock that it can be believed by.
    private func whole(_ report: Report) -> Finding {
        if let flaw = report.scan.flaw(report.who) { return Finding(.attempt, .missing, flaw) }
        return Finding(
            .attempt, .holds,
            "\(report.who) looked through \(report.count("entries") ?? 0) names, \(report.count("files") ?? 0) files that "
                + "were changed since second \(report.scan.facts["since"] ?? "?"), and "
                + "\(report.count("environments") ?? 0) of \(report.count("processes") ?? 0) processes; "
                + "\(report.count("closed") ?? 0) programs and old directories are closed")
    }

    private func leaks(_ report: Report) -> [Finding] {
        report.scan.places.compactMap { place in
            let forms = place.forms
            guard !forms.isEmpty else { return nil }
            return Finding(
                .attempt, .leak, "\(report.who) can read the token in \(place.words) (\(forms.joined(separator: ", ")))"
            )
        }
    }

    /// The decoys: each form at each place.
    private func control(_ report: Report) -> [Finding] {
        let places: [(what: String, matches: (String, String) -> Bool)] = [
            ("a file", { $0 == "file" && $1 == report.planted[0] }),
            ("a file in a new directory", { $0 == "file" && $1 == report.planted[2] }),
            ("a variable of an exec", { $0 == "variable" && $1 == Self.variable }),
            ("a variable of a process", { $0 == "environment" && ScanReport.split($1, 2)[1] == Self.variable }),
            ("a command line", { kind, _ in kind == "arguments" }),
        ]
        return places.map { what, matches in
            let found = Set(report.scan.places.filter { matches($0.kind, $0.place) }.flatMap(\.labels))
            let lost = report.decoys.subtracting(found).sorted()
            return !report.decoys.isEmpty && lost.isEmpty
                ? Finding(.permitted, .holds, "\(report.who) found the decoy in \(what) in every form")
                : Finding(
                    .permitted, .missing,
                    "\(report.who) did not find the decoy in \(what) (\(lost.joined(separator: ", "))), so that the token is "
                        + "not found proves nothing: give the guest a /bin/sh, a /proc and a clock of the harness's")
        }
    }
}
