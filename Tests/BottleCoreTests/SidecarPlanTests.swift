// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@Suite struct SidecarPlanTests {
    private let paths = BottlePaths.Bottle(directory: "/s/dev")

    private func plan(routes: Bool = false, git: Bool = false, supervise: Bool = false) throws -> BottlePlan {
        let bottle = Manifest.Bottle(
            routes: routes
                ? [
                    Manifest.Route(host: "b.example", tokenVariable: "B_TOKEN"),
                    Manifest.Route(host: "a.example", tokenVariable: "A_TOKEN"),
                    Manifest.Route(host: "c.example", tokenVariable: "A_TOKEN"),
                ] : [],
            gitUpstreams: git
                ? [
                    Manifest.GitUpstream(
                        name: "app", url: "git@git.example:app.git", identity: "keys/app", knownHosts: "keys/hosts"),
                    Manifest.GitUpstream(name: "docs", url: "https://git.example/docs.git"),
                ] : [],
            supervise: supervise)
        let manifest = Manifest(bottles: ["b": bottle], agents: ["a": Manifest.Agent(bottle: "b")])
        return try BottlePlan.make(manifest: manifest, agentName: "a", slug: "dev")
    }

    @Test func everyCombinationHasExactlyItsParts() throws {
        for routes in [false, true] {
            for git in [false, true] {
                for supervise in [false, true] {
                    let plan = try plan(routes: routes, git: git, supervise: supervise)
                    #expect(
                        plan.daemonsCSV == "egress,pipelock" + (git ? ",git-gate" : "")
                            + (supervise ? ",supervise" : ""))
                    let sidecars = SidecarPlans(plan: plan, paths: paths, manifestDirectory: "/m")
                    #expect(sidecars.egress.authority == (routes ? CertificateFiles(directory: "/s/dev/egress") : nil))
                    #expect(sidecars.egress.tokenVariables == (routes ? ["A_TOKEN", "B_TOKEN"] : []))
                    #expect(sidecars.gitGate.isActive == git)
                    #expect((sidecars.supervise != nil) == supervise)
                    let spec = BundleLaunchSpec(plan: plan, sidecars: sidecars)
                    #expect(spec.daemonsCSV == plan.daemonsCSV)
                    #expect(spec.mounts.count == 3 + (routes ? 3 : 0) + (git ? 6 : 0) + (supervise ? 1 : 0))
                    #expect(Set(spec.mounts.map(\.target)).count == spec.mounts.count)
                    #expect(spec.mounts.filter { !$0.isReadOnly }.map(\.target).count == (supervise ? 1 : 0))
                    #expect(
                        spec.environmentNames == (routes ? ["A_TOKEN", "B_TOKEN", "EGRESS_UPSTREAM_PROXY"] : [])
                            + (supervise ? ["SUPERVISE_BOTTLE_SLUG", "SUPERVISE_QUEUE_DIR"] : []))
                    #expect(spec.environment["EGRESS_UPSTREAM_PROXY"] == (routes ? "http://127.0.0.1:8888" : nil))
                }
            }
        }
    }

    @Test func aGateKnowsItsRepositories() throws {
        let gate = GitGatePlan(plan: try plan(git: true), paths: paths, manifestDirectory: "/m")
        #expect(gate.upstreams.map(\.gateURL) == ["git://10.77.156.2:9418/app.git", "git://10.77.156.2:9418/docs.git"])
        #expect(gate.upstreams[0].identity?.source == "/m/keys/app")
        #expect(gate.upstreams[0].identity?.target == "/etc/bottle/git-gate/identities/app")
        #expect(gate.upstreams[0].knownHosts?.target == "/etc/bottle/git-gate/known_hosts/app")
        #expect(gate.upstreams[1].identity == nil)
    }

    @Test func aBundleIsNamedLikeNoBottle() throws {
        let plan = try plan()
        let spec = BundleLaunchSpec(plan: plan, sidecars: SidecarPlans(plan: plan, paths: paths))
        #expect(spec.name == "claude-bottle-dev_bundle")
        #expect(throws: BottleError.self) { try Slug(String(spec.name.dropFirst("claude-bottle-".count))) }
        #expect(spec.address == "10.77.156.2" && spec.gateway == "10.77.156.1" && spec.subnet == "10.77.156.0/24")
    }

    @Test func tokensComeFromTheHostAndAreNamedWhenMissing() throws {
        let egress = EgressPlan(plan: try plan(routes: true), paths: paths)
        let tokens = try egress.tokens(environment: ["A_TOKEN": "one", "B_TOKEN": "two", "C": "three"])
        #expect(tokens.mapValues(\.exposed) == ["A_TOKEN": "one", "B_TOKEN": "two"])
        let error = #expect(throws: BottleError.self) {
            try egress.tokens(environment: ["A_TOKEN": "one", "B_TOKEN": ""])
        }
        #expect(error?.code == .prerequisite)
        #expect(error?.message.contains("need B_TOKEN, which is not set") == true)
        #expect(try EgressPlan(plan: plan(), paths: paths).tokens(environment: [:]).isEmpty)
    }
}
