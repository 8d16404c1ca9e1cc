// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-15: no local socket of the host answers the guest, by path or by abstract name.
package struct NET15NoHostSocket: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-15",
        title: "no local socket of the host is reachable",
        statement:
            "No local (AF_UNIX) socket of the host MUST be reachable from the guest: not by a path (container engines, "
            + "agents of ssh and gpg, D-Bus, systemd, snapd), not by an abstract name, and no socket MUST be mounted.",
        why:
            "The socket of a container engine is root on the host, that of an agent is every key it holds. A read-only "
            + "mount does not help, because connecting writes nothing, and abstract names follow the network, not the files.",
        probed:
            "The guest connects to canaries with fresh abstract names in the host's network and on this machine; the open "
            + "twin shows that the host's can be reached. The agent, and root where the guest has one, look through every "
            + "file system of the guest and connect to each socket there; one of their own must be found and answer. Names "
            + "of a machine's kernel never leave it: its open twin has a socket of the host in its files instead, which the "
            + "same look must find.",
        remedy:
            "Mount no socket and no directory that has one, and give the guest a network namespace of its own, since "
            + "abstract names belong to it.",
        profiles: .fullProfiles,
        mutants: ["sockmount": .violated, "hostnet": .violated, "closedtwin": .inconclusive]
    )

    private static let needs = [CanaryNeed(.hostAbstract, .unix, 0)]

    private static func name(_ user: String?) -> String { user ?? "agent" }
    private static func key(_ user: String?) -> String { "sockets-\(name(user))" }
    /// In a directory that everybody may write to and that no other row looks at.
    private static func decoy(_ user: String?) -> String { "/dev/shm/bottle-decoy-\(name(user)).sock" }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt(aims(declaration.field, declaration.hello))
        if declaration.session == .twin, declaration.hello.kind == .microvm {
            // As root: whose the host's socket is in there is the backend's affair.
            let user = declaration.hello.guestUsers.last ?? nil
            declaration.probe(Self.key(user), user: user, .unixSockets(decoy: Self.decoy(user)))
        }
        guard declaration.session == .bottle else { return }
        declaration.askHealth()
        for user in declaration.hello.guestUsers {
            declaration.probe(Self.key(user), user: user, .unixSockets(decoy: Self.decoy(user)))
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let aims = aims(scene.field, evidence.hello)
        let users = evidence.hello.guestUsers
        let denial = Denial(
            attempts: aims.attempts(evidence), permitted: Declaration.health(evidence),
            twinProvenElsewhere: evidence.hello.kind == .microvm, gaps: Self.needs.gaps(in: scene.field))
        let looks = users.map { user in
            Look(
                evidence, user: user, decoys: users.map(Self.decoy),
                own: scene.description.machine?.agentSockets ?? [])
        }
        return denial.judge(
            evidence, with: looks.flatMap(\.findings) + twin(evidence),
            pass: "no abstract name of \(aims.count) led to the host, and in \(looks.map(\.directories).max() ?? 0) "
                + "directories of the guest there is no socket of anybody else\(evidence.onlyAsAgent)")
    }

    private func aims(_ field: SessionField, _ hello: Hello) -> [Aim] {
        let host = Self.needs.aims(in: field, manner: "by its abstract name")
        let machine = CanaryNeed(.machineAbstract, .unix, 0).aims(in: field, manner: "by its abstract name")
        func blind(_ aims: [Aim]) -> [Aim] {
            aims.map { aim in
                var aim = aim
                aim.comparable = false
                return aim
            }
        }
        // The twin shares the network of the bottle's host, which may be another than this machine's; names of a kernel
        // never leave a virtual machine.
        return (hello.kind == .microvm ? blind(host) : host) + blind(machine)
    }

    /// A machine's open twin has sockets of the host in its file systems, and the same look finds them.
    private func twin(_ evidence: Evidence) -> [Finding] {
        guard evidence.hello.kind == .microvm, evidence.absence(of: .twin) == nil else { return [] }
        let opened = evidence[.twin]?.description?.machine?.openedSockets ?? []
        guard !opened.isEmpty else {
            return [
                Finding(
                    .twin, .missing,
                    "the open twin has no socket of the host, so that none is found elsewhere proves nothing")
            ]
        }
        let key = Self.key(evidence.hello.guestUsers.last ?? nil)
        let facts = evidence.probe(key, in: .twin)?.observation?.facts ?? [:]
        let found = Set(facts.filter { $0.key.hasPrefix("socket.") }.map(\.value))
        return opened.map { path in
            found.contains("ok \(path)")
                ? Finding(
                    .twin, .holds, "the same look found the host's socket \(path) in the open twin, and it answered")
                : Finding(.twin, .missing, "the same look did not find the host's socket \(path) in the open twin")
        }
    }

    /// What one user found in the file systems.
    private struct Look {
        var directories = 0
        var findings: [Finding] = []

        /// - Parameters:
        ///   - decoys: Of all users; a file system may show the whole of a guest once more below another directory.
        ///   - own: How the paths of the sockets begin that are the machine's own.
        init(_ evidence: Evidence, user: String?, decoys: [String], own: [String]) {
            let who = user ?? "the agent"
            guard let report = evidence.report(NET15NoHostSocket.key(user)) else {
                findings = [Evidence.silence("the sockets that \(who) can see")]
                return
            }
            directories = report.facts["directories"].flatMap { Int($0) } ?? 0
            findings = Self.wholeness(report, who) + [Self.control(report, user, who)]
            for (fact, value) in report.facts.sorted(by: { $0.key < $1.key }) where fact.hasPrefix("socket.") {
                let words = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard words.count == 2 else {
                    findings.append(
                        Finding(.attempt, .missing, "an answer of the probe about a socket is not whole: run again"))
                    continue
                }
                let isMounted = report.facts["mount.\(fact.dropFirst("socket.".count))"] != nil
                let isDecoy = decoys.contains { words[1] == $0 || !own.isEmpty && !isMounted && words[1].hasSuffix($0) }
                guard !isDecoy else {
                    continue
                }
                if !isMounted, own.contains(where: { words[1].hasPrefix($0) }) {
                    findings.append(Finding(.fact, .holds, "the socket \(words[1]) is of the machine's own agent"))
                    continue
                }
                findings.append(Self.finding(words[1], words[0], isMounted: isMounted, who))
            }
        }

        private static func wholeness(_ report: Observation, _ who: String) -> [Finding] {
            var findings: [Finding] = []
            if let errno = report.errno {
                findings.append(
                    Finding(
                        .attempt, .missing,
                        "the guest's file systems could not be looked through as \(who) (\(errno)): run again"))
            }
            findings += report.facts.sorted { $0.key < $1.key }.filter { $0.key.hasPrefix("unlisted.") }.map {
                Finding(
                    .attempt, .missing,
                    "\($0.value) can be passed by \(who) but not listed, so a socket may be hidden there")
            }
            return findings
        }

        /// The walk found a socket that is certainly there, and connected to it.
        private static func control(_ report: Observation, _ user: String?, _ who: String) -> Finding {
            let decoy = NET15NoHostSocket.decoy(user)
            guard report.facts["decoy"] == "ok" else {
                return Finding(
                    .permitted, .missing,
                    "\(who) could make no socket at \(decoy) (\(report.facts["decoy"] ?? "no answer")), so that none was "
                        + "found proves nothing: give the guest a writable /dev/shm")
            }
            let isFound = report.facts.contains { $0.key.hasPrefix("socket.") && $0.value == "ok \(decoy)" }
            return isFound
                ? Finding(.permitted, .holds, "\(who) found its own socket \(decoy) and connected to it")
                : Finding(
                    .permitted, .missing,
                    "\(who) did not find its own socket \(decoy), so that no other was found proves nothing: run again")
        }

        private static func finding(_ path: String, _ answer: String, isMounted: Bool, _ who: String) -> Finding {
            if answer == "ok" {
                return Finding(
                    .attempt, .leak, "somebody answers \(who) at the socket \(path): take it out of the guest")
            }
            if isMounted {
                return Finding(
                    .attempt, .leak, "the socket \(path) is mounted into the guest (connecting: \(answer)): take it out"
                )
            }
            // Nobody listens there any more, whoever made it.
            if answer == "ECONNREFUSED" { return Finding(.attempt, .holds, "nobody listens at the socket \(path)") }
            return Finding(
                .attempt, .missing,
                "whether the host listens at the socket \(path) is not known (\(answer), as \(who)): take it out of the guest"
            )
        }
    }
}
