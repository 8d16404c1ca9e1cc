// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender

/// One bottle with everything, as each renderer takes it.
struct RenderSample: Sendable {
    struct Renderer: Sendable {
        let name: String
        /// Renders once and says how many bytes it were.
        let render: @Sendable () throws -> Int
    }

    let smolfile: SmolfileInput
    let smolfileBytes: [UInt8]
    let renderers: [Renderer]

    static func make() throws(BottleError) -> RenderSample {
        let manifest = Manifest(
            bottles: [
                "dev": Manifest.Bottle(
                    env: ["EDITOR": "vi", "PORT": "8080", "GREETING": #"say "hi" \ $HOME"#],
                    allowlist: ["api.example.com", "*.packages.example.org", "registry.example.net"],
                    routes: [
                        Manifest.Route(
                            host: "api.example.com", tokenVariable: "API_TOKEN", role: GuestEnvironment.oauthRole)
                    ],
                    gitUpstreams: [
                        Manifest.GitUpstream(name: "app", url: "ssh://git@git.example.com/team/app.git"),
                        Manifest.GitUpstream(name: "docs", url: "ssh://git@git.example.com/team/docs.git"),
                    ], supervise: true)
            ], agents: ["writer": Manifest.Agent(bottle: "dev", prompt: "Fix the failing test.")])
        let plan = try BottlePlan.make(manifest: manifest, agentName: "writer", slug: "writer")
        let bundle = plan.addresses.bundle
        let smolfile = SmolfileInput(
            slug: plan.slug, socket: "/run/bottle/gvproxy.sock", environment: plan.guestEnvironment)
        let smolvm = SmolvmSmolfileInput(
            image: "/var/cache/agent.tar", environment: plan.guestEnvironment, bundleAddress: bundle)
        let gvproxy = GvproxyInput(
            socket: "/run/bottle/gvproxy.sock", subnet: "192.168.22.0/24", bundleAddress: bundle,
            hostPorts: [.pipelock: .automatic, .gitGate: .automatic, .supervise: .automatic])
        let pipelock = PipelockInput(allowlist: plan.allowlist, interception: PipelockConfig.authority)
        let git = GitGateInput(
            listenAddress: bundle,
            repositories: plan.gitUpstreams.map {
                GitGateInput.Repository(
                    name: $0.name, upstream: $0.url, identityFile: "/etc/bottle/id", knownHostsFile: "/etc/bottle/kh")
            })
        let compose = ComposeInput(
            slug: plan.slug, subnet: plan.addresses.subnet, guestAddress: plan.addresses.guest, bundleAddress: bundle,
            guest: .init(image: "agent:1", command: ["sleep", "infinity"], environment: plan.guestEnvironment),
            bundle: .init(image: "bundle:1", command: ["/bottle/bundle", "init"]), daemons: plan.daemons)
        let machine = SmolvmMachine(
            name: SmolvmMachine.Name(slug: try Slug(plan.slug)), source: .pack("/var/cache/agent.smolmachine"),
            environment: plan.guestEnvironment, bundleAddress: bundle)
        let commands = try SmolvmCommands(stateDirectory: "/run/bottle/smolvm")
        return RenderSample(
            smolfile: smolfile, smolfileBytes: Smolfile.render(smolfile),
            renderers: [
                Renderer(name: "smolfile") { Smolfile.render(smolfile).count },
                Renderer(name: "smolfile-smolvm") { try SmolvmSmolfile.render(smolvm).count },
                Renderer(name: "gvproxy") { try GvproxyConfig.render(gvproxy).count },
                Renderer(name: "pipelock") { try PipelockConfig.render(pipelock).count },
                Renderer(name: "routes") { try RoutesConfig(plan: plan).rendered().count },
                Renderer(name: "git-gate") {
                    let scripts = try GitGateScripts.render(git)
                    return scripts.entrypoint.count + scripts.preReceive.count + scripts.accessHook.count
                },
                Renderer(name: "compose") { try ComposeFile.render(compose).count },
                Renderer(name: "smolvm create") { try commands.create(machine).reduce(0) { $0 + $1.utf8.count } },
            ])
    }
}
