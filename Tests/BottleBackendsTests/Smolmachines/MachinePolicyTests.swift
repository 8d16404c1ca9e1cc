// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleRender
import Testing

@testable import BottleBackends

struct MachinePolicyTests {
    private let plan = BottlePlan(
        slug: "policy", agentName: "probe", addresses: AddressPlan(slug: "policy"), guestEnvironment: [:], prompt: "",
        allowlist: [], routes: [], daemons: [])
    private var bundle: String { plan.addresses.bundle }

    private func policy(_ faults: Set<Fault> = [], mode: NetworkMode = .bottle) -> MachinePolicy {
        MachinePolicy(plan: plan, mode: mode, faults: faults, socket: "/s/host.sock", resolver: "203.0.113.53")
    }

    @Test func aBottleReachesItsBundleAndAsksNobody() {
        #expect(policy().flags == .only(bundle))
        #expect(policy().isWhole)
    }

    @Test func anOpenTwinAsksWhomItIsTold() {
        let flags = policy(mode: .open).flags
        #expect(flags.dns == "203.0.113.53", "without it smolvm asks the host's resolver, or a public one")
        #expect(flags.allow.isEmpty && flags.network && !flags.refusesNames)
        #expect(!policy(mode: .open).isWhole)
    }

    @Test(arguments: [Fault.open, .autoresolver, .loop127, .gwopen])
    func aBrokenPolicyIsNeverTakenForAWholeOne(fault: Fault) {
        let broken = policy([fault])
        #expect(!broken.isWhole)
        #expect(fault == .open ? broken.flags == SmolvmPolicy(network: true) : broken.flags.allow.count == 2)
        #expect(policy([fault], mode: .open).flags == policy(mode: .open).flags, "a twin is opened, not broken")
    }

    @Test func aListOfAddressesAloneAsksTheHostsResolver() {
        let broken = policy([.cidronly])
        #expect(!broken.isWhole)
        #expect(broken.flags == SmolvmPolicy(allow: ["\(bundle)/32"], dns: WorldLayout.hostResolver))
    }

    @Test func aPublishedPortIsBesideThePolicy() {
        let broken = policy([.published])
        #expect(!broken.isWhole)
        var rest = broken.flags
        #expect(rest.published == ["\(42_000 + Int(plan.addresses.octet)):8888"])
        rest.published = []
        #expect(rest == .only(bundle))
    }

    @Test func iPv6IsCarriedWhereARouteLeadsBeyondTheLink() {
        let link =
            "route fe80:0:0:0:0:0:0:0/64 eth0 -\nroute ff00:0:0:0:0:0:0:0/8 eth0 -\nroute 0.0.0.0/0 eth0 100.96.0.1\n"
        #expect(!MachinePolicy.network(.init(link + "end\n")).carriesIPv6)
        let refusal = "route 0:0:0:0:0:0:0:0/0 lo -\n"
        #expect(!MachinePolicy.network(.init(link + refusal + "end\n")).carriesIPv6)
        let way = "route 0:0:0:0:0:0:0:0/0 eth0 fd53:4d00:0:0:0:0:0:1\n"
        #expect(MachinePolicy.network(.init(link + way + "end\n")).carriesIPv6)
        #expect(MachinePolicy.network(.init("end\n")).loopbackAlias == "100.96.0.1")
    }
}
