// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The first process of the container that holds a guest's network: puts the policy in force and stays.
///
/// The guest joins the network afterwards. Whenever this container starts again, the policy is there again before a
/// guest can join.
struct Guard {
    /// What the guest may reach, as arguments say it.
    struct Policy {
        var bundle: [UInt8]
        var ports: [UInt16]
        /// Addresses that a deliberately broken backend adds, and through which gateway, if any.
        var extra: [(address: [UInt8], gateway: [UInt8])] = []
        /// The first bytes of the addresses of a network around the bundle that a deliberately broken backend adds.
        var around: [UInt8] = []
        /// A name server that a deliberately broken backend gives the guest.
        var resolver: [UInt8] = []
        /// Whether a deliberately broken backend leaves the network as the engine made it.
        var isOff = false
    }

    /// Installs the policy, says on standard output what is in force, and waits for the end.
    static func run(_ arguments: [[UInt8]]) -> Never {
        let signals = launcher_ending_signals()
        do throws(Failure) {
            let policy = try parse(arguments)
            // The guest sees this file; what is not named in it is not asked.
            try check(launcher_truncate("/etc/resolv.conf"), "io", "empty /etc/resolv.conf")
            if !policy.resolver.isEmpty {
                try check(
                    Files.write("/etc/resolv.conf", "nameserver " + text(policy.resolver) + "\n"), "io",
                    "write /etc/resolv.conf")
            }
            let networks = try Networks(adopting: ())
            if !policy.isOff {
                // The filter first and the routes last: who sees the routes knows that the filter is there.
                var allowed: [(address: [UInt8], port: UInt16)] = []
                for port in policy.ports { allowed.append((policy.bundle, port)) }
                for (address, _) in policy.extra { allowed.append((address, 0)) }
                if !policy.around.isEmpty { allowed.append((policy.around, 0)) }
                try Filter().install(allowed)
                try networks.replaceRoutes(policy)
            }
            say(try NetworkView.policy(networks))
            say(["ready"])
            try check(launcher_drop_capabilities(), "user", "drop capabilities")
        } catch {
            // Named, since the engine's own helpers write to the same place.
            say(["guard failed " + error.text])
            launcher_exit(1)
        }
        Inmate.wait(signals)
    }

    private static func parse(_ arguments: [[UInt8]]) throws(Failure) -> Policy {
        let malformed = Failure(
            "usage",
            "usage: guard off | guard ADDRESS any|PORT[,PORT]... [ADDRESS[@GATEWAY] | resolver=ADDRESS | around=A.B]..."
        )
        guard let first = arguments.first else { throw malformed }
        if first == Array("off".utf8) { return Policy(bundle: [], ports: [], isOff: true) }
        guard let bundle = address(first), arguments.count >= 2 else { throw malformed }
        var policy = Policy(bundle: bundle, ports: [])
        // Any port, as a deliberately broken backend has it.
        if arguments[1] == Array("any".utf8) { policy.ports = [0] }
        for part in policy.ports.isEmpty ? arguments[1].split(separator: 44) : [] {
            guard let number = Files.numbers(Array(part)).first, let port = UInt16(exactly: number), port > 0 else {
                throw malformed
            }
            policy.ports.append(port)
        }
        guard !policy.ports.isEmpty else { throw malformed }
        let resolver = Array("resolver=".utf8)
        let around = Array("around=".utf8)
        for argument in arguments.dropFirst(2) {
            if argument.starts(with: around) {
                guard let network = address(Array(argument[around.count...] + Array(".0.0".utf8))) else {
                    throw malformed
                }
                policy.around = Array(network.prefix(2))
                continue
            }
            if argument.starts(with: resolver) {
                guard address(Array(argument[resolver.count...])) != nil else { throw malformed }
                policy.resolver = Array(argument[resolver.count...])
                continue
            }
            var addresses: [[UInt8]] = []
            for part in argument.split(separator: 64) {
                guard let address = address(Array(part)) else { throw malformed }
                addresses.append(address)
            }
            guard addresses.count == 1 || addresses.count == 2 else { throw malformed }
            policy.extra.append((addresses[0], addresses.count == 2 ? addresses[1] : []))
        }
        return policy
    }

    static func address(_ text: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        for part in text.split(separator: 46, omittingEmptySubsequences: false) {
            guard !part.isEmpty, part.allSatisfy({ $0 >= 48 && $0 <= 57 }),
                let byte = Files.numbers(Array(part)).first.flatMap({ UInt8(exactly: $0) })
            else { return nil }
            result.append(byte)
        }
        return result.count == 4 ? result : nil
    }

    /// Prints lines.
    static func say(_ lines: [String]) {
        var bytes: [UInt8] = []
        for line in lines { bytes += Array(line.utf8) + [10] }
        _ = Files.write(1, bytes)
    }
}
