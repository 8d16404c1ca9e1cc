// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// The argument vectors with which a bottle's bundle and its network are made on an engine.
struct BundleCommands: Sendable {
    let names: DockerNames
    let plan: BottlePlan
    /// The image of the static executables.
    let tools: String
    /// Whether the network of the bottle leads outward; only a fault makes one that does.
    let isForwarded: Bool
    let faults: Set<Fault>
    /// The name server in the bundle's /etc/resolv.conf; nil leaves that to the engine, since init names one to ours.
    var resolver: String?

    /// Where the static helper stands in every container of a bottle.
    static let launcher = "/bottle/launcher"
    static let agent = "\(Contract.agentUID):\(Contract.agentUID)"

    /// What no container of a bottle has: capabilities, a way to new ones, a log on the engine's disk, a second life.
    static let hardening = ["--cap-drop", "ALL", "--security-opt", "no-new-privileges"] + lifetime
    static let lifetime = ["--log-driver", "none", "--restart", "no"]

    var createNetwork: [String] {
        ["network", "create", "--driver", "bridge"] + (isForwarded ? [] : ["--internal"])
            + ["--subnet", plan.addresses.subnet, "--gateway", plan.addresses.gateway] + names.labels + [names.network]
    }

    /// A volume that no removal of a container takes along, since it has a name: only a fault makes one.
    var createVolume: [String]? {
        faults.contains(.leakvolume) ? ["volume", "create"] + names.labels + [names.volume] : nil
    }

    /// First on the network that leads outward, so that its default route leads there.
    var createBundle: [String] {
        ["create", "--interactive", "--name", names.bundle, "--hostname", "bundle", "--network", "bridge"]
            + names.labels + Self.hardening + (resolver.map { ["--dns", $0, "--dns-search", "."] } ?? [])
            + (createVolume == nil ? [] : ["--volume", "\(names.volume):/var/lib/bottle"])
            + [
                "--user", Self.agent, "--pids-limit", "256", "--memory", "512m", "--sysctl", "net.ipv4.ip_forward=0",
                "--tmpfs", "/tmp:rw,nosuid,nodev,size=16m,mode=1777", "--entrypoint", BundleInit.executable,
                tools,
                "init",
            ]
    }

    var connectBundle: [String] {
        ["network", "connect", "--ip", plan.addresses.bundle, names.network, names.bundle]
    }

    /// Asks for the networks of a container, and its addresses there.
    static let addresses = ["container", "inspect", "--format", "{{json .NetworkSettings.Networks}}"]

    static let removeContainers = ["rm", "--force", "--volumes"]
    static let removeNetwork = ["network", "rm"]
}
