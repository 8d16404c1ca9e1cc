// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceReports

struct EventLogTests {
    private static let bytes: [UInt8] = [0x00, 0xFF, 0x41, 0x0A]

    /// Evidence in which every field and every case that the log knows is present.
    static let evidence: Evidence = {
        var session = SessionEvidence(
            plan: BottlePlan(
                slug: "cf-1a", agentName: "agent", addresses: AddressPlan(slug: "cf-1a"),
                guestEnvironment: ["A": "b"], prompt: "hi", allowlist: ["a.bottle.test"],
                routes: [Manifest.Route(host: "r.bottle.test", scheme: .http, port: 81, tokenVariable: "T", role: "x")],
                daemons: ["egress", "pipelock"]),
            description: BottleDescription(
                bundleAddress: "10.77.1.2", ports: ["pipelock": 8888], guestUser: "node", guestHome: "/home/node",
                promptPath: "/p", effectiveAllow: ["10.77.1.2/32"], effectiveResolvers: [], bundleListeners: ["tcp x"],
                runningDaemons: ["pipelock"], environment: ["A": "b"]),
            field: SessionField(
                canaries: [Canary(id: "c", place: .gateway, service: .dnsUDP, address: "10.0.0.1", port: 53)],
                unhosted: ["off-host": "no"], port: 4000, banner: "secret", allowedHost: "a", deniedHost: "d",
                routedHost: "r", loopbackHost: "l", bundleHost: "b", lookalikeHost: "xr",
                lookalikesOfAllowed: ["xa"], internalHosts: ["10.0.0.1": "i"], wildHost: "w",
                shiftingHosts: [.flip: "f"],
                badHosts: ["expired": "e"],
                aliases: ["host.docker.internal": "192.168.65.254"], unsafe: ["10.0.2.2": "it is somebody's"], zone: "z"
            ))
        session.failure = "none"
        session.missedMeeting = "nobody came"
        let turns: [Exchange.Until] = [.close, .headers, .datagram, .bytes(7)]
        let actions: [ProbeAction] = [
            .exchange(
                Exchange(
                    .udpUnconnected, "::1", 9, turns: turns.map { Exchange.Turn(send: bytes, until: $0) }, timeout: 5)),
            .file(path: "/p"), .identity, .environment, .sockets, .selfTest(address: "127.0.0.1"),
            .writeFile(path: "/w", bytes: bytes), .appendFile(path: "/a", bytes: bytes), .tree(path: "/t"), .environs,
            .arguments, .sweep(address: "10.0.0.2", first: 1, last: 2, timeout: 3),
            .sweep(address: "10.0.0.2", first: 1, last: 2, timeout: 3, settle: 4), .powers,
            .surfaces(read: ["/r"], write: ["/w", "/x"]), .readFile(path: "/r", limit: 9),
            .unixSockets(decoy: "/d"),
            .scan(
                Scan(
                    root: "/r", base: .max, salt: bytes,
                    marks: [.init(label: "token.plain", length: 96, tag: 65_535, digest: "00ff")], since: 3, made: 4,
                    readsDevices: true, timeout: 5)),
            .awaited(Exchange(.tcp, "10.0.0.3", 7, turns: [], timeout: 8)),
            .listen(address: "0.0.0.0", port: 9, banner: bytes, timeout: 10),
            .vsock(VsockSweep(contexts: [0, .max], includesOwn: true, ports: [1...2, 7...(.max)], timeout: 11)),
            .exchange(Exchange(.vsock, "own:6000", 0, turns: [])), .certificates(path: "/c"),
            .exchange(
                Exchange(
                    .tcp, "10.0.0.2", 1, turns: [],
                    secured: .init(after: 1, serverName: "s", trust: .file("/c"), protocols: ["h2", "http/1.1"]))),
            .awaited(
                Exchange(
                    .tcp, "10.0.0.2", 1, turns: [],
                    secured: .init(serverName: nil, trust: .anybody, protocols: []))),
        ]
        for (index, action) in actions.enumerated() {
            let step = ProbeStep(
                key: "k\(index)", nonce: Nonce(text: "n\(index)"), target: .guest, canary: index == 0 ? "c" : nil,
                action: action, user: index == 1 ? "root" : nil, phase: index == 3 ? .after : .during)
            let observation = Observation(
                stage: .receive, errno: "ECONNREFUSED", elapsedMilliseconds: 1.5, received: [bytes, []], killed: true,
                facts: ["uid": "1000"])
            session.probes[step.key] = ProbeOutcome(step: step, observation: index == 2 ? nil : observation)
        }
        let endings: [ExecResult.Ending?] = [.exited(3), .signalled(9), .timedOut, nil]
        for (index, ending) in endings.enumerated() {
            let step = ExecStep(
                key: "e\(index)", nonce: Nonce(text: "x"),
                request: ExecRequest(
                    ["/bin/sh"], target: .bundle, environment: ["E": "1"], user: "root", workingDirectory: "/",
                    tty: true, stdin: bytes, deadlineMilliseconds: 7), phase: index == 1 ? .after : .during)
            session.execs[step.key] = ExecOutcome(
                step: step,
                result: ending.map { ExecResult(ending: $0, stdout: bytes, stderr: [], truncated: true) },
                error: "e", hostFile: "/h")
        }
        session.witness = [nil, "", "s"].map {
            WitnessRecord(canary: "c", time: 1, peer: "10.0.0.2:1", nonces: ["n"], bytes: bytes, serverName: $0)
        }
        session.authorities = [
            "egress": AuthorityEvidence(certificate: "pem", digest: "00ff"),
            "pipelock": AuthorityEvidence(
                certificate: "pem", digest: "00fe", certificateMode: 0o644, keyMode: 0o600, keyDigest: "00fd"),
        ]
        session.controls = [
            ControlRecord(
                canary: "c", moment: .after, nonce: Nonce(text: "q"), answered: true, routeIsOurs: true, detail: "d")
        ]
        session.unfenced = ["c"]
        session.logs = [
            LogRecord(daemon: "pipelock", time: "t", event: "e", client: "c", target: "t", nonce: "n", detail: "d")
        ]
        session.issuedNonces = ["n0", "n1", "n2"]
        return Evidence(
            hello: Hello(
                name: "n", version: "1", kind: .namespaces, capabilities: ["logs", "bundle-exec", "tty"],
                declined: ["guest-root": "no"], maxParallel: 2),
            hosts: [HostIdentity(name: "world", bootID: "b", namespaces: ["net": "1"])],
            sessions: [.bottle: session, .twin: SessionEvidence(failure: "no twin")])
    }()

