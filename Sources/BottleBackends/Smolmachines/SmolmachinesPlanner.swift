// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
import BottleRender

/// What the `smolmachines` backend decides before anything starts.
package struct SmolmachinesPlanner: BackendPlanner {
    private let paths: BottlePaths
    private let smolvmState: String?
    private let faults: Set<Fault>

    /// - Parameters:
    ///   - paths: Where files of all bottles stand.
    ///   - smolvmState: Where smolvm keeps the machines of a run; nil is a place of the bottle's own, for a plan that nobody
    ///     launches.
    ///   - faults: What is broken on purpose.
    package init(paths: BottlePaths, smolvmState: String? = nil, faults: Set<Fault> = []) {
        self.paths = paths
        self.smolvmState = smolvmState
        self.faults = faults
    }

    package var hello: Hello {
        let own: [Artefact.Kind] = [.smolfile, .smolvmSmolfile, .gvproxy]
        return Hello(
            name: "smolmachines", version: "1", kind: .microvm,
            capabilities: ["seed-bytes", "bundle-exec", "network-open", "logs", "guest-root", "stop-start", "tty"],
            artefacts: ContractArtefacts.kinds.union(own.map(\.rawValue)), tools: DockerPlanner.helpers, maxParallel: 4)
    }

    package func report(_ request: LaunchRequest) throws(BottleError) -> PlanReport {
        var report = try contract(request, state: paths.state, emptyMeansEverybody: faults.contains(.emptyopen))
        let plan = report.plan
        let bottle = paths.bottle(try Slug(plan.slug))
        // The image's digest is known once it is built, which a plan does not do.
        report.agentFromPath = paths.futureArtefact
        report.commands = try commands(report, bottle)
        let smolfile = Smolfile.render(
            SmolfileInput(slug: plan.slug, socket: bottle.gvproxySocket, environment: plan.guestEnvironment))
        let smolvm = try SmolvmSmolfile.render(
            SmolvmSmolfileInput(
                image: paths.futureImageTar, environment: plan.guestEnvironment, bundleAddress: plan.addresses.bundle))
        let gvproxy = try GvproxyConfig.render(
            GvproxyInput(
                socket: bottle.gvproxySocket, subnet: "192.168.\(plan.addresses.octet).0/24",
                bundleAddress: plan.addresses.bundle, hostPorts: Self.hostPorts(plan)))
        return report.adding([
            Artefact(.smolfile, .toml, path: bottle.smolfile, text: ContractArtefacts.text(smolfile)),
            Artefact(.smolvmSmolfile, .toml, path: bottle.smolvmSmolfile, text: ContractArtefacts.text(smolvm)),
            Artefact(.gvproxy, .yaml, path: bottle.gvproxyConfig, text: ContractArtefacts.text(gvproxy)),
        ])
    }

    /// The sidecars that a guest comes to; which port of the host stands for each, a launch would choose.
    private static func hostPorts(_ plan: BottlePlan) -> [GvproxyInput.Sidecar: GvproxyInput.HostPort] {
        var ports: [GvproxyInput.Sidecar: GvproxyInput.HostPort] = [.pipelock: .automatic]
        if !plan.gitUpstreams.isEmpty { ports[.gitGate] = .automatic }
        if plan.supervise { ports[.supervise] = .automatic }
        return ports
    }

    /// The calls of smolvm from the image to the end of the bottle.
    private func commands(
        _ report: PlanReport, _ bottle: BottlePaths.Bottle
    ) throws(BottleError) -> [PlannedCommand] {
        let plan = report.plan
        let smolvm = try SmolvmCommands(stateDirectory: smolvmState ?? bottle.smolvmState)
        let name = SmolvmMachine.Name(slug: try Slug(plan.slug))
        let suffix = ".smolmachine"
        let machine = SmolvmMachine(
            name: name, source: .pack(paths.futureArtefact), environment: plan.guestEnvironment,
            bundleAddress: plan.addresses.bundle)
        // Packs of older releases lose the owners of files.
        let ownership = SmolvmMachine.Exec(
            argv: ["chown", "-R", "\(Contract.agentUser):\(Contract.agentUser)", Contract.agentHome],
            environment: [:], user: "root", timeout: 60)
        let agent = SmolvmMachine.Exec(
            argv: report.agentCommand, environment: plan.guestEnvironment, user: Contract.agentUser,
            workingDirectory: Contract.agentHome, timeout: Self.agentTime, forwardsInput: true, terminal: true)
        return [
            PlannedCommand("version", smolvm.version()),
            PlannedCommand(
                "pack",
                try smolvm.packCreate(
                    image: .archive(paths.futureImageTar), output: String(paths.futureArtefact.dropLast(suffix.count)))),
            PlannedCommand("create", try smolvm.create(machine)),
            PlannedCommand("policy", smolvm.status(name)),
            PlannedCommand("start", smolvm.start(name)),
            PlannedCommand("ownership", try smolvm.exec(name, ownership)),
            PlannedCommand(
                "prompt",
                try smolvm.copyIn(
                    name, from: report.promptFile, to: Contract.promptPath, mode: 0o600, uid: Contract.agentUID,
                    gid: Contract.agentUID)),
            PlannedCommand("agent", try smolvm.exec(name, agent)),
            PlannedCommand("events", smolvm.egressEvents(name)),
            PlannedCommand("stop", smolvm.stop(name, grace: 5)),
            PlannedCommand("delete", smolvm.delete(name)),
        ]
    }

    /// Seconds after which smolvm ends an agent: a week, for it knows no "never".
    private static let agentTime = 7 * 24 * 3600
}
