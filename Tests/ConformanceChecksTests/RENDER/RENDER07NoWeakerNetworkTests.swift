// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct RENDER07NoWeakerNetworkTests {
    private let check = RENDER07NoWeakerNetwork()

    @Test func theReferencePassesWhereAToolIsTold() throws {
        try PlanCheckFacts.passesEverywhere(check, exceptOn: [.namespaces])
    }

    /// An option more in the call that makes the microVM.
    private static func option(_ words: String...) -> PlanChange {
        PlanChange(
            "option \(words.joined(separator: " "))", says: words[0].prefix { $0 != "=" }.description, on: .microvm
        ) {
            $0.editCreate { $0.insert(contentsOf: words, at: 5) }
        }
    }

    private static let options = [
        option("--net"), option("--net-backend", "tsi"), option("--network=host"), option("-p", "8080:80"),
        option("--publish=80:80"), option("-v", "/:/host"), option("--mount-socket", "/x"), option("--ssh-agent"),
        option("--docker-socket"), option("--outbound-localhost-only"), option("--allow-host", "x.test"),
        option("--gpu"), option("--unheard-of"), option("-p8080:80"), option("-s", "/x/smolfile.toml"),
    ]

    @Test(arguments: options)
    func anOptionMoreIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    private static let smolvm = [
        PlanChange("no policy", says: "--allow-cidr of create", on: .microvm) {
            $0.editCreate { argv in argv.removeAll { $0 == "--allow-cidr" || $0.hasSuffix("/32") } }
        },
        PlanChange("another resolver", says: "--dns of create", on: .microvm) {
            $0.editCreate { argv in argv = argv.map { $0.hasSuffix(".2") ? "192.0.2.53" : $0 } }
        },
        PlanChange("no filter of names", says: "--allow-host-pattern", on: .microvm) {
            $0.editCreate { argv in argv.removeAll { $0 == "--allow-host-pattern" || $0 == "none.invalid" } }
        },
        PlanChange("a filter that lets through", says: "--allow-host-pattern", on: .microvm) {
            $0.editCreate { argv in argv = argv.map { $0 == "none.invalid" ? "*" : $0 } }
        },
        PlanChange("two inputs", says: "names 2 inputs", on: .microvm) {
            $0.editCreate { $0.insert(contentsOf: ["--image", "/x.tar"], at: 5) }
        },
        PlanChange("no input", says: "names 0 inputs", on: .microvm) {
            $0.editCreate { argv in argv.removeAll { $0 == "--from" || $0.hasSuffix(".smolmachine") } }
        },
        PlanChange("a variable of the caller", says: "copies a variable of the caller", on: .microvm) {
            $0.editCreate { $0.insert(contentsOf: ["-e", "HOME"], at: 5) }
        },
        PlanChange("a port in another call", says: "the call start of smolvm", on: .microvm) { report in
            for index in report.commands.indices where report.commands[index].name == "start" {
                report.commands[index].argv += ["--port", "80:80"]
            }
        },
        PlanChange("a second network", says: "has ports, which no bottle needs", on: .microvm) {
            $0.edit(.smolvmSmolfile, "[network]", to: "ports = [\"80:80\"]\n[network]")
        },
        PlanChange("a private range", says: "allow_private", on: .microvm) {
            $0.edit(.smolvmSmolfile, "[network]", to: "[network]\nallow_private = true")
        },
        PlanChange("no filter in the file", says: "no allow_host_patterns", on: .microvm) {
            $0.edit(.smolvmSmolfile, "none.invalid", to: "*")
        },
        PlanChange("TSI", says: "type of the card", on: .microvm) { $0.edit(.smolfile, "virtio-net", to: "tsi") },
        PlanChange("another attachment", says: "attachment of the card", on: .microvm) {
            $0.edit(.smolfile, "unixgram", to: "tap")
        },
        PlanChange("a second card", says: "2 network cards", on: .microvm) {
            $0.edit(.smolfile, "[[net]]", to: "[[net]]\ntype = \"virtio-net\"\n[[net]]")
        },
        PlanChange("a key of TSI", says: "has tsi", on: .microvm) {
            $0.edit(.smolfile, "\n[[net]]", to: "\ntsi = true\n[[net]]")
        },
    ]

    @Test(arguments: smolvm)
    func whatIsWrongOfSmolvmIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    private static let gvproxy = [
        PlanChange("loopback", says: "nat of gvproxy", on: .microvm) {
            $0.edit(.gvproxy, "\"\($0.bundle.address)\"", to: "\"127.0.0.1\"")
        },
        PlanChange("no translation", says: "nat of gvproxy", on: .microvm) { $0.edit(.gvproxy, "nat:", to: "not:") },
        PlanChange("a second translation", says: "nat of gvproxy", on: .microvm) {
            $0.edit(.gvproxy, "  nat:\n", to: "  nat:\n    \"10.0.0.1\": \"127.0.0.1\"\n")
        },
        PlanChange("another interface", says: "another interface", on: .microvm) {
            $0.edit(.gvproxy, "vfkit:", to: "qemu:")
        },
        PlanChange("a port to the guest", says: "forwards of gvproxy's stack", on: .microvm) {
            $0.edit(.gvproxy, "forwards: {}", to: "forwards: {\"127.0.0.1:2222\": \"192.168.1.2:22\"}")
        },
        PlanChange("a forward more", says: "port_forwards of gvproxy", on: .microvm) {
            $0.edit(
                .gvproxy, "port_forwards:\n",
                to: "port_forwards:\n  - {name: x, guest: \"1.2.3.4:1\", host: \"127.0.0.1:1\"}\n")
        },
        PlanChange("a forward less", says: "port_forwards of gvproxy", on: .microvm) {
            $0.edit(.gvproxy, "name: \"pipelock\"", to: "name: \"other\"")
        },
        PlanChange("a forward to everybody", says: "does not end on the host's 127.0.0.1", on: .microvm) {
            $0.edit(.gvproxy, "\"127.0.0.1:auto\"", to: "\"0.0.0.0:auto\"")
        },
        PlanChange("the host's resolver", says: "asks the host's resolver", on: .microvm) {
            $0.edit(.gvproxy, "    - name: \"\"\n      records: []\n", to: "")
        },
        PlanChange("a zone more", says: "answers for the zone", on: .microvm) {
            $0.edit(.gvproxy, "  dns:\n", to: "  dns:\n    - {name: \"test.\", records: []}\n")
        },
        PlanChange("no proxy.internal", says: "does not resolve proxy.internal", on: .microvm) {
            $0.edit(.gvproxy, "\"proxy\"", to: "\"other\"")
        },
        PlanChange("metadata", says: "ec2MetadataAccess of gvproxy is on", on: .microvm) {
            $0.edit(.gvproxy, "ec2MetadataAccess: false", to: "ec2MetadataAccess: true")
        },
        PlanChange("search domains", says: "dnsSearchDomains", on: .microvm) {
            $0.edit(.gvproxy, "dnsSearchDomains: []", to: "dnsSearchDomains: [\"corp.test\"]")
        },
        PlanChange("a key more", says: "gvproxy.yaml has listen", on: .microvm) {
            $0.edit(.gvproxy, "stack:", to: "listen: []\nstack:")
        },
    ]

    @Test(arguments: gvproxy)
    func whatIsWrongOfGvproxyIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    /// A key more of the guest in the compose file.
    private static func guest(_ line: String, says: String) -> PlanChange {
        PlanChange("guest with \(line)", says: says, on: .container) {
            $0.edit(.compose, "\n  guest:\n", to: "\n  guest:\n    \(line)\n")
        }
    }

    private static let compose = [
        guest("ports: [\"80:80\"]", says: "the service guest has ports"),
        guest("network_mode: host", says: "has the network mode"),
        guest("cap_add: [NET_ADMIN]", says: "has cap_add"),
        guest("devices: [\"/dev/kvm\"]", says: "has devices"),
        guest("extra_hosts: [\"host.docker.internal:host-gateway\"]", says: "has extra_hosts"),
        guest("pid: host", says: "has pid"),
        guest("userns_mode: host", says: "has userns_mode"),
        PlanChange("privileged", says: "is privileged", on: .container) {
            $0.edit(.compose, "privileged: false", to: "privileged: true")
        },
        PlanChange("ipc", says: "shares ipc", on: .container) {
            $0.edit(.compose, "ipc: \"private\"", to: "ipc: \"host\"")
        },
        PlanChange("no seccomp", says: "unconfined", on: .container) {
            $0.edit(.compose, "no-new-privileges:true", to: "seccomp:unconfined")
        },
        PlanChange("not internal", says: "is not internal", on: .container) {
            $0.edit(.compose, "internal: true", to: "internal: false")
        },
        PlanChange("IPv6", says: "has IPv6", on: .container) {
            $0.edit(.compose, "enable_ipv6: false", to: "enable_ipv6: true")
        },
        PlanChange("another driver", says: "has the driver", on: .container) {
            $0.edit(.compose, "driver: \"bridge\"", to: "driver: \"macvlan\"")
        },
        PlanChange("another subnet", says: "subnet of the guest's network", on: .container) {
            $0.edit(.compose, ".0/24", to: ".0/16")
        },
        PlanChange("the engine's resolver", says: "dns of the guest", on: .container) {
            $0.edit(.compose, "    dns:\n", to: "    dns_other:\n")
        },
        PlanChange("a second network", says: "is in 2 networks", on: .container) {
            $0.edit(
                .compose, "    networks:\n      bottle:\n        ipv4_address: \"\($0.plan.addresses.guest)\"",
                to: "    networks:\n      outward: {}\n      bottle: {}")
        },
        PlanChange("a volume", says: "of the host", on: .container) {
            $0.edit(
                .compose, "\n  guest:\n",
                to: "\n  guest:\n    volumes_:\n      - x\n")
            $0.edit(.compose, "    volumes: []\n", to: "    volumes: [{type: bind, source: /home, target: /home}]\n")
        },
        PlanChange("the engine's socket", says: "mounts the socket", on: .container) {
            $0.edit(.compose, "    volumes: []\n", to: "    volumes: [\"/var/run/docker.sock:/x.sock\"]\n")
        },
        PlanChange("no guest", says: "0 services named", on: .container) {
            $0.edit(.compose, "container_name: \"\($0.machineName)\"", to: "container_name: \"guest\"")
        },
        PlanChange("a broken file", says: "cannot be read as yaml", on: .container) {
            $0.edit(.compose, "services:", to: "services")
        },
    ]

    @Test(arguments: compose)
    func whatIsWrongOfComposeIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    /// A call of an engine, for a driver that makes its guest so.
    private static func call(_ words: String..., says: String) -> PlanChange {
        PlanChange("call \(words.joined(separator: " "))", says: says, on: .container) { report in
            let network = report.machineName
            report.commands = [
                PlannedCommand(
                    "create", ["/usr/bin/docker", "create", "--network", network] + words + ["image", "sleep", "9"])
            ]
        }
    }

    private static let calls = [
        call("--network", "host", says: "shares network with the host"),
        call("--network=bridge", says: "joins the network"),
        call("--network", "container:other", says: "joins the network"),
        call("--pid=host", says: "shares pid"), call("-p", "80:80", says: "-p"),
        call("--privileged", says: "--privileged"),
        call("-v", "/var/run/docker.sock:/x", says: "mounts the socket"),
        call("--security-opt", "seccomp=unconfined", says: "unconfined"), call("--device=/dev/kvm", says: "--device"),
        call("--add-host=a:host-gateway", says: "--add-host"),
    ]

    @Test(arguments: calls)
    func whatIsWrongOfAnEngineCallIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    @Test func aPlainEngineCallPasses() throws {
        #expect(try Self.call("--internal", says: "").judge(check).verdict == .pass)
    }

    @Test func aSilentPlanProvesNothing() throws {
        for kind in BackendKind.allCases {
            let silent = PlanChange("silent", says: "", on: kind) {
                $0.commands = []
                $0.artefacts = []
            }
            let wanted: Verdict = kind == .namespaces ? .notApplicable : .inconclusive
            #expect(try silent.judge(check).verdict == wanted, "\(kind)")
        }
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        evidence.plans["bare"]?.report = nil
        #expect(check.judge(evidence).verdict == .inconclusive, "what was not planned is not known to be silent")
    }

    /// A driver of namespaces that does call a tool is judged like any other.
    @Test func namespacesWithAToolAreJudged() throws {
        let change = PlanChange("tool", says: "--privileged") {
            $0.commands = [PlannedCommand("create", ["docker", "run", "--privileged", "image"])]
        }
        try change.makesFall(check)
    }
}
