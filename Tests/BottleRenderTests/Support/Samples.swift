// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender

/// One bottle with everything, as each renderer wants it told.
enum Samples {
    static let environment = [
        "HTTPS_PROXY": "http://10.77.3.2:8888", "NO_PROXY": "localhost,127.0.0.1,10.77.3.2",
        "GREETING": #"say "hi" \ $HOME"#, "a": "lower case sorts last",
    ]

    static let smolfile = SmolfileInput(slug: "dev", socket: "/run/bottle/dev/gvproxy.sock", environment: environment)

    static let smolvm = SmolvmSmolfileInput(
        image: "/var/cache/bottle/agent.tar", environment: environment, bundleAddress: "10.77.3.2")

    static let gvproxy = GvproxyInput(
        socket: "/run/bottle/dev/gvproxy.sock", subnet: "192.168.3.0/24", bundleAddress: "10.77.3.2",
        hostPorts: [.pipelock: .port(40001), .gitGate: .port(40002), .supervise: .automatic])

    static let pipelock = PipelockInput(
        allowlist: ["registry.example", "*.api.example", "API.example"], interception: PipelockConfig.authority,
        exemptAddresses: ["10.9.8.7"],
        patterns: [.init(name: "ticket \"x\"", regex: #"TICKET-\d{6}"#, severity: .high)])

    static let gitGate = GitGateInput(
        listenAddress: "10.77.3.2",
        repositories: [
            .init(
                name: "tools", upstream: "ssh://git@git.example.com:2222/team/o'brien/tools.git",
                identityFile: "/etc/bottle/git-gate/identities/tools",
                knownHostsFile: "/etc/bottle/git-gate/known_hosts/tools"),
            .init(
                name: "app", upstream: "ssh://git@git.example.com/team/app.git",
                identityFile: "/etc/bottle/git-gate/identities/app",
                knownHostsFile: "/etc/bottle/git-gate/known_hosts/app"),
        ])

    static let compose = ComposeInput(
        slug: "dev", subnet: "10.77.3.0/24", guestAddress: "10.77.3.3", bundleAddress: "10.77.3.2",
        guest: .init(
            image: "claude-bottle:latest", command: ["sleep", "infinity"], environment: environment,
            mounts: [.init(source: "/srv/state/dev/ca.pem", target: "/etc/ssl/certs/ca-certificates.crt")],
            user: "node"),
        bundle: .init(
            image: "bottle-bundle@sha256:\(String(repeating: "0", count: 64))", command: ["/bottle/bundle", "init"],
            mounts: [.init(source: "/srv/state/dev/pipelock.yaml", target: "/etc/pipelock/pipelock.yaml")],
            limits: .init(processes: 256, memory: 512 << 20)),
        daemons: ["egress", "pipelock"], tokenVariables: ["A_TOKEN", "B_TOKEN"], labels: ["owner": "run-1"])
}
