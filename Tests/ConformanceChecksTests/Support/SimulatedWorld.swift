// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceChecks
import ConformanceEngine

/// A run without processes: three simulated bottles answer what a check declares, with the faults of one backend.
struct SimulatedWorld {
    var faults: Set<Fault> = []
    var capabilities: Set<String> = ["bundle-exec", "network-open", "logs", "tty"]
    var kind = BackendKind.namespaces
    /// What answers the questions about plans; nil is a driver that answers none.
    var plans: BackendKind? = .namespaces
    static let host = HostIdentity(
        name: "world", bootID: "boot-host", namespaces: ["mnt": "4026531840"], kernel: "6.1.0-host")

    /// Everything this check's run would leave behind.
    func evidence(for check: any Check) -> Evidence {
        let hello = Hello(name: "simulated", version: "1", kind: kind, capabilities: capabilities, maxParallel: 3)
        let meeting = SimulatedMeeting(faults: faults, kind: kind)
        let sessions = Session.allCases.map { session in
            let bottle = SimulatedBottle(session: session, faults: faults, kind: kind)
            return (session, bottle.evidence(for: check, hello: hello, meeting: meeting))
        }
        var evidence = Evidence(
            hello: hello, hosts: [Self.host], sessions: Dictionary(uniqueKeysWithValues: sessions))
        if let kind = plans, let planned = try? SimulatedPlans.evidence(for: check, kind: kind) {
            evidence.plans = planned.plans
            if check.requirement.scope != .guest { evidence.hello = planned.hello }
        }
        evidence.trials = SimulatedTrials(faults: faults).outcomes(for: check, hello: evidence.hello)
        return evidence
    }

    /// A world in which the check has something to say: not every kind of backend has a tool that could be misled.
    static func applicable(_ id: String) -> SimulatedWorld {
        var world = SimulatedWorld()
        if id == "RENDER-07" { world.plans = .microvm }
        if id == "PRIV-07" { world.kind = .microvm }
        return world
    }

    /// A world that can be broken so.
    static func breakable(_ fault: Fault) -> SimulatedWorld {
        var world = SimulatedWorld(faults: [fault])
        if [.container, .agentopen, .sshagent, .vsockextra, .published, .cidronly].contains(fault) {
            world.kind = .microvm
        }
        return world
    }

    func judge(_ check: any Check) -> Judgement { check.judge(evidence(for: check)) }

    /// Evidence in which whoever comes from the bundle has another address, as behind an engine's address translation.
    func translatedEvidence(for check: any Check) -> Evidence {
        var evidence = evidence(for: check)
        for session in Session.allCases {
            let bundle = evidence[session]?.plan?.addresses.bundle ?? ""
            for index in evidence[session]?.witness.indices ?? 0..<0 {
                guard evidence[session]?.witness[index].peer.hasPrefix("\(bundle):") == true else { continue }
                evidence.sessions[session]?.witness[index].peer = "192.0.2.200:50000"
            }
        }
        return evidence
    }

    static func check(_ id: String) throws -> any Check {
        struct Unknown: Error { let id: String }
        guard let check = CheckCatalogue.all.first(where: { $0.requirement.id == id }) else { throw Unknown(id: id) }
        return check
    }
}

/// One simulated bottle: a guest, its bundle, and what the harness placed around them.
struct SimulatedBottle {
    let session: Session
    let faults: Set<Fault>
    let kind: BackendKind
    /// Whether the driver mints once and for all: no property of one bottle, so that the twin has its part in it.
    let sharesAuthorities: Bool
    let plan: BottlePlan
    let field: SessionField
    static let token = "ggggtokenhhhh"
    /// Of the host's loopback, in the network of a machine.
    static let loopbackAlias = "100.96.0.1"
    /// Where the gateway answers whatever the address is.
    static let gatewayPorts: [UInt16] = [53]
    /// Of every machine, in the network that it has with its own gateway.
    static let ownAddress = "100.96.0.2"
    /// Of a host, and of no machine's.
    static let unofferedAlias = "10.0.2.2"
    private static let scan = Scan(token: token, since: 1_699_999_000, made: 1_699_999_900)
    static let hostVariables = ["BOTTLE_HOST_CANARY": "gggghosthhhh"]

