// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
import BottleRender

/// What the `docker` backend decides before anything starts.
package struct DockerPlanner: BackendPlanner {
    /// The image of the bundle, built from the bundle's executable.
    static let bundleImage = "claude-bottle-bundle:latest"
    /// What the bundle's image starts, besides which it has nothing.
    static let bundleCommand = ["/bottle/bundle", "init"]

    /// The executables that go into a bottle's containers.
    static let helpers = ["bottle-launcher", "bottle-probe", "bottle-bundle"]

    private let state: String
    private let image: ImageReference
    private let faults: Set<Fault>

    /// - Parameters:
    ///   - state: The directory of all bottles, `<state>/claude-bottle`.
    ///   - image: What the agent runs in.
    ///   - faults: What is broken on purpose.
    package init(state: String, image: ImageReference, faults: Set<Fault> = []) {
        self.faults = faults
        self.state = state
        self.image = image
    }

    package var hello: Hello {
        Hello(
            name: "docker", version: "1", kind: .container,
            capabilities: ["bundle-exec", "network-open", "logs", "guest-root", "stop-start", "tty"],
            artefacts: ContractArtefacts.kinds.union([Artefact.Kind.compose.rawValue]), tools: Self.helpers,
            maxParallel: 4)
    }

    package func report(_ request: LaunchRequest) throws(BottleError) -> PlanReport {
        let report = try contract(request, state: state, emptyMeansEverybody: faults.contains(.emptyopen))
        let compose = try ComposeFile.render(compose(report))
        let path = BottlePaths.Bottle(directory: "\(state)/\(report.plan.slug)").composeFile
        return report.adding([Artefact(.compose, .yaml, path: path, text: ContractArtefacts.text(compose))])
    }

    private func compose(_ report: PlanReport) -> ComposeInput {
        let bundle = report.bundle
        return ComposeInput(
            slug: report.plan.slug, subnet: report.plan.addresses.subnet, guestAddress: report.plan.addresses.guest,
            bundleAddress: bundle.address,
            guest: ComposeInput.Service(
                image: image.text, command: ["sleep", "infinity"], environment: report.plan.guestEnvironment,
                user: "\(Contract.agentUID):\(Contract.agentUID)"),
            bundle: ComposeInput.Service(
                image: Self.bundleImage, command: Self.bundleCommand, environment: bundle.environment,
                mounts: bundle.mounts.map {
                    ComposeInput.Mount(source: $0.source, target: $0.target, isReadOnly: $0.isReadOnly)
                },
                limits: ComposeInput.Limits(processes: 256, memory: 512 << 20)),
            daemons: report.plan.daemons, tokenVariables: bundle.tokenVariables)
    }
}
