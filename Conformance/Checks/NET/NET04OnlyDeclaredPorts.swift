// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-04: the bundle's address offers the declared ports and no other.
package struct NET04OnlyDeclaredPorts: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-04",
        title: "the bundle offers the declared ports only",
        statement:
            "On the bundle's address exactly port 8888, 9418 iff git and 9100 iff supervise MUST be reachable; every other "
            + "TCP and UDP port MUST be closed, the daemons' own administration and metrics ports included.",
        why:
            "A network policy lets the guest reach an address and knows nothing of ports, so whatever a daemon opens "
            + "beside its service is open to the guest as well.",
        probed:
            "The guest connects to every TCP port from 1 to 65535 of the bundle, and the bundle's own table of listening "
            + "TCP and UDP sockets is read back: both must show the declared ports and nothing else. A sweep of part "
            + "of the open twin must find a port that is not declared, or it would have found none here. UDP ports "
            + "are judged by the table alone. A machine's gateway accepts before it dials: there a connection has to stay, "
            + "and \(Self.machinePorts) ports are swept, usual ones of services and random ones; a port that the gateway takes itself "
            + "in bottle and twin alike is judged by the table.",
        remedy: "Bind everything that is not for the guest to the bundle's loopback, or switch it off.",
        profiles: .fullProfiles,
        mutants: [
            "extraport": .violated, "anyport": .violated, "egress0000": .violated, "closedtwin": .inconclusive,
            "noproxy": .inconclusive, "mutetable": .inconclusive,
        ]
    )

    static let key = "sweep"
    /// Milliseconds: a sweep of ports that refuse takes one or two seconds on a busy machine.
    private static let budget = 20_000
    /// Of one of the short sweeps of a machine.
    private static let machineBudget = 5_000
    private static let ports: ClosedRange<UInt16> = 1...65_535
    /// What the twin sweeps: enough to show that the sweep finds a port, at a fraction of the time.
    static let twinPorts: ClosedRange<UInt16> = 8_000...12_000
    /// How many ports of a machine's bundle are swept: each takes a machine's gateway some hundredths of a second.
    static let machinePorts = 256
    /// Milliseconds that a connection through a machine's gateway has to stay.
    private static let settle = 1_000
    /// Where services of bundles, and what watches over them, usually are.
    static let usual: [ClosedRange<UInt16>] = [
        20...25, 53...53, 80...89, 443...443, 2375...2380, 3128...3128, 5000...5004, 6055...6064, 8000...8009,
        8080...8099,
        8880...8895, 9090...9105, 9410...9425,
    ]
    private static let blockLength: UInt16 = 16

    /// What one session sweeps, by the keys of the steps.
    private static func sweeps(_ kind: BackendKind, _ session: Session) -> [(key: String, ports: ClosedRange<UInt16>)] {
        guard kind == .microvm else { return [(key, session == .twin ? twinPorts : ports)] }
        var sweeps = usual.map { (key: "\(key)/\($0.lowerBound)", ports: $0) }
        var rest = machinePorts - usual.reduce(0) { $0 + $1.count }
        while session == .bottle, rest > 0 {
            let length = min(UInt16(rest), blockLength)
            let first = UInt16.random(in: 10_000...(.max - length))
            sweeps.append(("\(key)/random-\(sweeps.count)", first...(first + length - 1)))
            rest -= Int(length)
        }
        return sweeps
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let isMachine = declaration.hello.kind == .microvm
        for (key, ports) in Self.sweeps(declaration.hello.kind, declaration.session) {
            declaration.probe(
                key,
                .sweep(
                    address: declaration.description.bundleAddress, first: ports.lowerBound, last: ports.upperBound,
                    timeout: isMachine ? Self.machineBudget : Self.budget, settle: isMachine ? Self.settle : 0))
        }
        if declaration.session == .bottle { declaration.askHealth() }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let bundle = scene.description.bundleAddress
        let expected = Self.expected(scene.plan)
        // What was found before the bottle fell stays proven; that nothing was found does not.
        let gone = evidence.absence(of: .bottle).map { [Finding(.fact, .missing, $0)] } ?? []
        // An attempt without a canary has only this leg in common with other denials.
        let permitted = Denial(attempts: [], permitted: Declaration.health(evidence)).findings(evidence)
            .filter { $0.leg == .permitted }
        return .concluding(
            gone + permitted + Self.table(scene, expected) + Self.swept(evidence, scene, expected)
                + Self.twin(evidence),
            pass:
                "\(bundle) offers TCP \(Self.listed(expected)) and nothing else, by a sweep "
                + (evidence.hello.kind == .microvm ? "of \(Self.machinePorts) ports " : "")
                + "from the guest and by the bundle's own table")
    }

    /// The ports that the plan declares.
    static func expected(_ plan: BottlePlan) -> Set<UInt16> {
        var ports: Set<UInt16> = [Contract.pipelockPort]
        if plan.daemons.contains("git-gate") { ports.insert(Contract.gitGatePort) }
        if plan.daemons.contains("supervise") { ports.insert(Contract.supervisePort) }
        return ports
    }

    /// One listening socket that others than the bundle itself can reach.
    private struct Listener {
        let text: String
        let isTCP: Bool
        let port: UInt16

        /// nil for a socket on a loopback; an entry that cannot be read stands for port 0, which nobody declares.
        init?(_ text: String) {
            self.text = text
            isTCP = text.hasPrefix("tcp")
            let endpoint = text.split(separator: " ").last ?? ""
            let colon = endpoint.lastIndex(of: ":") ?? endpoint.endIndex
            let address = endpoint[..<colon]
            port = UInt16(endpoint[colon...].dropFirst()) ?? 0
            let isLoopback =
                ["[::1]", "::1"].contains(address) || address.hasPrefix("127.")
                || address.hasPrefix("[::ffff:127.")
            if isLoopback, port != 0 { return nil }
        }
    }

    private static func exposed(_ scene: SessionScene) -> [Listener] {
        scene.description.bundleListeners.compactMap(Listener.init)
    }

    private static func listed(_ ports: some Collection<UInt16>) -> String {
        let shown = ports.sorted().prefix(10).map { String($0) }.joined(separator: ", ")
        return ports.count > 10 ? "\(shown) and \(ports.count - 10) more" : shown
    }

    /// The bundle's own view.
    private static func table(_ scene: SessionScene, _ expected: Set<UInt16>) -> [Finding] {
        let listeners = exposed(scene)
        var findings = listeners.filter { !$0.isTCP || !expected.contains($0.port) }.map {
            Finding(.witness, .leak, "the bundle listens on \($0.text), which is not declared")
        }
        let silent = expected.subtracting(listeners.filter(\.isTCP).map(\.port))
        findings.append(
            silent.isEmpty
                ? Finding(.witness, .holds, "the bundle's table shows TCP \(listed(expected)) beyond its loopback")
                : Finding(
                    .witness, .missing,
                    "the bundle's table of listening sockets does not show the declared port \(listed(silent)), so what "
                        + "it does not show proves nothing: start the daemon, and let the driver read the table back "
                        + "whole"))
        return findings
    }

    /// The guest's view, compared with the bundle's.
    private static func swept(
        _ evidence: Evidence, _ scene: SessionScene, _ expected: Set<UInt16>
    ) -> [Finding] {
        let sweep = whole(evidence, .bottle)
        guard let open = sweep.open else {
            return [Finding(.attempt, .missing, "the sweep from the guest is not whole: \(sweep.fault)")]
        }
        let known = Set(exposed(scene).filter(\.isTCP).map(\.port))
        let surplus = open.subtracting(expected)
        var findings = surplus.intersection(known).sorted().map {
            Finding(.attempt, .leak, "the guest reached TCP port \($0) of the bundle, which is not declared")
        }
        // Some gateways accept before they dial, so that a connection alone does not prove that anybody is there.
        let gateways = takenByGateway(evidence)
        let odd = surplus.subtracting(known).subtracting(gateways)
        let taken = surplus.subtracting(known).intersection(gateways)
        if !taken.isEmpty {
            findings.append(
                Finding(
                    .attempt, .holds,
                    "the guest's own gateway took its connection to TCP \(listed(taken)) itself, as it did in the open "
                        + "twin, and nobody listens there by the bundle's table"))
        }
        if !odd.isEmpty {
            findings.append(
                Finding(
                    .attempt, .missing,
                    "the guest's connection to TCP \(listed(odd)) of the bundle was accepted, and the bundle's table "
                        + "shows no listener there: let the driver read the table back whole, or let what lies between "
                        + "refuse what nobody listens to"))
        }
        let closed = expected.subtracting(open)
        findings.append(
            closed.isEmpty
                ? Finding(
                    .attempt, .holds,
                    "of \(sweep.count) TCP ports the guest reached \(listed(open.subtracting(taken)))")
                : Finding(
                    .attempt, .missing,
                    "the sweep from the guest did not find the declared port \(listed(closed)): make PROXY-01 pass "
                        + "first"))
        return findings
    }

    /// Ports on which the guest's gateway answers in the place of the bundle: a driver's word for it is believed of those
    /// where the twin's guest was answered as well and the table of its bundle shows no listener.
    private static func takenByGateway(_ evidence: Evidence) -> Set<UInt16> {
        guard let said = evidence[.bottle]?.description?.network?.gatewayPorts, let twin = evidence.scene(.twin),
            let answered = whole(evidence, .twin).open
        else { return [] }
        return answered.intersection(said).subtracting(exposed(twin).filter(\.isTCP).map(\.port))
    }

    /// All sweeps of one session as one; the random ones are known from their steps.
    private static func whole(_ evidence: Evidence, _ session: Session) -> Sweep {
        let expected = sweeps(evidence.hello.kind, session)
        var whole = Sweep()
        for (key, ports) in expected {
            guard let probe = evidence.probe(key, in: session),
                case .sweep(_, let first, let last, _, let settle) = probe.step.action,
                first <= last, last - first == ports.upperBound - ports.lowerBound,
                key.contains("random") || first == ports.lowerBound
            else { return Sweep(fault: "the ports from \(ports.lowerBound) on were not tried") }
            whole.add(Sweep(probe.observation, of: first...last, watched: settle > 0))
        }
        return whole
    }

    /// The sweep finds what is open and not declared, shown where there is such a port.
    private static func twin(_ evidence: Evidence) -> [Finding] {
        guard let twin = evidence.scene(.twin) else {
            return [Finding(.twin, .missing, evidence.absence(of: .twin) ?? "nothing is known of the open twin")]
        }
        let sweep = whole(evidence, .twin)
        guard let open = sweep.open else {
            return [Finding(.twin, .missing, "the sweep in the open twin is not whole: \(sweep.fault)")]
        }
        let surplus = Set(exposed(twin).filter(\.isTCP).map(\.port)).subtracting(expected(twin.plan))
            .filter { port in
                let swept = evidence.hello.kind == .microvm ? usual : [twinPorts]
                return swept.contains { $0.contains(port) }
            }
        guard !surplus.isEmpty else {
            return [
                Finding(
                    .twin, .missing,
                    "the open twin's bundle opens no port that is not declared, so nothing shows that the sweep finds "
                        + "one: let egress of the open twin listen on all addresses of its bundle")
            ]
        }
        let missed = surplus.subtracting(open)
        return [
            missed.isEmpty
                ? Finding(.twin, .holds, "in the open twin the same sweep found TCP \(listed(surplus))")
                : Finding(.twin, .missing, "in the open twin the same sweep did not find TCP \(listed(missed))")
        ]
    }
}

