// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Reads the list of probes, a line at a time.
struct BatchInput {
    /// What a line turned out to be.
    enum Line {
        case request(Request)
        case nothing
        case malformed(StaticString)
    }

    /// Microseconds after which a probe is killed; applies to the lines that follow it.
    private(set) var watchdog: UInt64 = 10_000_000
    /// How many probes run at once.
    private(set) var parallel = 32

    /// The helper for TLS, which the lines that follow use; ends with a zero byte, and is empty where nobody named one.
    private(set) var helper: Bytes = []

    /// The most that run at once: each costs the parent a descriptor.
    private static let mostParallel: UInt64 = 256
    /// One hour: above it, a number is a mistake.
    private static let mostMilliseconds: UInt64 = 3_600_000

    /// Understands one line; settings change this value and yield `nothing`.
    mutating func parse(_ line: Bytes) -> Line {
        if line.isEmpty { return .nothing }
        let fields = line.pieces(separatedBy: 0x20)
        if fields.count == 2, fields[0].equals("timeout") {
            guard let value = fields[1].decimal, (1...Self.mostMilliseconds).contains(value) else {
                return .malformed("timeout must be 1 to 3600000 milliseconds")
            }
            watchdog = value * 1000
            return .nothing
        }
        if fields.count == 2, fields[0].equals("parallel") {
            guard let value = fields[1].decimal, (1...Self.mostParallel).contains(value) else {
                return .malformed("parallel must be 1 to 256")
            }
            parallel = Int(value)
            return .nothing
        }
        if fields.count == 2, fields[0].equals("helper") {
            guard let path = Self.path(fields[1]), path[0] == 0x2f else {
                return .malformed("helper must be an absolute path in lower-case hex")
            }
            helper = path.terminated
            return .nothing
        }
        guard fields.count >= 3, fields.allSatisfy({ !$0.isEmpty }) else {
            return .malformed("expected: kind, id, nonce and arguments, separated by single spaces")
        }
        guard Utf8.isValid(fields[1]), Utf8.isValid(fields[2]) else {
            return .malformed("id and nonce must be UTF-8")
        }
        switch action(fields[0], fields[3...]) {
        case .success(let action):
            return .request(Request(id: fields[1], nonce: fields[2], action: action, watchdog: watchdog))
        case .failure(let problem):
            return .malformed(problem.text)
        }
    }

    private struct Problem: Error {
        var text: StaticString
    }

    private func action(_ kind: Bytes, _ arguments: ArraySlice<Bytes>) -> Result<Request.Action, Problem> {
        let list = Array(arguments)
        if kind.equals("exchange") { return exchange(list).map { .exchange($0) } }
        if kind.equals("await") { return exchange(list).map { .awaited($0) } }
        if kind.equals("listen") { return listen(list) }
        if kind.equals("identity"), list.isEmpty { return .success(.identity) }
        if kind.equals("environment"), list.isEmpty { return .success(.environment) }
        if kind.equals("sockets"), list.isEmpty { return .success(.sockets) }
        if kind.equals("selftest"), list.count == 1 {
            switch Self.address(list[0], port: 0) {
            case .success(let parsed) where parsed.failure == 0: return .success(.selfTest(parsed.address))
            case .success: return .failure(Problem(text: "the scope of the address names no interface here"))
            case .failure(let problem): return .failure(problem)
            }
        }
        if kind.equals("file"), list.count == 1 {
            guard let path = Self.path(list[0]) else { return .failure(Self.badPath) }
            return .success(.file(path: path))
        }
        if kind.equals("writefile") || kind.equals("appendfile"), list.count == 2 {
            guard let path = Self.path(list[0]) else { return .failure(Self.badPath) }
            guard let bytes = Hex.decode(list[1]) else {
                return .failure(Problem(text: "bytes must be lower-case hex, or - for none"))
            }
            return .success(
                kind.equals("writefile") ? .writeFile(path: path, bytes: bytes) : .appendFile(path: path, bytes: bytes))
        }
        if kind.equals("readfile"), list.count == 2 {
            guard let path = Self.path(list[0]) else { return .failure(Self.badPath) }
            guard let limit = list[1].decimal, (1...65_536).contains(limit) else {
                return .failure(Problem(text: "a file is read from 1 to 65536 bytes"))
            }
            return .success(.readFile(path: path, limit: Int(limit)))
        }
        if kind.equals("tree"), list.count == 1 {
            guard let path = Self.path(list[0]) else { return .failure(Self.badPath) }
            return .success(.tree(path: path))
        }
        if kind.equals("certificates"), list.count == 1 {
            guard let path = Self.path(list[0]) else { return .failure(Self.badPath) }
            return .success(.certificates(path: path))
        }
        if kind.equals("environs"), list.isEmpty { return .success(.environs) }
        if kind.equals("arguments"), list.isEmpty { return .success(.arguments) }
        if kind.equals("sweep") { return sweep(list) }
        if kind.equals("unixsockets"), list.count == 1 {
            guard let path = Self.path(list[0]) else { return .failure(Self.badPath) }
            return .success(.unixSockets(decoy: path))
        }
        if kind.equals("powers"), list.isEmpty { return .success(.powers) }
        if kind.equals("surfaces") { return surfaces(list) }
        if kind.equals("vsock") { return vsock(list) }
        if kind.equals("scan") { return scan(list) }
        return .failure(
            Problem(
                text: """
                    unknown probe or wrong number of arguments; expected exchange, await, listen, file, readfile, identity, \
                    environment, environs, arguments, sockets, selftest, tree, certificates, writefile, appendfile, \
                    sweep, powers, surfaces, unixsockets, vsock or scan
                    """))
    }

