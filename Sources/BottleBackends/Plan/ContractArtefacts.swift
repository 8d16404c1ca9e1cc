// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleRender

/// The files that every backend writes for a bottle, from the contract's part of its plan.
enum ContractArtefacts {
    /// Scripts are run by their owner, everything else is read by it; nobody else can do either.
    private static let scriptMode: UInt16 = 0o700

    /// - Throws: `.input` for a value of the manifest that a file cannot express.
    static func make(_ report: PlanReport, policy: PipelockInput.Policy) throws(BottleError) -> [Artefact] {
        let plan = report.plan
        // An open twin is there to be compared with: what a guest says goes out of it as it is. And a pipelock that was
        // built without TLS refuses a file that asks for it.
        let isOpened = policy != .open && BottleAuthorities.areBuiltIn
        let pipelock = try PipelockConfig.render(
            PipelockInput(
                allowlist: plan.allowlist, policy: policy, interception: isOpened ? PipelockConfig.authority : nil))
        var artefacts = [
            Artefact(.prompt, .text, path: report.promptFile, text: plan.prompt),
            Artefact(.pipelock, .yaml, path: report.sidecars.pipelock.config, text: text(pipelock)),
        ]
        if let path = report.sidecars.egress.config {
            let routes = try RoutesConfig(plan: plan).rendered()
            artefacts.append(Artefact(.routes, .yaml, path: path, text: text(routes)))
        }
        return artefacts + (try gitGate(report))
    }

    private static func gitGate(_ report: PlanReport) throws(BottleError) -> [Artefact] {
        let plan = report.sidecars.gitGate
        guard let entrypoint = plan.entrypoint, let hook = plan.hook, let access = plan.access,
            let gitleaks = plan.gitleaks
        else { return [] }
        let scripts = try GitGateScripts.render(
            GitGateInput(
                listenAddress: report.plan.addresses.bundle,
                repositories: plan.upstreams.map { upstream in
                    // A file that the manifest does not name is not there: ssh then refuses to connect.
                    GitGateInput.Repository(
                        name: upstream.name, upstream: upstream.url,
                        identityFile: "\(Contract.Bundle.gitGateIdentities)/\(upstream.name)",
                        knownHostsFile: "\(Contract.Bundle.gitGateKnownHosts)/\(upstream.name)")
                }))
        return [
            Artefact(
                .gitGateEntrypoint, .shell, path: entrypoint, mode: scriptMode, text: text(scripts.entrypoint)),
            Artefact(.gitGateHook, .shell, path: hook, mode: scriptMode, text: text(scripts.preReceive)),
            Artefact(.gitGateAccess, .shell, path: access, mode: scriptMode, text: text(scripts.accessHook)),
            Artefact(.gitleaks, .toml, path: gitleaks, text: text(scripts.gitleaksConfig)),
        ]
    }

    /// What renderers write is UTF-8 by construction.
    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The kinds of a bottle with everything.
    static let kinds: Set<String> = [
        Artefact.Kind.prompt.rawValue, Artefact.Kind.pipelock.rawValue, Artefact.Kind.routes.rawValue,
        Artefact.Kind.gitGateEntrypoint.rawValue, Artefact.Kind.gitGateHook.rawValue,
        Artefact.Kind.gitGateAccess.rawValue, Artefact.Kind.gitleaks.rawValue,
    ]
}
