// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
public import BottleDriver

/// Many actions of the probe in one exec: the lines it reads, and what its answers are worth.
///
/// The guest is hostile: whatever it prints, an answer counts only if one whole line carries the step's id and, first
/// and last, its nonce. Everything else is a missing observation.
public struct ProbeBatch: Sendable {
    public let steps: [ProbeStep]
    /// The lines for the probe's standard input; a step that cannot be said in one line is left out.
    public let input: [UInt8]
    /// Milliseconds after which the probe kills one of its actions.
    public let watchdogMilliseconds: Int
    private let rendered: [Bool]

    /// As many actions as the probe runs at once.
    private static let parallel = 32
    /// The most that the probe reads of a file, in bytes.
    private static let readLimit = 65_536
    private static let idPrefix = "p"

    public init(_ steps: [ProbeStep]) {
        self.steps = steps
        let longest = steps.compactMap(\.action.budget).map(Self.clamped).reduce(2000, max)
        watchdogMilliseconds = longest + 1000
        let lines = steps.enumerated().map { Self.line(of: $1, id: Self.id($0)) }
        rendered = lines.map { $0 != nil }
        let speaksTLS = steps.contains { $0.action.exchange?.secured != nil }
        let helper = speaksTLS ? ["helper \(Self.hex(Contract.secureHelperPath.utf8))"] : []
        let text = (["timeout \(watchdogMilliseconds)"] + helper + lines.compactMap { $0 }).map { $0 + "\n" }.joined()
        input = Array(text.utf8)
    }

    /// How many of those that run at once a step counts for, as the probe has it.
    private static func slots(of step: ProbeStep) -> Int {
        switch step.action {
        case .exchange(let exchange), .awaited(let exchange): exchange.secured == nil ? 1 : 8
        default: 1
        }
    }

    /// The exec that runs the batch; its deadline leaves room for every action to use up its budget.
    public func request(probePath: String, target: ExecTarget = .guest, user: String? = nil) -> ExecRequest {
        let rounds = (steps.reduce(0) { $0 + Self.slots(of: $1) } + Self.parallel - 1) / Self.parallel
        return ExecRequest(
            [probePath, "batch"], target: target, user: user, stdin: input,
            deadlineMilliseconds: max(10_000, rounds * watchdogMilliseconds + 5000))
    }

    private static func id(_ index: Int) -> String { "\(idPrefix)\(index)" }

    /// The step an id in an answer belongs to.
    func index(of id: String) -> Int? {
        guard id.hasPrefix(Self.idPrefix), let index = Int(id.dropFirst(Self.idPrefix.count)),
            steps.indices.contains(index), rendered[index], Self.id(index) == id
        else { return nil }
        return index
    }

    private static func clamped(_ milliseconds: Int) -> Int { min(max(milliseconds, 1), 600_000) }

    private static func line(of step: ProbeStep, id: String) -> String? {
        let nonce = step.nonce.text
        // An address comes from a driver's description and must not be able to add a line of its own.
        guard isNonce(nonce) else { return nil }
        switch step.action {
        case .exchange(let exchange): return line(of: exchange, "exchange \(id) \(nonce)")
        case .awaited(let exchange): return line(of: exchange, "await \(id) \(nonce)")
        case .listen(let address, let port, let banner, let timeout):
            guard isAddress(address) else { return nil }
            return "listen \(id) \(nonce) \(address) \(port) \(clamped(timeout)) \(hex(banner))"
        case .file(let path): return "file \(id) \(nonce) \(hex(path.utf8))"
        case .readFile(let path, let limit):
            return "readfile \(id) \(nonce) \(hex(path.utf8)) \(min(max(limit, 1), Self.readLimit))"
        case .identity: return "identity \(id) \(nonce)"
        case .environment: return "environment \(id) \(nonce)"
        case .sockets: return "sockets \(id) \(nonce)"
        case .selfTest(let address): return isAddress(address) ? "selftest \(id) \(nonce) \(address)" : nil
        case .writeFile(let path, let bytes): return "writefile \(id) \(nonce) \(hex(path.utf8)) \(hex(bytes))"
        case .appendFile(let path, let bytes): return "appendfile \(id) \(nonce) \(hex(path.utf8)) \(hex(bytes))"
        case .tree(let path): return "tree \(id) \(nonce) \(hex(path.utf8))"
        case .certificates(let path): return "certificates \(id) \(nonce) \(hex(path.utf8))"
        case .environs: return "environs \(id) \(nonce)"
        case .arguments: return "arguments \(id) \(nonce)"
        case .unixSockets(let decoy): return "unixsockets \(id) \(nonce) \(hex(decoy.utf8))"
        case .vsock(let sweep): return line(of: sweep, "vsock \(id) \(nonce)")
        case .powers: return "powers \(id) \(nonce)"
        case .surfaces(let read, let write):
            return (["surfaces \(id) \(nonce)"] + read.map { "r:\(hex($0.utf8))" } + write.map { "w:\(hex($0.utf8))" })
                .joined(separator: " ")
        case .scan(let scan):
            let marks = scan.marks.map { "\($0.label):\($0.length):\($0.tag):\($0.digest)" }
            let head =
                "scan \(id) \(nonce) \(clamped(scan.timeout)) \(max(scan.since, 0)) \(max(scan.made, 0)) \(scan.readsDevices ? 1 : 0) "
                + "\(scan.base) \(hex(scan.salt)) \(hex(scan.root.utf8))"
            return ([head] + marks).joined(separator: " ")
        case .sweep(let address, let first, let last, let timeout, let settle):
            guard isAddress(address) else { return nil }
            let watched = min(max(settle, 0), clamped(timeout))
            return "sweep \(id) \(nonce) \(address) \(first) \(last) \(clamped(timeout)) \(watched)"
        }
    }

