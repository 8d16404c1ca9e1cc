// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// One probe to run, as one line of the input asked for it.
struct Request {
    /// What to do.
    enum Action {
        case exchange(Exchange)
        /// Tried again while it is refused.
        case awaited(Exchange)
        case listen(probe_address, budget: UInt64, banner: Bytes)
        case file(path: Bytes)
        case readFile(path: Bytes, limit: Int)
        case identity
        case environment
        case sockets
        case selfTest(probe_address)
        case writeFile(path: Bytes, bytes: Bytes)
        case appendFile(path: Bytes, bytes: Bytes)
        case tree(path: Bytes)
        case certificates(path: Bytes)
        case environs
        case arguments
        case sweep(probe_address, ClosedRange<UInt16>, budget: UInt64, settle: UInt64)
        case powers
        case vsock(VsockFacts)
        case unixSockets(decoy: Bytes)
        case surfaces([(path: Bytes, isWritten: Bool)])
        case scan(Marks, ScanFacts.Scope)
    }

    /// One conversation over one socket.
    struct Exchange {
        enum Transport {
            case tcp
            case udp
            case udpUnconnected
            case unix
            case vsock
        }
        /// When to stop reading after a send.
        enum Until {
            case close
            case headers
            case datagram
            case bytes(Int)
        }
        struct Turn {
            var send: Bytes
            var until: Until
        }
        /// From which turn on the conversation is TLS, and with whom; texts end with a zero byte.
        struct Secured {
            /// The path of the program that speaks TLS.
            var helper: Bytes
            var turns: Int
            var serverName: Bytes
            var trust: Bytes
            var protocols: Bytes
        }
        var transport: Transport
        var address: probe_address
        /// 0, or the negative error number of a scope that names no interface here.
        var addressError: Int32
        /// Microseconds for the whole conversation.
        var budget: UInt64
        var turns: [Turn]
        var secured: Secured?
    }

    var id: Bytes
    var nonce: Bytes
    var action: Action
    /// Microseconds after which the probe is killed.
    var watchdog: UInt64

    /// How many of those that may run at once it counts for. TLS takes a process of its own and a handshake at each of the
    /// proxies on the way.
    var slots: Int {
        switch action {
        case .exchange(let exchange), .awaited(let exchange): exchange.secured == nil ? 1 : 8
        default: 1
        }
    }

    /// Runs the probe in this process; `limit` in microseconds shortens the budget of an exchange.
    func perform(limit: UInt64?) -> Outcome {
        switch action {
        case .exchange(var exchange):
            if let limit, limit < exchange.budget { exchange.budget = limit }
            var conversation = Conversation(exchange)
            return conversation.run()
        case .awaited(var exchange):
            if let limit, limit < exchange.budget { exchange.budget = limit }
            return Conversation.await(exchange)
        case .listen(let address, let budget, let banner):
            var listener = Listener(ownNonce: nonce, banner: banner, budget: min(budget, limit ?? budget))
            return listener.run(address)
        case .file(let path): return FileFacts.collect(path)
        case .readFile(let path, let limit): return FileFacts.read(path, limit: limit)
        case .identity: return IdentityFacts.collect()
        case .environment: return EnvironmentFacts.collect()
        case .sockets: return SocketFacts.collect()
        case .selfTest(let address): return SelfTest.run(address, nonce: nonce, budget: min(watchdog, 5_000_000))
        case .writeFile(let path, let bytes): return FileFacts.create(path, bytes)
        case .appendFile(let path, let bytes): return FileFacts.append(path, bytes)
        case .tree(let path):
            var tree = TreeFacts()
            return tree.collect(path)
        case .certificates(let path): return CertificateFacts.collect(path)
        case .environs: return EnvironmentFacts.collectAll()
        case .arguments: return EnvironmentFacts.arguments()
        case .unixSockets(let decoy):
            var facts = UnixFacts()
            return facts.collect(decoy: decoy)
        case .vsock(let facts): return facts.collect(limit: limit)
        case .powers: return KernelFacts.powers()
        case .surfaces(let paths): return KernelFacts.surfaces(paths)
        case .scan(let marks, var scope):
            scope.budget = min(scope.budget, limit ?? scope.budget)
            var scan = ScanFacts(marks, scope)
            return scan.collect()
        case .sweep(let address, let ports, let budget, let settle):
            return SweepFacts.collect(address, ports, budget: min(budget, limit ?? budget), settle: settle)
        }
    }
}
