// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleRender
import Foundation
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

    /// A guest's root before it is told whom to trust.
    enum Store: String, Sendable, CaseIterable {
        case absent, empty, ordinary, unfinished, link, dangling, directoryLink
    }

    @Test(arguments: Store.allCases)
    func aCertificateIsAddedOnceToWhatTheImageTrusts(_ store: Store) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "trust-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let files = FileManager.default
        let own = "-----BEGIN CERTIFICATE-----\nOWN\n-----END CERTIFICATE-----\n"
        let new = "-----BEGIN CERTIFICATE-----\nNEW\n-----END CERTIFICATE-----\n"
        let certificates = root.appending(path: "etc/ssl/certs")
        let (file, elsewhere) = (certificates.appending(path: "ca-certificates.crt"), root.appending(path: "elsewhere"))
        try files.createDirectory(at: root.appending(path: "bottle"), withIntermediateDirectories: true)
        if store != .absent { try files.createDirectory(at: certificates, withIntermediateDirectories: true) }
        let before: String
        switch store {
        case .absent, .empty, .dangling, .directoryLink: before = ""
        case .ordinary, .link: before = own
        case .unfinished: before = String(own.dropLast())
        }
        switch store {
        case .absent, .dangling: break
        case .empty, .ordinary, .unfinished: try Data(before.utf8).write(to: file)
        case .link: try Data(before.utf8).write(to: elsewhere)
        case .directoryLink: try files.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        }
        if [.link, .dangling, .directoryLink].contains(store) {
            try files.createSymbolicLink(at: file, withDestinationURL: elsewhere)
        }
        // The guest may be filled twice.
        for _ in 0..<2 {
            try Data(new.utf8).write(to: root.appending(path: "bottle/authority.pem"))
            let shell = Process()
            shell.executableURL = URL(filePath: "/bin/sh")
            shell.arguments = ["-c", MachinePolicy.trusting(in: root.path)]
            try shell.run()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0)
            let separator = before.isEmpty ? "" : "\n"
            #expect(try String(contentsOf: file, encoding: .utf8) == before + separator + new)
            let attributes = try files.attributesOfItem(atPath: file.path)
            #expect(attributes[.type] as? FileAttributeType == .typeRegular)
            #expect(attributes[.posixPermissions] as? Int == 0o644)
            #expect(try files.contentsOfDirectory(atPath: root.appending(path: "bottle").path).isEmpty)
        }
        if store == .link { #expect(try String(contentsOf: elsewhere, encoding: .utf8) == own) }
    }

    @Test func aGuestWithoutACertificateKeepsWhatItHas() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "trust-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", "true && {\n\(MachinePolicy.trusting(in: root.path))}"]
        try shell.run()
        shell.waitUntilExit()
        #expect(shell.terminationStatus == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
        #expect(MachinePolicy.provisioning.hasSuffix("{\n\(MachinePolicy.trusting())}"))
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
