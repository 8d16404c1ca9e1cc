// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-05: no name or address under which vendors offer the host leads to it, and no engine's API answers.
package struct NET05NoHostAlias: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-05",
        title: "no host alias and no engine's API is reachable",
        statement:
            "The names and addresses under which vendors offer the host to their guests (host.docker.internal and the "
            + "like, 192.168.65.254, 192.168.127.1, 10.0.2.2, 192.168.5.2, 100.96.0.1, 169.254.1.1) and the engine's API "
            + "on ports 2375 and 2376 MUST NOT be reachable from the guest, neither directly nor through pipelock.",
        why:
            "An alias for the host leads past every rule that names the host's real addresses, in the end often to its "
            + "loopback. Whoever reaches the engine's API, or that of the gateway, is the host's root.",
        probed:
            "The guest connects to canaries on the aliases' addresses (TCP 80, 2375, 2376 and a random port, UDP on that "
            + "port) and on the API's ports of its own gateway, directly and through pipelock by name and by literal; the "
            + "open twin shows that they could be reached; of a machine's aliases those count that its open twin reaches. Names in the guest's hosts file must lead nowhere else. "
            + "Addresses to which the host has a way of its own are not tried: they may be somebody's.",
        remedy:
            "Leave the aliases out of the guest's resolver and hosts file, switch the translation to the host's loopback "
            + "off, and give the guest no route beyond its bundle.",
        profiles: .fullProfiles,
        mutants: [
            "hostalias": .violated, "gwopen": .violated, "open": .violated, "hostnet": .violated,
            "plainbridge": .violated, "internalbridge": .violated, "closedtwin": .inconclusive,
        ]
    )

    private static let hostsFile = "/etc/hosts"
    private static let hostsKey = "hosts"
    /// Bytes; a longer hosts file is not judged.
    private static let hostsLimit = 65_536

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt(aims(declaration.field, declaration.description))
        guard declaration.session == .bottle else { return }
        declaration.askHealth()
        declaration.probe(Self.hostsKey, .readFile(path: Self.hostsFile, limit: Self.hostsLimit))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        var aims = aims(scene.field, scene.description)
        let unoffered = unoffered(aims, evidence)
        for index in aims.indices where unoffered.contains(aims[index].key) { aims[index].comparable = false }
        let unsafe = scene.field.unsafe.values.sorted()
        let needs = [CanaryNeed(.hostAlias, .tcp), CanaryNeed(.hostAlias, .udp), CanaryNeed(.runtimeAPI, .tcp, 2375)]
        // What the harness left alone on purpose is no gap.
        let isHosted = unsafe.isEmpty || !scene.field.canaries(at: .hostAlias).isEmpty
        let denial = Denial(
            attempts: aims.attempts(evidence), permitted: Declaration.health(evidence),
            gaps: needs.filter { isHosted || $0.place != .hostAlias }.gaps(in: scene.field))
        let reason = unsafe.isEmpty ? "" : "; not hosted, since it may be somebody's: \(unsafe.joined(separator: ", "))"
        let judgement = denial.judge(
            evidence, with: [hostsFile(evidence, scene)],
            pass:
                "none of \(aims.count) ways to an alias of the host or to an engine's API led there\(evidence.onlyAsAgent)"
                + (unoffered.isEmpty ? "" : "; \(unoffered.count) of them lead nowhere in the open twin either")
                + reason)
        guard judgement.verdict == .pass, !isHosted else { return judgement }
        return Judgement(
            .notApplicable,
            "the engine's API is out of reach, but no alias of the host is safe to host here: "
                + unsafe.joined(separator: ", "),
            findings: judgement.findings)
    }

    /// Direct ways to aliases that no machine of this backend offers: those that the open twin did not go, where it went
    /// others of the same transport.
    private func unoffered(_ aims: [Aim], _ evidence: Evidence) -> Set<String> {
        guard evidence.hello.kind == .microvm else { return [] }
        var keys: Set<String> = []
        for transport in [Exchange.Transport.tcp, .udp] {
            let ways = aims.filter { aim in
                aim.key.hasPrefix("direct/")
                    && aim.watchers.contains { $0.place == .hostAlias && $0.transport == transport }
            }
            let missed = ways.map(\.key).filter { key in
                let seen = evidence.probe(key, in: .twin).map { evidence.records(of: $0.step.nonce.text) } ?? []
                return evidence.outcome(key, in: .twin) != .reached && seen.isEmpty
            }
            if missed.count < ways.count { keys.formUnion(missed) }
        }
        return keys
    }

    private func aims(_ field: SessionField, _ description: BottleDescription) -> [Aim] {
        let canaries = field.canaries(at: .hostAlias) + field.canaries(at: .runtimeAPI)
        let direct = canaries.map { canary in
            Aim(
                key: "direct/\(key(canary))",
                deed: "the \(canary.place) canary \(canary.endpoint) directly over \(canary.transport.label)",
                watchers: [canary]
            ) { canary.greeting($0, zone: field.zone) }
        }
        let streams = field.canaries(at: .hostAlias).filter { $0.transport == .tcp }
        // By name to every port, by literal where an engine's or a gateway's API would be.
        let named = field.aliases.sorted { $0.key < $1.key }.flatMap { name, address in
            streams.filter { $0.address == address }.flatMap { proxied(to: name, $0, description.bundleAddress) }
        }
        let literal = streams.filter { $0.port != field.port }
            .flatMap { proxied(to: $0.address, $0, description.bundleAddress) }
        return direct + named + literal
    }

    private func key(_ canary: Canary) -> String {
        let port = canary.place == .runtimeAPI || canary.id.hasPrefix("shared/") ? "\(canary.port)" : "P"
        // The gateway of the twin has another address.
        let address = canary.place == .runtimeAPI ? "gateway" : canary.address
        return "\(address)/\(canary.transport.rawValue)/\(port)"
    }

    private func proxied(to host: String, _ canary: Canary, _ bundle: String) -> [Aim] {
        let authority = "\(host):\(canary.port)"
        func aim(_ form: String, _ title: String, _ exchange: @escaping @Sendable (Nonce) -> Exchange) -> Aim {
            Aim(
                key: "\(form)/\(host)/\(key(canary))", deed: "\(authority) through pipelock by \(title)",
                watchers: [canary], exchange: exchange)
        }
        return [
            aim("connect", "CONNECT") { nonce in
                Requests.connect(
                    authority, say: "GET /\(nonce) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", via: bundle)
            },
            aim("get", "absolute-form GET") { Requests.absolute(authority, $0, via: bundle) },
        ]
    }

    /// A vendor's name in the guest's hosts file leads to an address that was tried, or nowhere.
    private func hostsFile(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let observation = evidence.probe(Self.hostsKey)?.observation
        guard let observation, observation.stage == .done, !observation.killed else {
            return Finding(.fact, .missing, "no whole answer of the probe about \(Self.hostsFile): run again")
        }
        if observation.errno == "ENOENT" { return Finding(.fact, .holds, "the guest has no \(Self.hostsFile)") }
        guard observation.errno == nil, let bytes = observation.received.first, bytes.count < Self.hostsLimit else {
            return Finding(
                .fact, .missing,
                "the guest's \(Self.hostsFile) cannot be read (\(observation.errno ?? "too long")), so its names are not known"
            )
        }
        let tried = Set((scene.field.canaries(at: .hostAlias) + scene.field.canaries(at: .gateway)).map(\.address))
        let own: Set<String> = [scene.description.bundleAddress, scene.plan.addresses.guest]
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let address = words.first,
                let name = words.dropFirst().first(where: { Self.isAlias($0, scene.field) })
            else { continue }
            if tried.contains(address) || own.contains(address) || Self.isLoopback(address) { continue }
            return Finding(
                .fact, .missing,
                "the guest's \(Self.hostsFile) leads \(name) to \(address), which was not tried: take it out")
        }
        return Finding(.fact, .holds, "no vendor's name in the guest's \(Self.hostsFile) leads elsewhere")
    }

    private static func isAlias(_ name: String, _ field: SessionField) -> Bool {
        let name = name.lowercased()
        return field.aliases[name] != nil || name.hasSuffix(".internal") || name == "host-gateway"
    }

    /// NET-01 tries it.
    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }
}