    private static func line(of exchange: Exchange, _ start: String) -> String? {
        guard isAddress(exchange.address, on: exchange.transport) else { return nil }
        let head =
            "\(start) \(exchange.transport.rawValue) \(exchange.address) \(exchange.port) "
            + "\(clamped(exchange.timeout))"
        var words = exchange.turns.map(turn)
        if let secured = exchange.secured {
            guard exchange.transport == .tcp, words.indices.contains(secured.turns) else { return nil }
            words.insert(word(of: secured), at: secured.turns)
        }
        return ([head] + words).joined(separator: " ")
    }

    private static func word(of secured: Exchange.Secured) -> String {
        let trust: String =
            switch secured.trust {
            case .anybody: ""
            case .file(let path): path
            }
        let texts = [secured.serverName ?? "", trust, secured.protocols.joined(separator: ",")]
        return "tls:" + texts.map { hex($0.utf8) }.joined(separator: ":")
    }

    private static func line(of sweep: VsockSweep, _ start: String) -> String {
        func list(_ items: [String]) -> String { items.isEmpty ? "-" : items.joined(separator: ",") }
        let ports = sweep.ports.map { "\($0.lowerBound)-\($0.upperBound)" }
        return
            "\(start) \(clamped(sweep.timeout)) \(sweep.includesOwn ? 1 : 0) \(list(sweep.contexts.map(String.init))) \(list(ports))"
    }

    private static func turn(_ turn: Exchange.Turn) -> String {
        let until =
            switch turn.until {
            case .close: "close"
            case .headers: "headers"
            case .datagram: "datagram"
            case .bytes(let count): "bytes:\(max(count, 0))"
            }
        return "\(hex(turn.send))/\(until)"
    }

    private static func hex(_ bytes: some Collection<UInt8>) -> String { bytes.isEmpty ? "-" : Hex.encode(bytes) }

    private static func isNonce(_ text: String) -> Bool {
        text.utf8.count == 32 && NonceScan.runs(in: text.utf8) == [text]
    }

    private static func isAddress(_ text: String, on transport: Exchange.Transport) -> Bool {
        switch transport {
        case .unix: text.hasPrefix("@") && isAddress(String(text.dropFirst()))
        case .vsock:
            text.split(separator: ":", omittingEmptySubsequences: false)
                .map { UInt32($0) != nil || text.hasPrefix("\(Exchange.ownContext):") && $0 == Exchange.ownContext }
                == [true, true]
        case .tcp, .udp, .udpUnconnected: isAddress(text)
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { unit in
                switch unit {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "%"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension ProbeAction {
    /// The conversation that it is, if it is one.
    var exchange: Exchange? {
        switch self {
        case .exchange(let exchange), .awaited(let exchange): exchange
        default: nil
        }
    }

    /// How long it may take by its own account, milliseconds; nil for what does not wait for anybody.
    var budget: Int? {
        switch self {
        case .exchange(let exchange), .awaited(let exchange): exchange.timeout
        case .listen(_, _, _, let timeout), .sweep(_, _, _, let timeout, _): timeout
        case .scan(let scan): scan.timeout
        case .vsock(let sweep): sweep.timeout
        default: nil
        }
    }
}
