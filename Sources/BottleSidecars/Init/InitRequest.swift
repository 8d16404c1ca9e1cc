// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What init is told over its standard input.
package struct InitRequest: Sendable {
    package enum Daemon: String, Sendable, CaseIterable { case egress, pipelock }

    /// The largest document that init reads, in bytes.
    package static let documentLimit = 1 << 20

    package var daemons: [Daemon]
    package var bundleAddress: IPAddress
    package var pipelockConfig: String
    /// Nil for a bottle without routes.
    package var routesConfig: String?
    /// Configuration that came with the document, by the path it is written to; a file that is there already has none.
    package var texts: [String: String] = [:]
    /// The two files of the authority with which a daemon opens TLS; a daemon without one opens none.
    package var authorities: [Daemon: CertificateFiles] = [:]
    /// Private keys that came with the document, by the path they are written to.
    package var privateKeys: [String: Redacted<String>] = [:]
    /// A file of certificates that pipelock trusts upstream besides the system's; nil names nobody.
    package var trust: String?
    package var isOpen = false
    /// A pipelock in the bundle that runs in place of the reference's; nil where there is none.
    package var pipelockProgram: String?
    package var faults: Set<Fault> = []
    /// Values by variable name; they reach egress's environment and nothing else.
    package var tokens: [String: Redacted<String>] = [:]
    /// The port of egress on loopback.
    package var egressPort = Contract.egressPort
    /// The name server `ADDRESS:PORT`; the first of /etc/resolv.conf when nil.
    package var resolver: String?

    /// Who carries a fault out.
    package enum FaultOwner: Sendable, Hashable { case initProcess, egress, pipelock }

    /// The faults that belong to a bundle.
    package static let faultOwners: [Fault: FaultOwner] = [
        .egress0000: .egress, .noinject: .egress, .nostrip: .egress, .egressoff: .initProcess, .noproxy: .initProcess,
        .tcpsink: .pipelock, .denyall: .pipelock, .nossrf: .pipelock, .httponly: .pipelock, .connectonly: .pipelock,
        .emptyopen: .pipelock, .extraport: .pipelock, .anyport: .pipelock, .nosni: .egress, .insecure: .pipelock,
        .warn: .pipelock, .passthrough: .pipelock, .suffixroute: .egress,
        .literal: .pipelock, .suffix: .pipelock, .resolvefirst: .pipelock, .firstonly: .egress, .adminopen: .pipelock,
        .noredact: .egress, .noentropy: .pipelock, .reresolve: .pipelock, .follow: .pipelock, .envall: .initProcess,
        .direct: .egress, .tokenless: .egress,
    ]

    /// Decodes the document; throws `.input` with one sentence that never repeats a token.
    package init(document: [UInt8]) throws(BottleError) {
        let root = try ConfigNode(document: document, file: "stdin")
        let keys = try root.object(known: [
            "daemons", "bundle_address", "pipelock_config", "routes_config", "open", "faults", "tokens", "egress_port",
            "resolver", "pipelock_text", "routes_text", "authorities", "trust", "trust_text", "pipelock_program",
        ])
        guard let daemonNodes = keys["daemons"], let addressNode = keys["bundle_address"],
            let pipelockNode = keys["pipelock_config"]
        else { throw root.failure("daemons, bundle_address and pipelock_config are required") }
        daemons = []
        for node in try daemonNodes.array() {
            let name = try node.string()
            guard let daemon = Daemon(rawValue: name), !daemons.contains(daemon) else {
                throw node.failure("'\(name)' must be egress or pipelock, and each only once")
            }
            daemons.append(daemon)
        }
        let addressText = try addressNode.string()
        guard let address = IPAddress(addressText) else {
            throw addressNode.failure("'\(addressText)' is no IP address")
        }
        bundleAddress = address
        pipelockConfig = try pipelockNode.string()
        if let node = keys["routes_config"], !node.isNull { routesConfig = try node.string() }
        if let node = keys["pipelock_text"], !node.isNull { texts[pipelockConfig] = try node.string() }
        if let node = keys["routes_text"], !node.isNull {
            guard let path = routesConfig else { throw node.failure("there is no routes_config to write it to") }
            texts[path] = try node.string()
        }
        if let node = keys["authorities"], !node.isNull { try readAuthorities(node) }
        try readTrust(path: keys["trust"], text: keys["trust_text"])
        if let node = keys["open"] { isOpen = try node.bool() }
        if let node = keys["egress_port"] { egressPort = UInt16(truncatingIfNeeded: try node.integer(in: 1...65535)) }
        if let node = keys["resolver"], !node.isNull { resolver = try node.string() }
        for node in try keys["faults"]?.array() ?? [] {
            let name = try node.string()
            guard let fault = Fault(rawValue: name), Self.faultOwners[fault] != nil else {
                throw node.failure("'\(name)' is no fault of a bundle")
            }
            faults.insert(fault)
        }
        if let node = keys["pipelock_program"], !node.isNull { try readProgram(node) }
        for (name, node) in try keys["tokens"]?.members() ?? [:] {
            guard RouteTable.isVariableName(name) else {
                throw node.failure("the name cannot be that of an environment variable for a token")
            }
            let value = try node.string()
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                throw node.failure("the value holds a control character and cannot stand in a header")
            }
            tokens[name] = Redacted(value)
        }
    }

    /// - Throws: `.input` for what the reference does and another program does not.
    private mutating func readProgram(_ node: ConfigNode) throws(BottleError) {
        let path = try node.string()
        guard path.hasPrefix("/") else { throw node.failure("'\(path)' is no absolute path in the bundle") }
        guard !isOpen else { throw node.failure("only the reference's pipelock can be open") }
        if let fault = faults.filter({ Self.faultOwners[$0] == .pipelock }).map(\.rawValue).min() {
            throw node.failure("only the reference's pipelock has the fault '\(fault)'")
        }
        pipelockProgram = path
    }

    /// The pipelock that is not the reference's, for a daemon that is one.
    func foreign(_ daemon: Daemon) -> ForeignPipelock? {
        daemon == .pipelock ? pipelockProgram.map { ForeignPipelock(program: $0) } : nil
    }

    /// The daemons to start: a fault may leave one out.
    package var startedDaemons: [Daemon] {
        daemons.filter {
            !($0 == .egress && faults.contains(.egressoff)) && !($0 == .pipelock && faults.contains(.noproxy))
        }
    }

    /// The argument vector of a daemon, without any token.
    package func arguments(of daemon: Daemon) -> [String] {
        if let foreign = foreign(daemon) { return foreign.arguments(self) }
        var arguments = ["bottle-bundle", daemon.rawValue]
        switch daemon {
        case .pipelock:
            arguments += ["--config", pipelockConfig] + (routesConfig.map { ["--routes", $0] } ?? [])
            arguments += ["--egress", "127.0.0.1:\(egressPort)", "--bundle-address", "\(bundleAddress)"]
            if isOpen { arguments.append("--open") }
            if let resolver { arguments += ["--resolver", resolver] }
            // Its authority stands in its configuration.
            if let trust { arguments += ["--trust", trust] }
        case .egress:
            let listen: IPAddress = isOpen ? .any : .loopback
            arguments += (routesConfig.map { ["--routes", $0] } ?? []) + ["--listen", "\(listen):\(egressPort)"]
            arguments += authorityArguments
            // It asks nobody, unless it is broken so.
            if faults.contains(.direct), let resolver { arguments += ["--resolver", resolver] }
        }
        let owner: FaultOwner = daemon == .egress ? .egress : .pipelock
        for fault in faults.sorted(by: { $0.rawValue < $1.rawValue }) where Self.faultOwners[fault] == owner {
            arguments += ["--fault", fault.rawValue]
        }
        return arguments
    }

    /// The whole environment of a daemon, `NAME=value`.
    package func environment(of daemon: Daemon, pipelockPort: UInt16) -> Redacted<[String]> {
        if let foreign = foreign(daemon) { return Redacted(foreign.environment(self)) }
        let variables = tokens.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.exposed)" }
        guard daemon == .egress else { return Redacted(faults.contains(.envall) ? variables : []) }
        return Redacted(["EGRESS_UPSTREAM_PROXY=http://127.0.0.1:\(pipelockPort)"] + variables)
    }
}
