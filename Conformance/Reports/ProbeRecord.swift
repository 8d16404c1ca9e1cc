// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

/// One probe step with its outcome in an event log.
struct ProbeRecord: Codable {
    struct ObservationRecord: Codable {
        var stage: Observation.Stage
        var errno: String?
        var elapsedMilliseconds: Double
        var received: [BytesRecord]
        var killed: Bool
        var facts: [String: String]

        init(_ observation: Observation) {
            stage = observation.stage
            errno = observation.errno
            elapsedMilliseconds = observation.elapsedMilliseconds
            received = observation.received.map(BytesRecord.init)
            killed = observation.killed
            facts = observation.facts
        }

        /// The runtime value again.
        var value: Observation {
            Observation(
                stage: stage, errno: errno, elapsedMilliseconds: elapsedMilliseconds, received: received.map(\.bytes),
                killed: killed, facts: facts)
        }
    }

    var key: String
    var nonce: String
    var target: ExecTarget
    var canary: String?
    var action: ActionRecord
    /// nil is the agent of a guest, and the bundle's own user.
    var user: String?
    /// nil is `during`.
    var phase: ProbeStep.Phase?
    var observation: ObservationRecord?

    init(_ outcome: ProbeOutcome) {
        key = outcome.step.key
        nonce = outcome.step.nonce.text
        target = outcome.step.target
        canary = outcome.step.canary
        action = ActionRecord(outcome.step.action)
        user = outcome.step.user
        phase = outcome.step.phase == .during ? nil : outcome.step.phase
        observation = outcome.observation.map(ObservationRecord.init)
    }

    /// The runtime value again.
    var value: ProbeOutcome {
        let step = ProbeStep(
            key: key, nonce: Nonce(text: nonce), target: target, canary: canary, action: action.value, user: user,
            phase: phase ?? .during)
        return ProbeOutcome(step: step, observation: observation?.value)
    }
}

/// What a probe was told to do in an event log: `type` names it, the other fields belong to the type.
struct ActionRecord: Codable {
    let value: ProbeAction

    init(_ action: ProbeAction) { value = action }

    private enum Kind: String, Codable {
        case exchange, file, identity, environment, sockets, tree, environs, arguments, sweep, powers, surfaces, scan,
            listen, vsock, certificates
        case awaited = "await"
        case selfTest = "self-test"
        case writeFile = "write-file"
        case appendFile = "append-file"
        case readFile = "read-file"
        case unixSockets = "unix-sockets"
    }

    private enum Key: String, CodingKey {
        case type, path, address, bytes, transport, port, turns, timeout, first, last, settle, read, write, limit
        case base, salt, marks, since, made, devices
        case contexts, own, ports
        case secured
    }

    private struct SecuredRecord: Codable {
        var after: Int
        var serverName: String?
        /// A file in the guest; nil believes everybody.
        var trust: String?
        var protocols: [String]

        init(_ secured: Exchange.Secured) {
            after = secured.turns
            serverName = secured.serverName
            if case .file(let path) = secured.trust { trust = path }
            protocols = secured.protocols
        }

        var value: Exchange.Secured {
            Exchange.Secured(
                after: after, serverName: serverName, trust: trust.map { .file($0) } ?? .anybody, protocols: protocols)
        }
    }

    private struct TurnRecord: Codable {
        var send: BytesRecord
        /// `close`, `headers`, `datagram`, or a number of bytes.
        var until: String

        init(_ turn: Exchange.Turn) {
            send = BytesRecord(turn.send)
            until =
                switch turn.until {
                case .close: "close"
                case .headers: "headers"
                case .datagram: "datagram"
                case .bytes(let count): String(count)
                }
        }

