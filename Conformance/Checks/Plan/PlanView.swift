// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleDriver
package import ConformanceEngine

/// The contract of a plan as one document, which two backends of the same bottle have in common.
///
/// Directories of the host stand in it by name; what has no order is sorted; what a backend may name as it likes is left
/// out. The golden contracts are these documents.
package enum PlanView {
    /// The document of a driver's answer.
    package static func contract(_ report: PlanReport) -> JSONValue {
        let paths = HostPaths(report)
        let plan = report.plan
        return document(
            slug: plan.slug, machine: report.machineName, subnet: report.bundle.subnet,
            gateway: report.bundle.gateway, address: report.bundle.address, allow: report.allowCIDRs,
            environment: plan.guestEnvironment.merging(login(plan.guestEnvironment)) { $1 },
            agent: [
                "name": .string(plan.agentName), "command": texts(report.agentCommand),
                "prompt": lines(plan.prompt), "prompt_file": .string(paths.named(report.promptFile)),
                "skills": sorted(plan.skills), "copy_cwd": .bool(plan.copyCwd),
            ],
            state: report.stateDirectories.mapValues { .string(paths.named($0)) },
            daemons: report.daemonsCSV, pipelock: pipelock(report.sidecars.pipelock, paths),
            egress: egress(report.sidecars.egress, paths), gitGate: gitGate(report.sidecars.gitGate, paths),
            supervise: report.sidecars.supervise.map {
                .object(["slug": .string($0.slug), "queue": .string(paths.part($0.queue))])
            } ?? .null,
            bundle: [
                "daemons": .string(report.bundle.daemonsCSV), "environment": map(report.bundle.environment),
                "tokens": sorted(report.bundle.tokenVariables), "mounts": sorted(report.bundle.mounts.map(paths.mount)),
            ])
    }

    /// The login of the agent where it is none that anybody may see.
    private static func login(_ environment: [String: String]) -> [String: String] {
        let name = "CLAUDE_CODE_OAUTH_TOKEN"
        guard let value = environment[name], value != ExpectedPlan.placeholder else { return [:] }
        return [name: "<something that is not the placeholder>"]
    }

    static func document(
        slug: String, machine: String, subnet: String, gateway: String, address: String, allow: [String],
        environment: [String: String], agent: [String: JSONValue], state: [String: JSONValue], daemons: String,
        pipelock: JSONValue, egress: JSONValue, gitGate: JSONValue, supervise: JSONValue, bundle: [String: JSONValue]
    ) -> JSONValue {
        .object([
            "slug": .string(slug), "machine": .string(machine),
            "addresses": map(["subnet": subnet, "gateway": gateway, "bundle": address]), "allow": texts(allow),
            "environment": map(environment), "agent": .object(agent), "state": .object(state),
            "daemons": .string(daemons), "pipelock": pipelock, "egress": egress, "git_gate": gitGate,
            "supervise": supervise, "bundle": .object(bundle),
        ])
    }

    // MARK: Values

    static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    /// By bytes, as every language sorts.
    static func sorted(_ texts: [String]) -> JSONValue {
        self.texts(texts.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    }

    /// A long text as its lines, so that a difference is one.
    static func lines(_ text: String) -> JSONValue {
        texts(
            text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            })
    }

    static func map(_ texts: [String: String]) -> JSONValue { .object(texts.mapValues { .string($0) }) }

    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    // MARK: Sidecars

    private static func pipelock(_ plan: PipelockPlan, _ paths: HostPaths) -> JSONValue {
        .object([
            "allowlist": sorted(plan.allowlist), "config": .string(paths.part(plan.config)),
            "ca": authority(plan.authority, paths),
        ])
    }

    private static func egress(_ plan: EgressPlan, _ paths: HostPaths) -> JSONValue {
        .object([
            "routes": sorted(plan.routes.map(route)), "tokens": sorted(plan.tokenVariables),
            "config": optional(plan.config.map(paths.part)),
            "ca": plan.authority.map { authority($0, paths) } ?? .null, "upstream": optional(plan.upstreamProxy),
        ])
    }

    private static func gitGate(_ plan: GitGatePlan, _ paths: HostPaths) -> JSONValue {
        .object([
            "upstreams": .array(
                plan.upstreams.map { upstream in
                    .object([
                        "name": .string(upstream.name), "url": .string(upstream.url),
                        "gate": .string(upstream.gateURL), "identity": optional(upstream.identity.map(paths.mount)),
                        "known_hosts": optional(upstream.knownHosts.map(paths.mount)),
                    ])
                }),
            "entrypoint": optional(plan.entrypoint.map(paths.part)), "hook": optional(plan.hook.map(paths.part)),
            "access": optional(plan.access.map(paths.part)), "gitleaks": optional(plan.gitleaks.map(paths.part)),
        ])
    }

    private static func authority(_ files: CertificateFiles, _ paths: HostPaths) -> JSONValue {
        map(["certificate": paths.part(files.certificate), "key": paths.part(files.key)])
    }

    /// A route with everything that decides where its token goes.
    static func route(_ route: Manifest.Route) -> String {
        let port = route.port ?? (route.scheme == .https ? 443 : 80)
        return "\(route.scheme.rawValue)://\(route.host):\(port) \(route.tokenVariable)"
            + (route.role.map { " \($0)" } ?? "")
    }
}

extension HostPaths {
    /// A mount as one line.
    func mount(_ mount: BundleMount) -> String {
        "\(part(mount.source)) -> \(mount.target)\(mount.isReadOnly ? " (read-only)" : "")"
    }
}