    init(session: Session, faults: Set<Fault>, kind: BackendKind) {
        self.session = session
        // The twin is opened, not broken.
        self.faults = session == .twin ? [] : faults
        sharesAuthorities = faults.contains(.sharedca)
        self.kind = kind
        let addresses = AddressPlan(slug: "simulated-\(session.rawValue)")
        let field = Self.field(session, addresses)
        let allowlist =
            [field.allowedHost, field.routedHost, field.loopbackHost, field.bundleHost, field.lookalikeHost]
            + field.badHosts.values.sorted() + field.internalHosts.values.sorted() + ["*.\(field.wildHost)"]
            + field.shiftingHosts.values.sorted()
        let routes = [Manifest.Route.Scheme.http, .https].map {
            Manifest.Route(host: field.routedHost, scheme: $0, tokenVariable: "BOTTLE_TEST_TOKEN")
        }
        plan = BottlePlan(
            slug: "simulated-\(session.rawValue)", agentName: "probe", addresses: addresses,
            guestEnvironment: GuestEnvironment.make(
                addresses: addresses, manifest: SuiteVariables.verbatim, routes: []),
            prompt: session == .variant ? "" : "prompt of \(session.rawValue)",
            allowlist: session == .variant ? [] : allowlist, routes: session == .variant ? [] : routes,
            daemons: ["egress", "pipelock"])
        self.field = field
    }

    private static let digest = TreeDigest.of(SuiteSkill.tree(of: SuiteSkill.named))

    /// The suite's own skills, as the host has them.
    var sources: SourceEvidence {
        SourceEvidence(
            skillsDirectory: GuestSkills.standard, skills: session == .twin ? [] : [SuiteSkill.named],
            before: Self.digest, after: Self.digest)
    }

    var isOpen: Bool { session == .twin }
    func has(_ fault: Fault) -> Bool { faults.contains(fault) }

    static func field(_ session: Session, _ addresses: AddressPlan) -> SessionField {
        let number = UInt16(Session.allCases.firstIndex(of: session) ?? 0)
        let port = 20_001 + number
        var canaries: [Canary] = []
        func add(_ place: Place, _ address: String, _ services: [(Canary.Service, UInt16)], owner: String) {
            for (service, port) in services {
                let id = "\(owner)/\(place)/\(service.rawValue)/\(address)/\(port)"
                canaries.append(Canary(id: id, place: place, service: service, address: address, port: port))
            }
        }
        let both: [(Canary.Service, UInt16)] = [(.banner, port), (.echo, port)]
        let own = session.rawValue
        add(.machineLoopback, "127.0.0.1", both, owner: own)
        add(.machineLoopbackV6, "::1", both, owner: own)
        add(.hostLoopback, "127.0.0.1", both, owner: own)
        add(.hostLoopbackOther, "127.0.0.2", both, owner: own)
        add(.hostLoopbackV6, "::1", both, owner: own)
        add(.gateway, addresses.gateway, both, owner: own)
        add(.hostAbstract, "@host-\(own)", [(.banner, 0)], owner: own)
        add(.machineAbstract, "@machine-\(own)", [(.banner, 0)], owner: own)
        add(.hostVsock, "cid:1", [(.banner, port)], owner: own)
        add(.runtimeAPI, addresses.gateway, [(.banner, 2375), (.banner, 2376)], owner: own)
        for alias in ["192.168.65.254", Self.unofferedAlias] {
            add(.hostAlias, alias, both, owner: own)
            add(.hostAlias, alias, [(.banner, 80), (.banner, 2375), (.banner, 2376)], owner: "shared")
        }
        add(.hostInterface, "198.51.100.1", both, owner: own)
        add(.hostInterface, "203.0.113.1", both, owner: own)
        add(.hostInterfaceV6, "2001:db8:78::1", both, owner: own)
        let dns: [(Canary.Service, UInt16)] = [(.dnsUDP, 53), (.dnsTCP, 53)]
        add(.hostResolver, "198.51.100.53", dns + [(.banner, 80)], owner: "shared")
        add(.nameServer, "203.0.113.53", dns, owner: "shared")
        let web: [(Canary.Service, UInt16)] = [(.http, port), (.http, 22), (.http, 80), (.http, 443), (.http, 8443)]
        add(.offHost, "203.0.113.\(10 + number)", web + [(.echo, port)], owner: own)
        add(.offHostV6, "2001:db8:77::1\(number)", [(.http, port), (.http, 80)], owner: own)
        func name(_ label: String) -> String { "\(label).\(own).bottle.test" }
        return SessionField(
            canaries: canaries, unhosted: [:], port: port, banner: "run-\(own)bannerxyz", allowedHost: name("allowed"),
            deniedHost: name("denied"), routedHost: name("routed"), loopbackHost: name("loop"),
            bundleHost: name("bundle"), lookalikeHost: name("unrouted"),
            lookalikesOfAllowed: ["x\(name("allowed"))", "\(name("allowed"))x.bottle.test"],
            internalHosts: [addresses.gateway: name("internal0"), "192.168.65.254": name("internal1")],
            wildHost: name("wild"),
            shiftingHosts: Dictionary(
                uniqueKeysWithValues: SessionField.Shift.allCases.map { ($0, name("shift-\($0.rawValue)")) }),
            badHosts: Dictionary(
                uniqueKeysWithValues: ["expired", "other-authority", "other-name"].map { ($0, name($0)) }),
            aliases: ["host.docker.internal": "192.168.65.254"], zone: "bottle.test")
    }

