// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleRender
import Testing

/// From a manifest to the files of each backend and back, whatever the manifest has in it.
@Suite struct PlannedFilesTests {
    /// Draws requests until a planner takes one, so that every case has files to look at.
    ///
    /// - Throws: What a planner must not say, or that none of many requests was taken.
    private static func report(
        _ generator: inout SeededGenerator, _ planner: any BackendPlanner
    ) throws -> PlanReport {
        for _ in 0..<100 {
            let request = HostileManifest.request(&generator)
            do {
                let report = try planner.report(request)
                guard try planner.report(request) == report else {
                    throw Parsed.Unreadable(description: "the same request has two plans")
                }
                return report
            } catch let error as BottleError {
                guard [.input, .usage].contains(error.code) else { throw error }
            }
        }
        throw Parsed.Unreadable(description: "no request was taken")
    }

    /// Checks the files of as many plans as a property has cases.
    private static func check(
        _ planner: any BackendPlanner, sourceLocation: SourceLocation = #_sourceLocation,
        _ problem: (PlanReport) throws -> String?
    ) {
        Property.check(sourceLocation: sourceLocation) { generator in
            try problem(try report(&generator, planner))
        }
    }

    private static func bytes(_ report: PlanReport, _ kind: Artefact.Kind) throws -> [UInt8] {
        guard let artefact = report.artefact(kind) else {
            throw Parsed.Unreadable(description: "the plan has not one \(kind)")
        }
        return Array(artefact.text.utf8)
    }

    private static func environment(_ report: PlanReport) -> Parsed {
        .texts(CodePointOrder.sorted(report.plan.guestEnvironment).map { "\($0.key)=\($0.value)" })
    }

    /// Tunnels of a bottle are opened, none excepted.
    private static let interception = Parsed.map([
        "enabled": .bool(true), "ca_cert": .text("/etc/bottle/pipelock-ca.pem"),
        "ca_key": .text("/etc/bottle/pipelock-ca-key.pem"), "passthrough_domains": .list([]),
    ])

    @Test func whatEveryBackendWritesIsReadBack() {
        Self.check(NamespacesPlanner(state: "/s")) { report in
            let plan = report.plan
            guard try Self.bytes(report, .prompt).elementsEqual(plan.prompt.utf8) else { return "another prompt" }
            let pipelock = try Parsed.yaml(try Self.bytes(report, .pipelock))
            let hosts = Set(plan.allowlist).sorted()
            guard pipelock["api_allowlist"] == .texts(hosts.isEmpty ? ["none.invalid"] : hosts),
                pipelock["mode"] == .text("strict"), pipelock["enforce"] == .bool(true),
                pipelock["tls_interception"] == Self.interception
            else { return "\(pipelock)" }
            guard (report.artefact(.routes) != nil) == !plan.routes.isEmpty else { return "routes without a route" }
            if !plan.routes.isEmpty {
                let routes = try Parsed.yaml(try Self.bytes(report, .routes))
                let expected = plan.routes.map { route in
                    Parsed.map([
                        "host": .text(route.host), "scheme": .text(route.scheme.rawValue),
                        "port": .number(Int(route.effectivePort)), "token_variable": .text(route.tokenVariable),
                    ])
                }
                guard Set(routes.elements) == Set(expected), routes.elements.count == expected.count else {
                    return "\(routes)"
                }
            }
            let scripts: [Artefact.Kind] = [.gitGateEntrypoint, .gitGateHook, .gitGateAccess, .gitleaks]
            let present = scripts.filter { report.artefact($0) != nil }
            guard present == (plan.gitUpstreams.isEmpty ? [] : scripts) else { return "\(present)" }
            if !plan.gitUpstreams.isEmpty { _ = try Parsed.toml(try Self.bytes(report, .gitleaks)) }
            return nil
        }
    }

    @Test func theFilesOfAMachineAreReadBack() {
        Self.check(SmolmachinesPlanner(paths: BottlePaths(cache: "/c", state: "/s"))) { report in
            let plan = report.plan
            let seed = try Parsed.toml(try Self.bytes(report, .smolfile))
            guard Set(seed.entries.keys) == ["name", "command", "env", "net"],
                seed["name"] == .text(plan.machineName), seed["env"] == Self.environment(report),
                seed["net"]?.elements.count == 1
            else { return "\(seed)" }
            let smolvm = try Parsed.toml(try Self.bytes(report, .smolvmSmolfile))
            guard Set(smolvm.entries.keys) == ["image", "cmd", "env", "network"],
                smolvm["env"] == Self.environment(report),
                smolvm["network"]
                    == .map([
                        "allow_cidrs": .texts(plan.allowCIDRs), "allow_host_patterns": .texts(["none.invalid"]),
                    ])
            else { return "\(smolvm)" }
            _ = try Parsed.yaml(try Self.bytes(report, .gvproxy))
            return Self.problem(withCommandsOf: report)
        }
    }

    /// A value of the manifest is a whole word of a command or none: it never becomes a flag.
    private static func problem(withCommandsOf report: PlanReport) -> String? {
        guard let create = report.commands.first(where: { $0.name == "create" })?.argv else { return "no create" }
        let destinations = create.indices.filter { create[$0] == "--allow-cidr" }
        guard destinations.count == 1, create[destinations[0] + 1] == "\(report.plan.addresses.bundle)/32" else {
            return "\(create)"
        }
        return report.commands.contains { $0.argv.contains { $0.utf8.contains(0) } } ? "a NUL in a command" : nil
    }

    @Test func theComposeFileIsReadBack() throws {
        Self.check(DockerPlanner(state: "/s", image: try ImageReference(environment: [:]))) { report in
            let parsed = try Parsed.yaml(try Self.bytes(report, .compose))
            guard Set(parsed.entries.keys) == ["name", "services", "networks"],
                Set(parsed["services"]?.entries.keys.map { $0 } ?? []) == ["guest", "bundle"]
            else { return "\(parsed)" }
            let doubled = report.plan.guestEnvironment.mapValues { Parsed.text(Self.literal($0)) }
            guard parsed["services"]?["guest"]?["environment"] == .map(doubled) else { return "\(parsed)" }
            let mounts = parsed["services"]?["bundle"]?["volumes"]?.elements ?? []
            let sources = report.bundle.mounts.map { Parsed.text(Self.literal($0.source)) }
            return mounts.map { $0["source"] } == sources ? nil : "\(mounts)"
        }
    }

    /// Compose halves each pair of dollars, and then nothing is left to be filled in. By code points: a dollar may be
    /// one character with what follows it.
    private static func literal(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.flatMap { $0 == "$" ? ["$", "$"] : [$0] }))
    }
}
