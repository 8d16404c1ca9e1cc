// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// DRIVER-01: exec runs the command inside the guest and brings back exactly what it said.
package struct DRIVER01ExecRunsInside: Check {
    package init() {}

    package let requirement = Requirement(
        id: "DRIVER-01",
        title: "exec runs inside the guest and returns exact output",
        statement:
            "Exec MUST run the command inside the guest and return its exact standard output, an empty standard error "
            + "and its own exit code.",
        why:
            "Every other check looks through exec. If it runs on the host, or invents its output, nothing else that is "
            + "reported about the sandbox means anything.",
        probed:
            "The guest computes a value from two random numbers and hashes a random line; another command writes on "
            + "standard error only and exits with a random code; the guest reports its boot id and mount namespace, which are "
            + "compared with those of every host and of the bundle; a file it writes must not appear on a host.",
        remedy:
            "Run the argument vector inside the sandbox, hand over standard input as it is, and return standard output, "
            + "standard error and the exit code unchanged.",
        profiles: .seedProfiles,
        mutants: [
            "hostexec": .violated, "bundleexec": .violated, "canned": .violated, "merge": .violated, "rc0": .violated,
            "null": .violated,
        ]
    )

    private static let probeIsMissing: Set<Int32> = [126, 127]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let nonce = Nonce.fresh()
        let line = "\(nonce) \(UInt64.random(in: 0...UInt64.max)) \(UInt64.random(in: 0...UInt64.max))\n"
        declaration.exec("say", nonce: nonce, ExecRequest([Contract.probePath, "say"], stdin: Array(line.utf8)))
        declaration.exec("fail", ExecRequest([Contract.probePath, "fail", "\(Int.random(in: 1...125))"]))
        declaration.probe("identity", .identity)
        if declaration.hello.capabilities.contains("bundle-exec") {
            // Before, like what other checks ask of a bundle: all of that is one exec.
            declaration.probe("bundle-identity", target: .bundle, phase: .before, .identity)
        }
        let file = Nonce.fresh()
        declaration.probe(
            "file", nonce: file, .writeFile(path: "/tmp/\(file)", bytes: Array(file.text.utf8)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        return .concluding(
            [said(scene.own.execs["say"]), exited(scene.own.execs["fail"]), separate(scene.own.execs["fail"])]
                + identity(evidence) + bundleIdentity(evidence)
                + [file(evidence.probe("file"))],
            pass: "commands ran inside the guest and came back with their exact output and exit code")
    }

    /// What the probe must print for the line it was given; nil when that line is not one of ours.
    static func answer(to stdin: [UInt8]) -> String? {
        guard stdin.last == 0x0a else { return nil }
        let line = stdin.dropLast()
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let a = UInt64(words[1]), let b = UInt64(words[2]) else { return nil }
        return "\(words[0]) \(a &* b &+ a) \(SHA256.hex(line))\n"
    }

    private func said(_ outcome: ExecOutcome?) -> Finding {
        guard let outcome, let result = outcome.result else { return missing(outcome, "the computation") }
        if let path = outcome.hostFile { return onHost(path) }
        guard let expected = Self.answer(to: outcome.step.request.stdin), !result.truncated,
            case .exited(let code) = result.ending, !Self.probeIsMissing.contains(code)
        else { return missing(outcome, "the computation") }
        guard code == 0 else {
            return Finding(.fact, .leak, "a command that succeeds came back with exit code \(code)")
        }
        guard result.stdout == Array(expected.utf8) else {
            return Finding(
                .fact, .leak,
                "exec did not return the command's exact output: \(result.stdout.count) bytes came back that are not the "
                    + "\(expected.utf8.count) bytes computed from random input")
        }
        guard result.stderr.isEmpty else {
            return Finding(
                .fact, .leak, "\(result.stderr.count) bytes of standard error came back from a command that writes none"
            )
        }
        return Finding(.fact, .holds, "a value computed from random input came back exactly, with exit code 0")
    }

    private func exited(_ outcome: ExecOutcome?) -> Finding {
        guard let outcome, let result = outcome.result, let wanted = outcome.step.request.argv.last.flatMap(Int32.init)
        else { return missing(outcome, "the failing command") }
        if let path = outcome.hostFile { return onHost(path) }
        // A code of 126 or 127 that nobody asked for means that the probe itself could not be started.
        guard case .exited(let code) = result.ending, code == wanted || !Self.probeIsMissing.contains(code) else {
            return missing(outcome, "the failing command")
        }
        return code == wanted
            ? Finding(.fact, .holds, "a command that exits with \(wanted) came back with \(wanted)")
            : Finding(.fact, .leak, "a command that exits with \(wanted) came back with exit code \(code)")
    }

    /// The same command writes on standard error only: without it an empty standard error may just be a lost one.
    private func separate(_ outcome: ExecOutcome?) -> Finding {
        guard let outcome, let result = outcome.result, case .exited(let code) = result.ending,
            !Self.probeIsMissing.contains(code)
        else { return missing(outcome, "the failing command") }
        guard result.stdout.isEmpty else {
            return Finding(
                .fact, .leak,
                "\(result.stdout.count) bytes of standard output came back from a command that writes on standard error "
                    + "only")
        }
        return result.stderr.isEmpty
            ? Finding(
                .fact, .missing,
                "a command that writes on standard error came back without, so that another's was empty proves nothing: "
                    + "bring standard error back")
            : Finding(.fact, .holds, "standard error came back apart from standard output")
    }

    private func identity(_ evidence: Evidence) -> [Finding] {
        let observation = evidence.probe("identity")?.observation
        let (name, fact): (String, String) =
            evidence.hello.kind == .microvm ? ("boot id", "boot_id") : ("mount namespace", "ns.mnt")
        guard let own = observation?.facts[fact], !own.isEmpty, observation?.killed == false else {
            return [Finding(.fact, .missing, "the guest did not report its \(name): give the guest a /proc of its own")]
        }
        guard !evidence.hosts.isEmpty else {
            return [Finding(.fact, .missing, "no host is on record to compare the guest's \(name) with: run again")]
        }
        return evidence.hosts.map { host in
            let other = evidence.hello.kind == .microvm ? host.bootID : host.namespaces["mnt"] ?? ""
            if other.isEmpty {
                return Finding(.fact, .missing, "the \(name) of the host \"\(host.name)\" is not on record: run again")
            }
            return other == own
                ? Finding(
                    .fact, .leak, "the command ran on the host \"\(host.name)\": it has the same \(name) (\(own))")
                : Finding(.fact, .holds, "the guest's \(name) is not that of the host \"\(host.name)\"")
        }
    }

    /// The bundle is inside as well, but it is not the guest.
    private func bundleIdentity(_ evidence: Evidence) -> [Finding] {
        guard evidence.hello.capabilities.contains("bundle-exec") else { return [] }
        func own(_ key: String) -> [String]? {
            guard let observation = evidence.probe(key)?.observation, !observation.killed,
                let boot = observation.facts["boot_id"], let mount = observation.facts["ns.mnt"]
            else { return nil }
            return [boot, mount]
        }
        guard let guest = own("identity"), let bundle = own("bundle-identity") else {
            return [Finding(.fact, .missing, "guest and bundle did not both report who they are: run again")]
        }
        return [
            guest == bundle
                ? Finding(
                    .fact, .leak,
                    "the command ran in the bundle: it has the same boot id and mount namespace (\(guest[1]))")
                : Finding(.fact, .holds, "the guest is not the bundle")
        ]
    }

    private func file(_ outcome: ProbeOutcome?) -> Finding {
        guard let observation = outcome?.observation else {
            return Finding(.fact, .missing, "no whole answer of the probe about writing a file: run again")
        }
        if let path = observation.facts["host_file"] { return onHost(path) }
        guard observation.stage == .done, observation.errno == nil, !observation.killed else {
            return Finding(
                .fact, .missing,
                "the guest could not write a file in /tmp (\(observation.errno ?? "no answer")): give it a writable /tmp"
            )
        }
        return Finding(.fact, .holds, "a file the guest wrote in /tmp is on no host")
    }

    private func onHost(_ path: String) -> Finding {
        Finding(.fact, .leak, "the command ran on a host: the file it wrote is there at \(path)")
    }

    private func missing(_ outcome: ExecOutcome?, _ what: String) -> Finding {
        let reason: String =
            if let error = outcome?.error {
                error
            } else {
                switch outcome?.result?.ending {
                case .exited(let code)?: "exit code \(code), or output cut short"
                case .signalled(let signal)?: "killed by signal \(signal)"
                case .timedOut?: "its deadline passed"
                case nil: "no result"
                }
            }
        return Finding(.fact, .missing, "\(what) did not run to its end in the guest (\(reason)): make exec work first")
    }
}