    private func surfaces(_ list: [Bytes]) -> Result<Request.Action, Problem> {
        var paths: [(path: Bytes, isWritten: Bool)] = []
        for text in list {
            let isWritten = text.first == UInt8(ascii: "w")
            guard isWritten || text.first == UInt8(ascii: "r"), text.dropFirst().first == UInt8(ascii: ":"),
                let path = Self.path(Bytes(text.dropFirst(2)))
            else { return .failure(Problem(text: "a surface must be r: or w: and a path in lower-case hex")) }
            paths.append((path, isWritten))
        }
        return .success(.surfaces(paths))
    }

    private func scan(_ list: [Bytes]) -> Result<Request.Action, Problem> {
        guard list.count > 7, let root = Self.path(list[6]), root[0] == 0x2f, let budget = list[0].decimal,
            (1...Self.mostMilliseconds).contains(budget),
            let since = list[1].decimal.flatMap({ Int64(exactly: $0) }),
            let made = list[2].decimal.flatMap({ Int64(exactly: $0) }), since <= made,
            let devices = list[3].decimal, devices < 2, let base = list[4].decimal, let salt = Hex.decode(list[5])
        else {
            return .failure(
                Problem(
                    text:
                        "scan needs: timeout in ms, two times in seconds, 0 or 1, a number, a salt and a path in hex, marks"
                ))
        }
        var marks: [Marks.Mark] = []
        for text in list[7...] {
            let parts = text.pieces(separatedBy: 0x3a)
            guard parts.count == 4, Self.isLabel(parts[0]), let length = parts[1].decimal,
                let tag = parts[2].decimal.flatMap({ UInt16(exactly: $0) }),
                Marks.lengths.contains(Int(clamping: length)), parts[3].count == 64,
                Hex.decode(parts[3]) != nil, marks.count < Marks.most
            else {
                return .failure(
                    Problem(
                        text: "a mark must be <label>:<16 to 4096>:<0 to 65535>:<sha256 in hex>, at most 64 of them"))
            }
            marks.append(Marks.Mark(label: parts[0], length: Int(length), tag: tag, digest: parts[3]))
        }
        return .success(
            .scan(
                Marks(marks, base: base, salt: salt),
                ScanFacts.Scope(
                    root: root, since: since, made: made, readsDevices: devices == 1, budget: budget * 1000)))
    }