        func value(_ decoder: any Decoder) throws -> Exchange.Turn {
            let end: Exchange.Until
            switch until {
            case "close": end = .close
            case "headers": end = .headers
            case "datagram": end = .datagram
            default:
                guard let count = Int(until) else {
                    throw DecodingError.dataCorrupted(
                        .init(codingPath: decoder.codingPath, debugDescription: "unknown end of a turn"))
                }
                end = .bytes(count)
            }
            return Exchange.Turn(send: send.bytes, until: end)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch value {
        case .exchange(let exchange): try Self.encode(exchange, .exchange, to: &container)
        case .awaited(let exchange): try Self.encode(exchange, .awaited, to: &container)
        case .listen(let address, let port, let banner, let timeout):
            try container.encode(Kind.listen, forKey: .type)
            try container.encode(address, forKey: .address)
            try container.encode(port, forKey: .port)
            try container.encode(BytesRecord(banner), forKey: .bytes)
            try container.encode(timeout, forKey: .timeout)
        case .file(let path):
            try container.encode(Kind.file, forKey: .type)
            try container.encode(path, forKey: .path)
        case .readFile(let path, let limit):
            try container.encode(Kind.readFile, forKey: .type)
            try container.encode(path, forKey: .path)
            try container.encode(limit, forKey: .limit)
        case .identity: try container.encode(Kind.identity, forKey: .type)
        case .environment: try container.encode(Kind.environment, forKey: .type)
        case .sockets: try container.encode(Kind.sockets, forKey: .type)
        case .selfTest(let address):
            try container.encode(Kind.selfTest, forKey: .type)
            try container.encode(address, forKey: .address)
        case .writeFile(let path, let bytes):
            try container.encode(Kind.writeFile, forKey: .type)
            try container.encode(path, forKey: .path)
            try container.encode(BytesRecord(bytes), forKey: .bytes)
        case .appendFile(let path, let bytes):
            try container.encode(Kind.appendFile, forKey: .type)
            try container.encode(path, forKey: .path)
            try container.encode(BytesRecord(bytes), forKey: .bytes)
        case .tree(let path):
            try container.encode(Kind.tree, forKey: .type)
            try container.encode(path, forKey: .path)
        case .certificates(let path):
            try container.encode(Kind.certificates, forKey: .type)
            try container.encode(path, forKey: .path)
        case .environs: try container.encode(Kind.environs, forKey: .type)
        case .arguments: try container.encode(Kind.arguments, forKey: .type)
        case .unixSockets(let decoy):
            try container.encode(Kind.unixSockets, forKey: .type)
            try container.encode(decoy, forKey: .path)
        case .vsock(let sweep):
            try container.encode(Kind.vsock, forKey: .type)
            try container.encode(sweep.contexts, forKey: .contexts)
            try container.encode(sweep.includesOwn, forKey: .own)
            try container.encode(sweep.ports.map { [$0.lowerBound, $0.upperBound] }, forKey: .ports)
            try container.encode(sweep.timeout, forKey: .timeout)
        case .powers: try container.encode(Kind.powers, forKey: .type)
        case .surfaces(let read, let write):
            try container.encode(Kind.surfaces, forKey: .type)
            try container.encode(read, forKey: .read)
            try container.encode(write, forKey: .write)
        case .scan(let scan):
            try container.encode(Kind.scan, forKey: .type)
            try container.encode(scan.root, forKey: .path)
            // In digits: a number of 64 bits is more than JSON's readers keep.
            try container.encode(String(scan.base), forKey: .base)
            try container.encode(Hex.encode(scan.salt), forKey: .salt)
            try container.encode(scan.marks, forKey: .marks)
            try container.encode(scan.since, forKey: .since)
            try container.encode(scan.made, forKey: .made)
            try container.encode(scan.readsDevices, forKey: .devices)
            try container.encode(scan.timeout, forKey: .timeout)
        case .sweep(let address, let first, let last, let timeout, let settle):
            try container.encode(Kind.sweep, forKey: .type)
            if settle != 0 { try container.encode(settle, forKey: .settle) }
            try container.encode(address, forKey: .address)
            try container.encode(first, forKey: .first)
            try container.encode(last, forKey: .last)
            try container.encode(timeout, forKey: .timeout)
        }
    }

    private static func encode(
        _ exchange: Exchange, _ kind: Kind, to container: inout KeyedEncodingContainer<Key>
    ) throws {
        try container.encode(kind, forKey: .type)
        try container.encode(exchange.transport, forKey: .transport)
        try container.encode(exchange.address, forKey: .address)
        try container.encode(exchange.port, forKey: .port)
        try container.encode(exchange.turns.map(TurnRecord.init), forKey: .turns)
        try container.encodeIfPresent(exchange.secured.map(SecuredRecord.init), forKey: .secured)
        try container.encode(exchange.timeout, forKey: .timeout)
    }

