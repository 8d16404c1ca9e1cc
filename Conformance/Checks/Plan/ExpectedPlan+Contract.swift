// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension ExpectedPlan {
    /// The document that a driver's answer has to be, by `PlanView`.
    func contract(agentName: String) -> JSONValue {
        PlanView.document(
            slug: slug, machine: machine, subnet: subnet, gateway: gateway, address: bundle, allow: allow,
            environment: environment,
            agent: [
                "name": .string(agentName), "command": PlanView.texts(agentCommand),
                "prompt": PlanView.lines(agent.prompt ?? ""), "prompt_file": .string("<bottle>/agent/prompt.txt"),
                "skills": PlanView.sorted(agent.skills), "copy_cwd": .bool(agent.copyCwd),
            ],
            state: Dictionary(
                uniqueKeysWithValues: ["agent", "pipelock", "egress", "git-gate", "supervise"].map {
                    ($0, .string("<bottle>/\($0)"))
                }),
            daemons: daemons.joined(separator: ","),
            pipelock: .object([
                "allowlist": PlanView.sorted(allowlist), "config": .string("<bottle>/pipelock/pipelock.yaml"),
                "ca": authority("pipelock"),
            ]),
            egress: egress, gitGate: gitGate,
            supervise: bottle.supervise
                ? PlanView.map(["slug": slug, "queue": "<bottle>/supervise/*"]) : .null,
            bundle: [
                "daemons": .string(daemons.joined(separator: ",")), "environment": PlanView.map(bundleEnvironment),
                "tokens": PlanView.sorted(tokens), "mounts": PlanView.sorted(mounts),
            ])
    }

    /// Variables of the bundle with values that everybody may see; tokens have names only.
    var bundleEnvironment: [String: String] {
        var result: [String: String] = [:]
        if !bottle.routes.isEmpty { result["EGRESS_UPSTREAM_PROXY"] = "http://127.0.0.1:8888" }
        if bottle.supervise {
            result["SUPERVISE_QUEUE_DIR"] = "/var/lib/bottle/supervise"
            result["SUPERVISE_BOTTLE_SLUG"] = slug
        }
        return result
    }

    /// What the bundle sees of the host, a line each: the places in the bundle are the same on every backend.
    var mounts: [String] {
        pipelockMounts + (bottle.routes.isEmpty ? [] : egressMounts) + gitMounts
            + (bottle.supervise ? [Self.queue] : [])
    }

    private static let queue = "<bottle>/supervise/* -> /var/lib/bottle/supervise"

    private var pipelockMounts: [String] {
        [
            "<bottle>/pipelock/pipelock.yaml -> /etc/bottle/pipelock.yaml (read-only)",
            "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca.pem (read-only)",
            "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca-key.pem (read-only)",
        ]
    }

    private var egressMounts: [String] {
        [
            "<bottle>/egress/routes.yaml -> /etc/bottle/routes.yaml (read-only)",
            "<bottle>/egress/* -> /etc/bottle/egress-ca.pem (read-only)",
            "<bottle>/egress/* -> /etc/bottle/egress-ca-key.pem (read-only)",
        ]
    }

    private var gitMounts: [String] {
        guard !bottle.gitUpstreams.isEmpty else { return [] }
        let scripts = ["entrypoint.sh", "hooks/pre-receive", "access", "gitleaks.toml"].map {
            "<bottle>/git-gate/* -> /etc/bottle/git-gate/\($0) (read-only)"
        }
        return scripts + bottle.gitUpstreams.flatMap { [identity($0), knownHosts($0)].compactMap(\.self) }
    }

    private func identity(_ upstream: Manifest.GitUpstream) -> String? {
        upstream.identity.map {
            "<manifest>/\($0) -> /etc/bottle/git-gate/identities/\(upstream.name) (read-only)"
        }
    }

    private func knownHosts(_ upstream: Manifest.GitUpstream) -> String? {
        upstream.knownHosts.map {
            "<manifest>/\($0) -> /etc/bottle/git-gate/known_hosts/\(upstream.name) (read-only)"
        }
    }

    private func authority(_ part: String) -> JSONValue {
        PlanView.map(["certificate": "<bottle>/\(part)/*", "key": "<bottle>/\(part)/*"])
    }

    private var egress: JSONValue {
        let has = !bottle.routes.isEmpty
        return .object([
            "routes": PlanView.sorted(
                bottle.routes.map { route in
                    var route = route
                    route.host = route.host.lowercased()
                    return PlanView.route(route)
                }),
            "tokens": PlanView.sorted(tokens), "config": has ? .string("<bottle>/egress/routes.yaml") : .null,
            "ca": has ? authority("egress") : .null, "upstream": has ? .string("http://127.0.0.1:8888") : .null,
        ])
    }

    private var gitGate: JSONValue {
        let file: JSONValue = bottle.gitUpstreams.isEmpty ? .null : .string("<bottle>/git-gate/*")
        return .object([
            "upstreams": .array(
                bottle.gitUpstreams.map { upstream in
                    .object([
                        "name": .string(upstream.name), "url": .string(upstream.url),
                        "gate": .string("git://\(bundle):9418/\(upstream.name).git"),
                        "identity": PlanView.optional(identity(upstream)),
                        "known_hosts": PlanView.optional(knownHosts(upstream)),
                    ])
                }),
            "entrypoint": file, "hook": file, "access": file, "gitleaks": file,
        ])
    }
}
