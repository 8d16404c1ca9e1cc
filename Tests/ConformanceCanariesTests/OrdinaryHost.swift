// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import ConformanceEngine
import Synchronization

@testable import ConformanceCanaries

/// A namespace host whose networks are all this machine: real sockets, no namespaces.
final class OrdinaryHost: NamespaceHost {
    let processID: Int32? = nil

    func holdings() -> NamespaceHoldings { NamespaceHoldings(networks: [], sandboxes: []) }

    let identity = WorldIdentity(
        bootID: "boot", kernel: "test", mapping: .single, namespaces: ["net": "net:[42]", "mnt": "7"])
    /// Addresses that no route leads to.
    let unreachable = Mutex<Set<String>>([])
    let hasIPv6: Bool

    init(hasIPv6: Bool = true) {
        self.hasIPv6 = hasIPv6
        _ = OpenFiles.limit
    }

    func socket(in network: String, family: SocketFamily, type: SocketType) async throws -> Int32 {
        if family == .ipv6, !hasIPv6 { throw BottleError(.unsupported, "no IPv6 here") }
        let own: SocketAddress.Family =
            switch family {
            case .ipv4: .ipv4
            case .ipv6: .ipv6
            case .unix: .unix
            }
        return try SocketCalls.open(own, stream: type == .stream)
    }

    func interface(to address: String, in network: String) async throws -> String {
        if unreachable.withLock({ $0.contains(address) }) { throw BottleError(.notFound, "no route to \(address)") }
        return "lo"
    }

    private var missing: BottleError { BottleError(.unsupported, "ordinary sockets only") }

    func makeNetwork(_ name: String) async throws { throw missing }
    func dropNetwork(_ name: String) async throws { throw missing }
    func makeWire(_ left: NetworkPort, _ right: NetworkPort) async throws { throw missing }
    func addAddress(_ cidr: String, to port: NetworkPort) async throws { throw missing }
    func addRoute(_ cidr: String, in network: String, interface: String?, via: String?) async throws { throw missing }
    func narrowLoopback(in network: String) async throws { throw missing }
    func setDevice(_ port: NetworkPort, forwarding: Bool?, routeLocalnet: Bool?) async throws { throw missing }
    func routes(in network: String) async throws -> [NetworkRoute] { throw missing }
    func makeSandbox(_ spec: SandboxSpec) async throws -> SandboxIdentity { throw missing }
    func spawn(_ request: SpawnRequest, in sandbox: String?) async throws -> any SpawnedProcess { throw missing }
    func destroySandbox(_ name: String) async throws { throw missing }
    func stop() async {}
}

extension FieldGeography {
    /// The next network of 127/8 that no field of this process has had. It begins at random, since other checkouts of this
    /// machine may run the same tests.
    private static let nextNetwork = Atomic(UInt.random(in: 0..<networks))
    /// 127.1.0/24 up to 127.254.255/24.
    private static let networks: UInt = 254 * 256

    /// Every place on an address of its own in 127/8, in a network that no other test of this process is given.
    ///
    /// Counted and not drawn: fifty of these fields are open at once, and of fifty draws two are the same in one run out of
    /// fifty. Which of the two tests came second then had no canary where it looked for one.
    static func loopback() -> FieldGeography {
        let network = nextNetwork.wrappingAdd(1, ordering: .relaxed).oldValue % networks
        let prefix = "127.\(network / 256 + 1).\(network % 256)."
        var geography = FieldGeography.world
        geography.machineLoopback = prefix + "1"
        geography.machineLoopbackV6 = "::1"
        geography.hostLoopback = prefix + "2"
        geography.hostLoopbackOther = prefix + "3"
        geography.hostLoopbackV6 = prefix + "4"
        geography.hostInterfaces = [prefix + "5", prefix + "6"]
        geography.hostInterfaceV6 = prefix + "7"
        geography.hostResolver = prefix + "8"
        geography.nameServer = prefix + "9"
        geography.hostAliases = [prefix + "40", prefix + "41"]
        geography.aliasNames = ["host.docker.internal": prefix + "40"]
        geography.offHost = [.bottle: prefix + "10", .twin: prefix + "11", .variant: prefix + "12"]
        geography.offHostV6 = [.bottle: prefix + "20", .twin: prefix + "21", .variant: prefix + "22"]
        geography.gateway = { prefix + "\(30 + AddressPlan(slug: $0).octet % 100)" }
        geography.wellKnownPorts = [
            22: 15022, 53: 15053, 80: 15080, 443: 15443, 2375: 12375, 2376: 12376, 8443: 18443,
        ]
        return geography
    }
}

/// Runs a test with a field that has one session open, and closes it whatever happens.
func withField(
    _ geography: FieldGeography = .loopback(), host: OrdinaryHost = OrdinaryHost(),
    _ body: (NamespacesField, SessionField) async throws -> Void
) async throws {
    let field = try await NamespacesField.start(over: host, geography: geography)
    do {
        try await body(field, try await field.open(session: .bottle, slug: "canary-test"))
    } catch {
        await field.close()
        throw error
    }
    await field.close()
}

/// Waits for a record that qualifies, at most five seconds.
func eventually(
    _ field: NamespacesField, _ qualifies: (WitnessRecord) -> Bool
) async throws -> WitnessRecord? {
    let deadline = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < deadline {
        if let record = await field.witness().first(where: qualifies) { return record }
        try await Task.sleep(for: .milliseconds(5))
    }
    return nil
}