    private static func exchange(
        _ container: KeyedDecodingContainer<Key>, _ decoder: any Decoder
    ) throws -> Exchange {
        Exchange(
            try container.decode(Exchange.Transport.self, forKey: .transport),
            try container.decode(String.self, forKey: .address),
            try container.decode(UInt16.self, forKey: .port),
            turns: try container.decode([TurnRecord].self, forKey: .turns).map { try $0.value(decoder) },
            secured: try container.decodeIfPresent(SecuredRecord.self, forKey: .secured)?.value,
            timeout: try container.decode(Int.self, forKey: .timeout))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Kind.self, forKey: .type) {
        case .exchange: value = .exchange(try Self.exchange(container, decoder))
        case .awaited: value = .awaited(try Self.exchange(container, decoder))
        case .listen:
            value = .listen(
                address: try container.decode(String.self, forKey: .address),
                port: try container.decode(UInt16.self, forKey: .port),
                banner: try container.decode(BytesRecord.self, forKey: .bytes).bytes,
                timeout: try container.decode(Int.self, forKey: .timeout))
        case .file: value = .file(path: try container.decode(String.self, forKey: .path))
        case .readFile:
            value = .readFile(
                path: try container.decode(String.self, forKey: .path),
                limit: try container.decode(Int.self, forKey: .limit))
        case .identity: value = .identity
        case .environment: value = .environment
        case .sockets: value = .sockets
        case .selfTest: value = .selfTest(address: try container.decode(String.self, forKey: .address))
        case .writeFile:
            value = .writeFile(
                path: try container.decode(String.self, forKey: .path),
                bytes: try container.decode(BytesRecord.self, forKey: .bytes).bytes)
        case .appendFile:
            value = .appendFile(
                path: try container.decode(String.self, forKey: .path),
                bytes: try container.decode(BytesRecord.self, forKey: .bytes).bytes)
        case .tree: value = .tree(path: try container.decode(String.self, forKey: .path))
        case .certificates: value = .certificates(path: try container.decode(String.self, forKey: .path))
        case .environs: value = .environs
        case .arguments: value = .arguments
        case .powers: value = .powers
        case .vsock:
            let ports = try container.decode([[UInt32]].self, forKey: .ports).map { bounds in
                guard bounds.count == 2, bounds[0] <= bounds[1] else {
                    throw DecodingError.dataCorrupted(
                        .init(codingPath: decoder.codingPath, debugDescription: "no range of ports"))
                }
                return bounds[0]...bounds[1]
            }
            value = .vsock(
                VsockSweep(
                    contexts: try container.decode([UInt32].self, forKey: .contexts),
                    includesOwn: try container.decode(Bool.self, forKey: .own), ports: ports,
                    timeout: try container.decode(Int.self, forKey: .timeout)))
        case .unixSockets: value = .unixSockets(decoy: try container.decode(String.self, forKey: .path))
        case .surfaces:
            value = .surfaces(
                read: try container.decode([String].self, forKey: .read),
                write: try container.decode([String].self, forKey: .write))
        case .scan:
            guard let base = UInt64(try container.decode(String.self, forKey: .base)),
                let salt = Hex.decode(try container.decode(String.self, forKey: .salt))
            else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "no number or no hex in a scan"))
            }
            value = .scan(
                Scan(
                    root: try container.decode(String.self, forKey: .path), base: base, salt: salt,
                    marks: try container.decode([Scan.Mark].self, forKey: .marks),
                    since: try container.decode(Int64.self, forKey: .since),
                    made: try container.decode(Int64.self, forKey: .made),
                    readsDevices: try container.decode(Bool.self, forKey: .devices),
                    timeout: try container.decode(Int.self, forKey: .timeout)))
        case .sweep:
            value = .sweep(
                address: try container.decode(String.self, forKey: .address),
                first: try container.decode(UInt16.self, forKey: .first),
                last: try container.decode(UInt16.self, forKey: .last),
                timeout: try container.decode(Int.self, forKey: .timeout),
                settle: try container.decodeIfPresent(Int.self, forKey: .settle) ?? 0)
        }
    }
}