    var description: BottleDescription {
        var allow = ["\(plan.addresses.bundle)/32"]
        var resolvers: [String] = []
        let bounded = !isOpen && faults.isDisjoint(with: [.open, .hostnet, .plainbridge, .internalbridge])
        if !bounded { allow.append("0.0.0.0/0") }
        if has(.v6open) { allow.append("::/0") }
        if has(.sharednet) { allow.append("10.77.0.0/16") }
        if has(.autoresolver) { allow.append("198.51.100.53/32") }
        if has(.autoresolver) || has(.cidronly) { resolvers = ["198.51.100.53"] }
        let exposed = isOpen || has(.egress0000)
        return BottleDescription(
            bundleAddress: plan.addresses.bundle, ports: ["pipelock": 8888], guestUser: "node", guestHome: "/home/node",
            promptPath: Contract.promptPath, effectiveAllow: allow, effectiveResolvers: resolvers,
            bundleListeners: ["tcp 0.0.0.0:8888"] + (has(.extraport) ? ["tcp 0.0.0.0:9090"] : [])
                + (has(.anyport) ? ["tcp 0.0.0.0:6060"] : [])
                + (has(.egressoff) ? [] : ["tcp \(exposed ? "0.0.0.0" : "127.0.0.1"):9099"]),
            runningDaemons: ["egress", "pipelock"]
                .filter { !($0 == "egress" && has(.egressoff)) && !($0 == "pipelock" && has(.noproxy)) },
            environment: plan.guestEnvironment, machine: kind == .microvm ? machine : nil,
            network: kind == .microvm
                ? GuestNetwork(
                    loopbackAlias: Self.loopbackAlias, carriesIPv6: false, address: Self.ownAddress,
                    gatewayPorts: Self.gatewayPorts) : nil)
    }

    private var machine: MachineDescription {
        MachineDescription(
            hostPorts: [.init(6004, "readiness")], guestPorts: [.init(6000, "agent")], agentRequest: [0],
            openedPorts: isOpen ? [7000] : [], agentSockets: ["/storage/con-"],
            openedSockets: isOpen ? ["/run/host.sock"] : [],
            monitor: .init(
                uids: [2_000_000, 2_000_000, 2_000_000, 2_000_000], effectiveCapabilities: "0000000000000000",
                permittedCapabilities: "0000000000000000", hasNoNewPrivileges: true, seccompMode: 2,
                namespaces: ["mnt": "4026531840"]),
            channels: has(.sshagent) ? [.sshAgent] : has(.published) ? [.publishedPort] : [])
    }

    /// - Parameter meeting: Where the visitors of the second bottle leave their traces; its own evidence is the last made.
    func evidence(for check: any Check, hello: Hello, meeting: SimulatedMeeting? = nil) -> SessionEvidence {
        var evidence = SessionEvidence(plan: plan, description: description, field: field)
        evidence.suiteToken = Self.token
        evidence.sources = sources
        evidence.hostVariables = Self.hostVariables
        evidence.authorities = authorities.mapValues { $0.evidence(keyMode: has(.keyopen) ? 0o644 : 0o600) }
        for canary in field.canaries {
            for moment in [ControlRecord.Moment.before, .after] {
                evidence.controls.append(
                    ControlRecord(
                        canary: canary.id, moment: moment, nonce: .fresh(), answered: true, routeIsOurs: true))
            }
        }
        var declaration = Declaration(
            session: session, plan: plan, description: description, field: field, hello: hello,
            agentCommand: plan.agentCommand, sources: sources,
            scan: Self.scan, authorities: evidence.authorities)
        check.declare(&declaration)
        for step in declaration.probes {
            // One conversation may carry more of them than its own.
            if case .exchange(let exchange) = step.action {
                evidence.issuedNonces.formUnion(NonceScan.runs(in: exchange.turns.flatMap(\.send)))
            }
            evidence.issuedNonces.insert(step.nonce.text)
            var network = SimulatedNetwork(bottle: self, step: step, others: declaration.probes)
            let observation = has(.canned) ? nil : network.observe()
            evidence.probes[step.key] = ProbeOutcome(step: step, observation: observation)
            if !has(.canned) {
                evidence.witness += network.witness
                evidence.logs += network.logs
            }
        }
        for step in declaration.execs {
            evidence.issuedNonces.insert(step.nonce.text)
            evidence.execs[step.key] = ExecOutcome(
                step: step,
                result: SimulatedExec(bottle: self, execs: declaration.execs.map(\.request)).run(step.request))
        }
        (meeting ?? SimulatedMeeting(faults: faults, kind: kind)).hold(
            for: check as? any NeighbourCheck, self, hello, &evidence)
        return evidence
    }
}
