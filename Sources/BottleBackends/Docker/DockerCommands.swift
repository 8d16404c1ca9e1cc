// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// The argument vectors with which a bottle is made on an engine: pure, so that they can be shown and tested.
struct DockerCommands: Sendable {
    let bundle: BundleCommands
    let images: DockerImages.Prepared
    let policy: DockerNetworkPolicy
    let resolver: String
    /// The engine's own socket, on its host.
    let engineSocket: String

    var names: DockerNames { bundle.names }
    var plan: BottlePlan { bundle.plan }

    /// More than any agent starts, and few enough for the machine.
    private static let processLimit = 4096

    /// The same for the guest, unless it is broken on purpose.
    private var guestHardening: [String] {
        if policy.faults.contains(.privileged) { return ["--privileged"] + BundleCommands.lifetime }
        if policy.faults.contains(.capall) { return ["--cap-add", "ALL"] + BundleCommands.lifetime }
        // Engines refuse AF_VSOCK as well, since Docker 23, and then without it there is nothing to compare with.
        let filter = policy.allowsVsock ? ["--security-opt", "seccomp=unconfined"] : []
        return filter + (policy.faults.contains(.unmasked) ? ["--security-opt", "systempaths=unconfined"] : [])
            + BundleCommands.hardening
    }

    /// Only a fault hands the guest a socket; that nobody may write to the file keeps nobody from connecting.
    private var guestSockets: [String] {
        policy.faults.contains(.sockmount) ? ["--volume", "\(engineSocket):/run/docker.sock:ro"] : []
    }

    /// Puts a guest into the network of another bottle; only a fault does.
    func join(_ network: String) -> [String] { ["network", "connect", network, names.anchor] }

    /// The only container of a bottle with a capability: over the network that it holds, and nothing runs in it but the
    /// guard, which gives it up. Created and started by one call, which stays attached to what the guard says.
    var runAnchor: [String] {
        [
            "run", "--name", names.anchor, "--hostname", plan.slug, "--network", names.network, "--ip",
            plan.addresses.guest, "--dns", plan.addresses.bundle, "--dns-search", ".",
        ] + names.labels + BundleCommands.hardening
            + [
                "--cap-add", "NET_ADMIN", "--pids-limit", "16", "--memory", "64m", "--sysctl",
                "net.ipv6.conf.all.disable_ipv6=1", "--sysctl", "net.ipv4.ping_group_range=1 0", "--entrypoint",
                BundleCommands.launcher, images.tools, "guard",
            ] + policy.guardArguments
    }

    /// The variables of every process of a guest, on the three ways that an engine's program takes them.
    struct Variables: Sendable, Hashable {
        /// A file, which goes to standard input: where almost all of them stand.
        var file: [UInt8] = []
        /// Names whose values the program finds in its own environment: those of several lines, which no file can hold.
        var inherited: [String: String] = [:]
        /// `NAME=value` on the command line: of several lines, and of a name that means something to the program itself.
        var spelt: [String] = []

        /// - Parameter isReserved: Whether the program itself would read a variable of that name.
        init(_ environment: [String: String], isReserved: (String) -> Bool) throws(BottleError) {
            // Checks the names and values.
            _ = try ExecEnvironment.lines(environment)
            for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
                let isPlain = !value.contains(where: \.isNewline) && !name.contains(where: \.isWhitespace)
                if isPlain, !name.hasPrefix("#") {
                    file += Array("\(name)=\(value)\n".utf8)
                } else if isReserved(name) || name.contains(where: \.isWhitespace) {
                    spelt.append("\(name)=\(value)")
                } else {
                    inherited[name] = value
                }
            }
        }

        /// The arguments that name those which do not stand in the file.
        var arguments: [String] { (inherited.keys.sorted() + spelt).flatMap { ["--env", $0] } }
    }

    func createGuest(_ variables: Variables? = nil) -> [String] {
        let network =
            switch policy.source {
            case .host: ["--network", "host", "--dns", resolver, "--dns-search", "."]
            case .engine: ["--network", names.network, "--ip", plan.addresses.guest]
            case .anchor: ["--network", "container:\(names.anchor)"]
            }
        return ["create", "--name", names.guest, "--env-file", "/dev/stdin"] + (variables?.arguments ?? [])
            + network + names.labels + guestHardening + guestSockets
            + [
                "--user", BundleCommands.agent, "--workdir", Contract.agentHome, "--pids-limit", "\(Self.processLimit)",
                "--memory", "4g", "--tmpfs", "/tmp:rw,exec,nosuid,nodev,size=1g,mode=1777", "--tmpfs",
                "/var/tmp:rw,nosuid,nodev,size=256m,mode=1777", "--tmpfs", "/run:rw,nosuid,nodev,size=64m,mode=755",
                "--entrypoint", BundleCommands.launcher, images.guest, "inmate",
            ] + policy.inmateArguments
    }

    /// An exec in a container of the bottle.
    ///
    /// - Parameters:
    ///   - variables: Names of variables whose values the engine's program finds in its own environment.
    ///   - allowsVsock: Leaves sockets to whoever runs the machine to the program.
    static func exec(
        _ container: String, root: Bool, directory: String, variables: [String], interactive: Bool,
        terminal: Bool = false, allowsVsock: Bool = false, milliseconds: Int, _ argv: [String]
    ) -> [String] {
        var arguments = ["exec"]
        if terminal {
            // Keys that leave an exec would be taken out of what is typed: these two nobody types.
            arguments += ["--interactive", "--tty", "--detach-keys", "ctrl-^,ctrl-_"]
        } else if interactive {
            arguments.append("--interactive")
        }
        arguments += ["--user", root ? "0:0" : BundleCommands.agent, "--workdir", directory]
        for variable in variables { arguments += ["--env", variable] }
        let helper = (terminal ? "run-tty" : "run") + (allowsVsock ? "-vsock" : "")
        return arguments + [container, BundleCommands.launcher, helper, "\(milliseconds)"] + argv
    }

    /// All of a bottle's containers, whichever of them there are, in the order in which they may go.
    var containers: [String] { [names.guest] + (policy.source == .anchor ? [names.anchor] : []) + [names.bundle] }

}