    private static func isLabel(_ text: Bytes) -> Bool {
        !text.isEmpty
            && text.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e
            }
    }

    private func listen(_ list: [Bytes]) -> Result<Request.Action, Problem> {
        guard list.count == 4, let port = list[1].decimal.flatMap({ UInt16(exactly: $0) }), port > 0,
            let budget = list[2].decimal, (1...Self.mostMilliseconds).contains(budget),
            let banner = Hex.decode(list[3]), !banner.isEmpty, banner.count <= 1024
        else { return .failure(Problem(text: "listen needs: ip, port, timeout in ms and 1 to 1024 bytes of hex")) }
        switch Self.address(list[0], port: port) {
        case .success(let parsed) where parsed.failure == 0:
            return .success(.listen(parsed.address, budget: budget * 1000, banner: banner))
        case .success: return .failure(Problem(text: "the scope of the address names no interface here"))
        case .failure(let problem): return .failure(problem)
        }
    }

    private func exchange(_ list: [Bytes]) -> Result<Request.Exchange, Problem> {
        guard list.count >= 4 else {
            return .failure(
                Problem(
                    text: "exchange and await need: tcp|udp|udpu|unix|vsock, address, port, timeout in ms and turns"))
        }
        let transport: Request.Exchange.Transport
        if list[0].equals("tcp") {
            transport = .tcp
        } else if list[0].equals("udp") {
            transport = .udp
        } else if list[0].equals("udpu") {
            transport = .udpUnconnected
        } else if list[0].equals("unix") {
            transport = .unix
        } else if list[0].equals("vsock") {
            transport = .vsock
        } else {
            return .failure(Problem(text: "transport must be tcp, udp, udpu, unix or vsock"))
        }
        guard let number = list[2].decimal, let port = UInt16(exactly: number) else {
            return .failure(Problem(text: "port must be 0 to 65535"))
        }
        guard let budget = list[3].decimal, (1...Self.mostMilliseconds).contains(budget) else {
            return .failure(Problem(text: "the timeout of an exchange must be 1 to 3600000 milliseconds"))
        }
        var turns: [Request.Exchange.Turn] = []
        var secured: Request.Exchange.Secured?
        for text in list[4...] {
            if text.count > 4, text[..<4].equals("tls:") {
                guard !helper.isEmpty else {
                    return .failure(Problem(text: "TLS needs a line before it that names the helper"))
                }
                guard secured == nil, transport == .tcp,
                    let parsed = self.secured(Bytes(text[4...]), turns: turns.count)
                else {
                    return .failure(
                        Problem(text: "TLS is tls:<name>:<trust>:<protocols> once and over tcp, each in hex or -"))
                }
                secured = parsed
                continue
            }
            guard let turn = Self.turn(text) else {
                return .failure(Problem(text: "a turn must be <hex or ->/<close, headers, datagram or bytes:n>"))
            }
            turns.append(turn)
        }
        let parsing =
            switch transport {
            case .unix: Self.abstractName(list[1])
            case .vsock: Self.context(list[1])
            case .tcp, .udp, .udpUnconnected: Self.address(list[1], port: port)
            }
        switch parsing {
        case .failure(let problem): return .failure(problem)
        case .success(let parsed):
            return .success(
                Request.Exchange(
                    transport: transport, address: parsed.address, addressError: parsed.failure,
                    budget: budget * 1000, turns: turns, secured: secured))
        }
    }

    private func sweep(_ list: [Bytes]) -> Result<Request.Action, Problem> {
        guard list.count == 5, let first = list[1].decimal.flatMap({ UInt16(exactly: $0) }), first > 0,
            let last = list[2].decimal.flatMap({ UInt16(exactly: $0) }), first <= last
        else {
            return .failure(Problem(text: "sweep needs: ip, first port, last port, timeout in ms and ms to settle"))
        }
        guard let budget = list[3].decimal, (1...Self.mostMilliseconds).contains(budget) else {
            return .failure(Problem(text: "the timeout of a sweep must be 1 to 3600000 milliseconds"))
        }
        guard let settle = list[4].decimal, settle <= budget else {
            return .failure(Problem(text: "the time to settle must be 0 milliseconds to the timeout of the sweep"))
        }
        switch Self.address(list[0], port: first) {
        case .success(let parsed) where parsed.failure == 0:
            return .success(.sweep(parsed.address, first...last, budget: budget * 1000, settle: settle * 1000))
        case .success: return .failure(Problem(text: "the scope of the address names no interface here"))
        case .failure(let problem): return .failure(problem)
        }
    }

    private func vsock(_ list: [Bytes]) -> Result<Request.Action, Problem> {
        guard list.count == 4, let budget = list[0].decimal, (1...Self.mostMilliseconds).contains(budget),
            let own = list[1].decimal, own < 2, let contexts = VsockFacts.contexts(list[2]),
            let ports = VsockFacts.ports(list[3])
        else {
            return .failure(
                Problem(
                    text:
                        "vsock needs: timeout in ms, 0 or 1, at most 16 contexts and 64 ranges of ports, or - for none")
            )
        }
        return .success(
            .vsock(VsockFacts(contexts: contexts, includesOwn: own == 1, ports: ports, budget: budget * 1000)))
    }

    private struct ParsedAddress {
        var address: probe_address
        /// 0 or the negative error number of an unknown interface.
        var failure: Int32
    }

    private static func address(_ text: Bytes, port: UInt16) -> Result<ParsedAddress, Problem> {
        var address = probe_address()
        let result = text.contains(0) ? -probe_error_invalid : probe_address_parse(text.terminated, port, &address)
        if result == -probe_error_invalid {
            return .failure(Problem(text: "the address must be an IPv4 or IPv6 literal without brackets"))
        }
        return .success(ParsedAddress(address: address, failure: result))
    }

    private static let badContext = Problem(text: "an address of vsock is a context or own, a colon and a port")

    private static func context(_ text: Bytes) -> Result<ParsedAddress, Problem> {
        let parts = text.pieces(separatedBy: 0x3a)
        guard parts.count == 2, let port = parts[1].decimal.flatMap({ UInt32(exactly: $0) }) else {
            return .failure(badContext)
        }
        var context: UInt32 = 0
        var failure: Int32 = 0
        if parts[0].equals("own") {
            failure = probe_vsock_own_context(&context)
        } else {
            guard let number = parts[0].decimal.flatMap({ UInt32(exactly: $0) }) else { return .failure(badContext) }
            context = number
        }
        var address = probe_address()
        probe_vsock_address(context, port, &address)
        return .success(ParsedAddress(address: address, failure: failure))
    }

    private static func abstractName(_ text: Bytes) -> Result<ParsedAddress, Problem> {
        var address = probe_address()
        guard text.first == UInt8(ascii: "@"),
            probe_abstract_address(Bytes(text.dropFirst()), text.count - 1, &address) == 0
        else { return .failure(Problem(text: "an abstract name must be @ and 1 to 107 bytes")) }
        return .success(ParsedAddress(address: address, failure: 0))
    }

    private static func turn(_ text: Bytes) -> Request.Exchange.Turn? {
        let parts = text.pieces(separatedBy: 0x2f)
        guard parts.count == 2, let send = Hex.decode(parts[0]) else { return nil }
        let until = parts[1]
        if until.equals("close") { return .init(send: send, until: .close) }
        if until.equals("headers") { return .init(send: send, until: .headers) }
        if until.equals("datagram") { return .init(send: send, until: .datagram) }
        guard until.count > 6, until[..<6].equals("bytes:"), let count = until[6...].decimal else { return nil }
        return .init(send: send, until: .bytes(Int(clamping: count)))
    }

    private func secured(_ text: Bytes, turns: Int) -> Request.Exchange.Secured? {
        let parts = text.pieces(separatedBy: 0x3a)
        guard parts.count == 3 else { return nil }
        var values: [Bytes] = []
        for part in parts {
            // Nothing is said by a dash, here as in the helper's arguments.
            guard let value = Hex.decode(part), !value.contains(0) else { return nil }
            values.append(value.isEmpty ? Bytes("-").terminated : value.terminated)
        }
        return .init(helper: helper, turns: turns, serverName: values[0], trust: values[1], protocols: values[2])
    }

    private static let badPath = Problem(text: "the path must be lower-case hex of at least one byte, none of them NUL")

    private static func path(_ text: Bytes) -> Bytes? {
        guard let path = Hex.decode(text), !path.isEmpty, !path.contains(0) else { return nil }
        return path
    }
}
