// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import Testing

struct ProbeBatchTests {
    private func step(_ action: ProbeAction, nonce: Nonce = .fresh()) -> ProbeStep {
        ProbeStep(key: "k", nonce: nonce, target: .guest, canary: nil, action: action)
    }

    @Test
    func rendersEveryAction() {
        let nonce = Nonce(text: "0123456789abcdef0123456789abcdef")
        let actions: [ProbeAction] = [
            .exchange(
                Exchange(
                    .udpUnconnected, "fe80::1%eth0", 53,
                    turns: [.init(send: [], until: .datagram), .init(send: [0, 255], until: .bytes(3))], timeout: 700)),
            .exchange(
                Exchange(
                    .tcp, "10.77.1.2", 9099,
                    turns: [.init(send: [65], until: .headers), .init(send: [66], until: .close)])),
            .file(path: "/a b\n"), .identity, .environment, .sockets, .selfTest(address: "127.0.0.1"),
            .writeFile(path: "/tmp/x", bytes: []),
            .sweep(address: "10.77.1.2", first: 1, last: 65_535, timeout: 4000, settle: 900), .powers,
            .surfaces(read: ["/r"], write: ["/w"]), .readFile(path: "/r", limit: 70_000),
            .unixSockets(decoy: "/d/s"), .exchange(Exchange(.unix, "@a-1", 0, turns: [])),
            .scan(
                Scan(
                    base: 7, salt: [1, 255], marks: [.init(label: "token.hex-2", length: 20, tag: 9, digest: "ab")],
                    since: 5, made: 6, readsDevices: true)),
            .awaited(Exchange(.tcp, "10.77.1.3", 4000, turns: [.init(send: [65], until: .close)], timeout: 900)),
            .listen(address: "0.0.0.0", port: 4000, banner: [66], timeout: 30_000),
            .vsock(VsockSweep()),
            .vsock(
                VsockSweep(
                    contexts: [0, 2], includesOwn: true, ports: [1...9, 4_294_967_295...4_294_967_295], timeout: 9)),
            .exchange(Exchange(.vsock, "own:6000", 0, turns: [])),
            .exchange(Exchange(.vsock, "1:4294967295", 0, turns: [])),
        ]
        let batch = ProbeBatch(actions.map { step($0, nonce: nonce) })
        let lines = String(decoding: batch.input, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "timeout 31000",
                "exchange p0 \(nonce) udpu fe80::1%eth0 53 700 -/datagram 00ff/bytes:3",
                "exchange p1 \(nonce) tcp 10.77.1.2 9099 2000 41/headers 42/close",
                "file p2 \(nonce) 2f6120620a", "identity p3 \(nonce)", "environment p4 \(nonce)",
                "sockets p5 \(nonce)", "selftest p6 \(nonce) 127.0.0.1", "writefile p7 \(nonce) 2f746d702f78 -",
                "sweep p8 \(nonce) 10.77.1.2 1 65535 4000 900", "powers p9 \(nonce)",
                "surfaces p10 \(nonce) r:2f72 w:2f77", "readfile p11 \(nonce) 2f72 65536",
                "unixsockets p12 \(nonce) 2f642f73", "exchange p13 \(nonce) unix @a-1 0 2000",
                "scan p14 \(nonce) 30000 5 6 1 7 01ff 2f token.hex-2:20:9:ab",
                "await p15 \(nonce) tcp 10.77.1.3 4000 900 41/close", "listen p16 \(nonce) 0.0.0.0 4000 30000 42",
                "vsock p17 \(nonce) 2000 0 - -", "vsock p18 \(nonce) 9 1 0,2 1-9,4294967295-4294967295",
                "exchange p19 \(nonce) vsock own:6000 0 2000", "exchange p20 \(nonce) vsock 1:4294967295 0 2000",
            ])
        #expect(batch.request(probePath: "/bottle/probe").argv == ["/bottle/probe", "batch"])
        #expect(batch.request(probePath: "/p", target: .bundle, user: "root").user == "root")
    }

    @Test
    func tlsStandsBetweenTheTurnsBehindTheHelpersPath() {
        let nonce = Nonce(text: "0123456789abcdef0123456789abcdef")
        let turns = [Exchange.Turn(send: [65], until: .headers), Exchange.Turn(send: [66], until: .close)]
        func exchange(_ secured: Exchange.Secured, _ transport: Exchange.Transport = .tcp) -> ProbeAction {
            .exchange(Exchange(transport, "10.77.1.2", 8888, turns: turns, secured: secured, timeout: 900))
        }
        let batch = ProbeBatch(
            [
                exchange(.init(after: 1, serverName: "a.test", trust: .file("/c"), protocols: ["h2", "http/1.1"])),
                exchange(.init(serverName: nil, trust: .anybody, protocols: [])),
                .awaited(
                    Exchange(
                        .tcp, "10.77.1.2", 8888, turns: turns, secured: .init(serverName: "b", trust: .anybody),
                        timeout: 900)),
                .certificates(path: "/c"),
                // Neither behind the last turn nor over anything but TCP.
                exchange(.init(after: 2, serverName: "a", trust: .anybody)),
                exchange(.init(after: -1, serverName: "a", trust: .anybody)),
                exchange(.init(serverName: "a", trust: .anybody), .udp),
            ].map { step($0, nonce: nonce) })
        let lines = String(decoding: batch.input, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "timeout 3000", "helper \(Hex.encode(Array("/home/node/.bottle-tls".utf8)))",
                "exchange p0 \(nonce) tcp 10.77.1.2 8888 900 41/headers tls:612e74657374:2f63:68322c687474702f312e31 42/close",
                "exchange p1 \(nonce) tcp 10.77.1.2 8888 900 tls:-:-:- 41/headers 42/close",
                "await p2 \(nonce) tcp 10.77.1.2 8888 900 tls:62:-:687474702f312e31 41/headers 42/close",
                "certificates p3 \(nonce) 2f63",
            ])
        #expect(
            batch.observations(in: FakeProbe.run(batch.input)).map { $0 != nil } == [
                true, true, true, true, false, false, false,
            ])
    }

    @Test
    func whereNobodySpeaksTLSNobodyIsToldOfAHelper() {
        let plain = ProbeBatch([step(.exchange(Exchange(.tcp, "10.77.1.2", 80, turns: [])))])
        #expect(!String(decoding: plain.input, as: UTF8.self).contains("helper"))
    }

    @Test
    func roundTrip() throws {
        let batch = ProbeBatch((0..<100).map { _ in step(.identity) })
        let observations = batch.observations(in: FakeProbe.run(batch.input))
        #expect(observations.count == 100)
        #expect(observations.allSatisfy { $0?.facts == ["action": "identity"] && $0?.stage == .done })
        #expect(try #require(observations[0]).elapsedMilliseconds == 1.25)
    }

    @Test(arguments: [
        "10.0.0.1 9 9 9 -/close\nwritefile p9 00 00 00", "", "a b", "1\n2", String(repeating: "1", count: 65),
    ])
    func anAddressCannotAddALine(address: String) {
        let batch = ProbeBatch([
            step(.exchange(Exchange(.tcp, address, 80, turns: []))),
            step(.exchange(Exchange(.vsock, address, 80, turns: []))), step(.selfTest(address: address)),
            step(.identity),
        ])
        let lines = FakeProbe.lines(of: batch.input)
        #expect(lines.map(\.action) == ["identity"])
        #expect(batch.observations(in: FakeProbe.run(batch.input)).map { $0 == nil } == [true, true, true, false])
    }

    @Test
    func receivedBytesErrnoAndFacts() throws {
        let batch = ProbeBatch([step(.identity)])
        let line = try #require(FakeProbe.lines(of: batch.input).first)
        let answer = FakeProbe.answer(
            line, stage: "receive", errno: "\"ECONNRESET\"", received: [[1, 2], []],
            facts: #"{"a":"ü","b":{"hex":"ff00"}}"#)
        let observation = try #require(batch.observations(in: Array(answer.utf8))[0])
        #expect(observation.stage == .receive)
        #expect(observation.errno == "ECONNRESET")
        #expect(observation.received == [[1, 2], []])
        #expect(observation.facts == ["a": "ü", "b": "hex:ff00"])
    }

    /// Each is something a guest may print instead of, or beside, one honest line.
    @Test(arguments: [
        "wrong begin", "wrong end", "wrong id", "half line", "no line feed", "duplicate", "bad stage", "bad errno",
        "bad hex", "bad fact", "negative time", "huge id", "not rendered", "upper nonce", "empty", "two keys",
    ])
    func anythingElseIsMissing(name: String) throws {
        let batch = ProbeBatch([step(.identity)])
        var line = try #require(FakeProbe.lines(of: batch.input).first)
        let other = Nonce.fresh().text
        let good = FakeProbe.answer(line)
        var output: String
        switch name {
        case "wrong begin": output = FakeProbe.answer(line, begin: other)
        case "wrong end": output = FakeProbe.answer(line, end: other)
        case "wrong id":
            line.id = "p1"
            output = FakeProbe.answer(line)
        case "half line": output = String(good.dropLast(20)) + "\n"
        case "no line feed": output = String(good.dropLast())
        case "duplicate": output = good + good
        case "bad stage": output = FakeProbe.answer(line, stage: "passed")
        case "bad errno": output = FakeProbe.answer(line, errno: "\"econnrefused; rm\"")
        case "bad hex": output = good.replacing("[]", with: "[\"0\"]")
        case "bad fact": output = FakeProbe.answer(line, facts: "{\"a\":1}")
        case "negative time": output = good.replacing("1.250", with: "-1")
        case "huge id":
            line.id = "p99999999999999999999999"
            output = FakeProbe.answer(line)
        case "not rendered":
            line.id = "p-1"
            output = FakeProbe.answer(line)
        case "upper nonce": output = FakeProbe.answer(line, begin: line.nonce.uppercased() + "A")
        case "two keys": output = good.replacing("\"ms\"", with: "\"id\":\"p0\",\"ms\"")
        default: output = ""
        }
        #expect(batch.observations(in: Array(output.utf8)) == [nil])
    }

    @Test
    func garbageBetweenLinesDoesNoHarm() throws {
        let batch = ProbeBatch([step(.identity), step(.sockets)])
        let honest = FakeProbe.lines(of: batch.input).map { FakeProbe.answer($0) }
        var output = Array("{\"begin\":\n\u{1b}[2J\n".utf8) + [0, 255, 254, 10]
        output += honest[0].dropLast().utf8 + Array("\r\n{{{{\n".utf8) + honest[1].utf8 + Array("{\"id\"".utf8)
        #expect(batch.observations(in: output).allSatisfy { $0 != nil })
    }

    @Test(.timeLimit(.minutes(1)))
    func aFloodIsBounded() {
        let batch = ProbeBatch([step(.identity)])
        let flood = [UInt8](repeating: UInt8(ascii: "{"), count: 100 << 20)
        #expect(batch.observations(in: flood + Array(FakeProbe.run(batch.input))) == [nil])
    }

    @Test
    func randomOutputNeverCounts() {
        let batch = ProbeBatch([step(.identity), step(.environment)])
        let honest = FakeProbe.run(batch.input)
        var generator = SplitMix(state: 7)
        for _ in 0..<2000 {
            var bytes = honest
            // Any change inside a line's frame must cost it its credit or leave the other line alone.
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] ^= UInt8.random(in: 1...255, using: &generator)
            let observations = batch.observations(in: bytes)
            #expect(observations.contains { $0 != nil } || bytes[index] == 10 || honest[index] == 10)
        }
    }

    @Test
    func nonceScan() {
        let nonce = "0123456789abcdef0123456789abcdef"
        #expect(NonceScan.runs(in: "x\(nonce)y/\(nonce)".utf8) == [nonce, nonce])
        #expect(NonceScan.runs(in: "\(nonce)0".utf8).isEmpty)
        #expect(NonceScan.runs(in: nonce.uppercased().utf8).isEmpty)
        #expect(NonceScan.runs(in: nonce.dropLast().utf8).isEmpty)
    }
}