/// The answer of a sweep, believed only when every port of it is accounted for.
private struct Sweep {
    /// The ports that accepted; nil when the sweep is not whole.
    private(set) var open: Set<UInt16>?
    /// What is wrong with it, as a phrase.
    private(set) var fault = ""
    /// How many ports were tried.
    private(set) var count = 0

    /// Of no port at all.
    init() { open = [] }

    init(fault: String) { self.fault = fault }

    /// Takes in another sweep; neither is whole when one is not.
    mutating func add(_ other: Sweep) {
        count += other.count
        guard let mine = open else { return }
        open = other.open.map(mine.union)
        fault = other.fault
    }

    /// - Parameter watched: Whether connections had to stay to count.
    init(_ observation: Observation?, of ports: ClosedRange<UInt16>, watched: Bool) {
        guard let observation, !observation.killed else {
            fault = "the probe did not report it"
            return
        }
        guard observation.stage == .done, observation.errno == nil else {
            fault = observation.errno ?? observation.stage.rawValue
            return
        }
        func count(_ name: String) -> Int? { observation.facts[name].flatMap { Int($0) } }
        let names = observation.facts["open"].map { $0.split(separator: ",").map { UInt16($0) } } ?? []
        guard let opened = count("opened"), let refused = count("refused"), let unreachable = count("unreachable"),
            let denied = count("denied"), let reset = watched ? count("reset") : 0, let late = count("timedout"),
            let failed = count("failed"),
            names.allSatisfy({ $0 != nil }), Set(names).count == opened
        else {
            fault = "its counts do not agree"
            return
        }
        let tried = opened + refused + unreachable + denied + reset
        guard late == 0, failed == 0, tried == ports.count else {
            fault =
                "\(tried) of \(ports.count) ports answered or were refused, \(late) gave no answer in time and "
                + "\(failed) failed: refuse what is closed instead of dropping it, and run again on a less busy machine"
            return
        }
        open = Set(names.compactMap { $0 })
        self.count = tried
    }
}