    private static func log(_ events: [Event]) throws -> [UInt8] { try events.flatMap { try EventLog.encode($0) } }

    @Test(arguments: SampleRun.all)
    func everyEventComesBack(run: SampleRun) throws {
        let reading = try EventLog.decode(try Self.log(run.events))
        // Not a number is not equal to itself, so texts are compared.
        #expect(reading.events.count == run.events.count)
        for (read, written) in zip(reading.events, run.events) {
            #expect(try EventLog.encode(read) == EventLog.encode(written))
        }
        if run.name != "hostile" { #expect(reading.events == run.events) }
        #expect(!reading.truncated)
        #expect(reading.ignored == 0)
    }

    @Test func evidenceComesBackWhole() throws {
        let event = SampleRun.checked("NET-02", .pass, "s", evidence: Self.evidence)
        let line = try EventLog.encode(event)
        #expect(try EventLog.decode(line).events == [event])
        #expect(line.filter { $0 == 0x0A }.count == 1)
    }

    @Test func theSameEventIsAlwaysTheSameLine() throws {
        var requirements = SampleRun.requirements
        let first = try EventLog.encode(SampleRun.started(requirements))
        // Sets are rebuilt in another order of insertion.
        for index in requirements.indices {
            requirements[index].kinds = Set(requirements[index].kinds.sorted { $0.rawValue > $1.rawValue })
            requirements[index].profiles = Set(requirements[index].profiles.sorted(by: >))
        }
        #expect(try EventLog.encode(SampleRun.started(requirements)) == first)
    }

    /// The form of version 1 as `EVENTS.md` describes it: other tools read it, so a change needs a new version.
    @Test func theFormIsPinned() throws {
        let events: [Event] = [
            .progress(phase: "launch", text: "a\u{1b}\u{9b}\u{202e}\u{e0041}é"),
            .sessionLaunched(session: .bottle, slug: "cf-1a", milliseconds: 41.5),
            .sessionFailed(session: .twin, message: "m"),
            .attemptStarted(number: 2, requirements: ["NET-02", "PROXY-01"]),
            SampleRun.triedAgain,
            SampleRun.checked("NET-02", .notApplicable, "s", [Finding(.witness, .missing, "t")]),
            .warning("w"), SampleRun.ended(143, signal: 15),
        ]
        let text = String(decoding: try Self.log(events), as: UTF8.self)
        #expect(
            text == #"""
                {"kind":"progress","phase":"launch","text":"a\u001b\u009b\u202e\udb40\udc41é","v":1}
                {"kind":"session-launched","milliseconds":41.5,"session":"bottle","slug":"cf-1a","v":1}
                {"kind":"session-failed","message":"m","session":"twin","v":1}
                {"kind":"attempt-started","number":2,"requirements":["NET-02","PROXY-01"],"v":1}
                {"attempts":[{"findings":[{"leg":"attempt","state":"missing","text":"t"}],"summary":"gone","verdict":"inconclusive"}],"findings":[],"id":"NET-02","kind":"check","seconds":0.5,"summary":"s","v":1,"verdict":"pass"}
                {"findings":[{"leg":"witness","state":"missing","text":"t"}],"id":"NET-02","kind":"check","seconds":0.25,"summary":"s","v":1,"verdict":"not-applicable"}
                {"kind":"warning","text":"w","v":1}
                {"exitCode":143,"interrupted":true,"kind":"run-ended","launchToFirstExecMilliseconds":43.4,"seconds":3.2144,"signal":15,"v":1}

                """#)
    }

    @Test func evidenceFormIsPinned() throws {
        var session = SessionEvidence(failure: "f")
        session.field = Self.evidence[.bottle]?.field
        session.controls = Self.evidence[.bottle]?.controls ?? []
        session.logs = Self.evidence[.bottle]?.logs ?? []
        session.probes = ["k6": try #require(Self.evidence[.bottle]?.probes["k6"])]
        let evidence = Evidence(hello: Self.evidence.hello, hosts: Self.evidence.hosts, sessions: [.twin: session])
        let text = String(
            decoding: try EventLog.encode(SampleRun.checked("A-1", .pass, "s", evidence: evidence)), as: UTF8.self)
        #expect(
            text == #"""
                {"evidence":{"hello":{"artefacts":[],"capabilities":["bundle-exec","logs","tty"],"declined":{"guest-root":"no"},"kind":"namespaces","maxParallel":2,"name":"n","tools":[],"version":"1"},"hosts":[{"bootID":"b","name":"world","namespaces":{"net":"1"}}],"plans":{},"sessions":{"twin":{"controls":[{"answered":true,"canary":"c","detail":"d","moment":"after","nonce":{"text":"q"},"routeIsOurs":true}],"execs":{},"failure":"f","field":{"aliases":{"host.docker.internal":"192.168.65.254"},"allowedHost":"a","badHosts":{"expired":"e"},"banner":"secret","bundleHost":"b","canaries":[{"address":"10.0.0.1","id":"c","place":{"name":"gateway"},"port":53,"service":"dns-udp"}],"deniedHost":"d","internalHosts":{"10.0.0.1":"i"},"lookalikeHost":"xr","lookalikesOfAllowed":["xa"],"loopbackHost":"l","port":4000,"routedHost":"r","shiftingHosts":{"flip":"f"},"unhosted":{"off-host":"no"},"unsafe":{"10.0.2.2":"it is somebody's"},"wildHost":"w","zone":"z"},"issuedNonces":[],"logs":[{"client":"c","daemon":"pipelock","detail":"d","event":"e","nonce":"n","target":"t","time":"t"}],"probes":{"k6":{"action":{"bytes":{"base64":"AP9BCg=="},"path":"/w","type":"write-file"},"key":"k6","nonce":"n6","observation":{"elapsedMilliseconds":1.5,"errno":"ECONNREFUSED","facts":{"uid":"1000"},"killed":true,"received":[{"base64":"AP9BCg=="},{"text":""}],"stage":"receive"},"target":"guest"}},"unfenced":[],"witness":[]}},"trials":{}},"findings":[],"id":"A-1","kind":"check","seconds":0.25,"summary":"s","v":1,"verdict":"pass"}

                """#)
    }

    @Test func whatTLSAddedIsPinned() throws {
        var session = SessionEvidence(failure: "f")
        session.authorities = Self.evidence[.bottle]?.authorities ?? [:]
        session.witness = Self.evidence[.bottle]?.witness ?? []
        let keys = ["k22", "k23", "k24"]
        for key in keys {
            var outcome = try #require(Self.evidence[.bottle]?.probes[key])
            outcome.observation = nil
            session.probes[key] = outcome
        }
        let evidence = Evidence(hello: Self.evidence.hello, hosts: [], sessions: [.twin: session])
        let text = String(
            decoding: try EventLog.encode(SampleRun.checked("A-1", .pass, "s", evidence: evidence)), as: UTF8.self)
        for wanted in [
            #""authorities":{"egress":{"certificate":"pem","digest":"00ff"},"pipelock":{"certificate":"pem","certificateMode":420,"digest":"00fe","keyDigest":"00fd","keyMode":384}}"#,
            #"{"path":"/c","type":"certificates"}"#,
            #""secured":{"after":1,"protocols":["h2","http/1.1"],"serverName":"s","trust":"/c"}"#,
            #""secured":{"after":0,"protocols":[]}"#,
            #"{"bytes":{"base64":"AP9BCg=="},"canary":"c","nonces":["n"],"peer":"10.0.0.2:1","time":1}"#,
            #""peer":"10.0.0.2:1","serverName":"","time":1}"#, #""peer":"10.0.0.2:1","serverName":"s","time":1}"#,
        ] {
            #expect(text.contains(wanted), "\(wanted) in \(text)")
        }
    }

    @Test func aLogIsPrintableAsItIs() throws {
        #expect(HostileText.isHarmless(String(decoding: try Self.log(SampleRun.hostile.events), as: UTF8.self)))
    }

    @Test func unknownKindsAndFieldsAreIgnored() throws {
        let text = #"{"v":1,"kind":"later","x":{}}"# + "\n" + #"{"v":1,"kind":"warning","text":"w","more":1}"# + "\n"
        let reading = try EventLog.decode([UInt8](text.utf8))
        #expect(reading.events == [.warning("w")])
        #expect(reading.ignored == 1)
        #expect(!reading.truncated)
    }

    @Test func everyCutOfTheLastLineIsReported() throws {
        let first = try EventLog.encode(.warning("first"))
        let last = try EventLog.encode(.warning("é last"))
        for length in 1..<(last.count - 1) {
            let reading = try EventLog.decode(first + last.prefix(length))
            #expect(reading.truncated, "\(length)")
            #expect(reading.events == [.warning("first")])
        }
        // Only the line feed is missing: the event is whole.
        let whole = try EventLog.decode(first + last.dropLast())
        #expect(whole.events.count == 2)
        #expect(!whole.truncated)
    }

    @Test(
        arguments: [
            ("nonsense\n{}\n", BottleError.Code.input), ("{\"v\":1}\n", .input), ("[1]\n", .input),
            ("{\"kind\":\"warning\",\"text\":\"w\",\"v\":2}\n", .unsupported),
            ("{\"kind\":\"check\",\"v\":1,\"verdict\":\"splendid\"}\n", .input),
            (String(repeating: "[", count: 100_000) + "\n", .input),
        ])
    func badLinesAreNamed(text: String, code: BottleError.Code) {
        let error = #expect(throws: BottleError.self) { try EventLog.decode([UInt8](text.utf8)) }
        #expect(error?.code == code)
        #expect(error?.message.contains("Line 1") == true)
    }
}
