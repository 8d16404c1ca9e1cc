// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RunnerTests {
    @Test
    func aGreenRun() async throws {
        let trial = Trial()
        let driver = FakeDriver()
        let field = FakeField()
        let summary = await trial.run([StubCheck("A-01"), StubCheck("B-01")], driver: driver, field: field)
        #expect(summary.results.map(\.judgement.verdict) == [.pass, .pass])
        #expect(summary.exitCode == 0)
        #expect(summary.harnessErrors.isEmpty)
        #expect(summary.conclusion == "conformant with full@1: 2 of 2")
        #expect(try #require(summary.ended.launchToFirstExec) >= 0)
        let account = driver.snapshot
        #expect(account.launched.count == 3)
        #expect(account.destroyed == account.launched)
        #expect(account.swept == 0)
        #expect(field.snapshot.closed == 1)
    }

    @Test
    func theOrderOfASession() async {
        let order = Mutex<[String]>([])
        let recording = FakeDriver { operation, session in
            if session == .bottle { order.withLock { $0.append(operation.rawValue) } }
        }
        let watched = FakeField { operation, session in
            if session == .bottle || session == nil { order.withLock { $0.append(operation.rawValue) } }
        }
        _ = await Trial().run([StubCheck("A-01")], driver: recording, field: watched)
        let seen = order.withLock { $0 }
        // Description and first control, logs and last control go on at the same time.
        func before(_ first: String, _ second: String) -> Bool {
            guard let left = seen.lastIndex(of: first), let right = seen.firstIndex(of: second) else { return false }
            return left < right
        }
        for (first, second) in [
            ("open", "plan"), ("plan", "launch"), ("launch", "exec"), ("launch", "control before"),
            ("control before", "control after"), ("exec", "control after"), ("exec", "logs"),
            ("control after", "destroy"), ("logs", "destroy"), ("destroy", "fence"), ("fence", "witness"),
            ("witness", "close"),
        ] {
            #expect(before(first, second), "\(first) comes before \(second): \(seen)")
        }
    }

    @Test
    func theOrderOfEvents() async {
        let trial = Trial()
        let summary = await trial.run([StubCheck("A-01"), StubCheck("B-01")], driver: FakeDriver())
        #expect(trial.kinds.first == "started")
        #expect(trial.kinds.last == "ended")
        #expect(trial.kinds.filter { $0 == "launched" }.count == 3)
        #expect(Array(trial.kinds.suffix(3)) == ["checked", "checked", "ended"])
        let checked = trial.events.compactMap { event in
            if case .checked(let result) = event { result.requirement } else { nil }
        }
        #expect(checked == summary.results.map(\.requirement))
        #expect(summary.started.time == "2023-11-14T22:13:20Z")
    }

    @Test
    func oneExecCarriesManyProbes() async throws {
        let driver = FakeDriver()
        let declare: @Sendable (inout Declaration) -> Void = { declaration in
            declaration.probe("g", .identity)
            declaration.probe("b", target: .bundle, .sockets)
        }
        let summary = await Trial().run(
            (1...20).map { StubCheck("T-\($0)", declare: declare) }, driver: driver)
        #expect(summary.results.allSatisfy { $0.judgement.verdict == .pass })
        let execs = driver.snapshot.execs
        // Two batches a session, and the first exec of the bottle.
        #expect(execs.count == 7)
        #expect(execs.filter { $0.request.target == .bundle }.count == 3)
        let batch = try #require(execs.first { $0.request.target == .guest && $0.request.argv.last == "batch" })
        #expect(FakeProbe.lines(of: batch.request.stdin).count == 20)
    }

    /// A conversation may carry nonces beside its own: who arrives with one is no stranger, wherever it seems to come from.
    @Test
    func everyNonceThatIsSentIsKnown() async throws {
        let other = Nonce.fresh()
        let issued = Mutex<[Session: Set<String>]>([:])
        let check = StubCheck(
            "A-01",
            declare: { declaration in
                declaration.probe(
                    "both",
                    .exchange(
                        Exchange(
                            .tcp, "10.77.1.2", 80,
                            turns: [.init(send: Array("GET /\(other) HTTP/1.1\r\n\r\n".utf8), until: .close)])))
            },
            judge: { evidence in
                issued.withLock { $0 = evidence.sessions.mapValues(\.issuedNonces) }
                return StubCheck.complete(evidence)
            })
        _ = await Trial().run([check], driver: FakeDriver())
        let sets = issued.withLock { $0 }
        #expect(sets.count == 3)
        #expect(sets.values.allSatisfy { $0.count >= 2 && $0.contains(other.text) })
    }

    @Test
    func thePhasesFollowEachOther() async throws {
        let phases = Mutex<[String]>([])
        let driver = FakeDriver(answer: { session, request in
            let words = String(decoding: request.stdin, as: UTF8.self)
            if session == .bottle, let first = ["sockets", "identity", "environment"].first(where: words.contains) {
                phases.withLock { $0.append(first) }
            }
            return FakeDriver.honest(session, request)
        })
        let check = StubCheck(
            "A-01",
            declare: { declaration in
                declaration.probe("last", target: .bundle, phase: .after, .environment)
                declaration.probe("attempt", .identity)
                declaration.probe("first", target: .bundle, phase: .before, .sockets)
            })
        let summary = await Trial().run([check], driver: driver)
        #expect(summary.results.map(\.judgement.verdict) == [.pass])
        #expect(phases.withLock { $0 } == ["sockets", "identity", "environment"])
    }

    @Test(arguments: [1, 4])
    func theLogIsReadUntilItShowsTheLastRequest(readings: Int) async throws {
        let asked = Mutex<(fence: String?, readings: Int)>((nil, 0))
        let driver = FakeDriver(
            answer: { session, request in
                guard session == .bottle, request.target == .bundle else { return FakeDriver.honest(session, request) }
                let lines = FakeProbe.lines(of: request.stdin)
                asked.withLock { $0.fence = lines.last?.nonce }
                let output = lines.map { FakeProbe.answer($0, received: [[1]]) }.joined()
                return ExecResult(ending: .exited(0), stdout: Array(output.utf8), stderr: [])
            },
            logged: { session in
                guard session == .bottle else { return [] }
                return asked.withLock { asked in
                    asked.readings += 1
                    guard asked.readings >= readings else { return [] }
                    return [
                        LogRecord(
                            daemon: "egress", time: "2026-01-01T00:00:00Z", event: "request", client: "127.0.0.1:1",
                            target: "/", nonce: asked.fence)
                    ]
                }
            })
        let check = StubCheck(
            "A-01",
            declare: {
                $0.probe(
                    "last", target: .bundle, phase: .after, .exchange(Exchange(.tcp, "127.0.0.1", 9099, turns: [])))
            })
        let summary = await Trial().run([check], driver: driver)
        #expect(summary.results.map(\.judgement.verdict) == [.pass])
        #expect(summary.results.first?.evidence?[.bottle]?.logs.count == 1)
        #expect(asked.withLock { $0.readings } == readings)
    }

    @Test
    func checksSeeTheirOwnStepsAndSharedFacts() async throws {
        let driver = FakeDriver()
        let checks = [
            StubCheck("A-01", declare: { $0.probe("same", .identity) }),
            StubCheck(
                "B-01",
                declare: {
                    $0.probe("same", .environment)
                    $0.exec("own", ExecRequest(["/bottle/probe", "say"]))
                }),
        ]
        let summary = await Trial().run(checks, driver: driver)
        let first = try #require(summary.results[0].evidence?[.bottle])
        let second = try #require(summary.results[1].evidence?[.bottle])
        #expect(first.probes["same"]?.observation?.facts == ["action": "identity"])
        #expect(second.probes["same"]?.observation?.facts == ["action": "environment"])
        #expect(first.execs.isEmpty)
        #expect(second.execs["own"]?.result?.stdout == Array("ok\n".utf8))
        #expect(first.issuedNonces == second.issuedNonces)
        #expect(first.issuedNonces.count == 3)
        #expect(first.controls.count == 4)
        #expect(first.logs.count == 1)
        #expect(first.suiteToken.utf8.count == 96)
        #expect(summary.results[0].evidence?.hosts.map(\.name) == ["machine"])
    }

    @Test
    func theThreeBottlesDiffer() async throws {
        let driver = FakeDriver()
        _ = await Trial().run([StubCheck("A-01")], driver: driver)
        let account = driver.snapshot
        let requests = Dictionary(
            uniqueKeysWithValues: account.launches.compactMap { request in
                account.sessions[request.slug].map { ($0, request) }
            })
        let bottle = try #require(requests[.bottle])
        let twin = try #require(requests[.twin])
        let variant = try #require(requests[.variant])
        let hosts = ["allowed.bottle.test", "routed.bottle.test", "loop.bottle.test", "bundle.bottle.test"]
        #expect(bottle.manifest.bottles["suite"]?.allowlist == hosts)
        #expect(twin.manifest.bottles["suite"]?.allowlist == hosts)
        #expect(variant.manifest.bottles["suite"]?.allowlist == [])
        #expect(variant.manifest.bottles["suite"]?.routes == [])
        #expect(bottle.manifest.bottles["suite"]?.routes.first?.scheme == .http)
        #expect(bottle.network == .bottle && twin.network == .open && variant.network == .bottle)
        #expect(bottle.tokens["BOTTLE_CONFORMANCE_TOKEN"] != nil)
        #expect(variant.tokens.isEmpty)
        #expect(Set(requests.values.compactMap { $0.manifest.agents["probe"]?.prompt }).count == 3)
        #expect(bottle.resolver == "203.0.113.53")
    }

    @Test(arguments: [(1, 3), (3, 1), (2, 3), (3, 2)])
    func parallelLaunchesAreBounded(jobs: Int, maxParallel: Int) async {
        let driver = FakeDriver(maxParallel: maxParallel)
        let summary = await Trial().run([StubCheck("A-01")], driver: driver, jobs: jobs)
        #expect(summary.exitCode == 0)
        #expect(driver.snapshot.mostAlive <= min(jobs, maxParallel))
    }

    @Test
    func aRequirementOfAnotherKindIsNotApplicable() async {
        let summary = await Trial().run(
            [StubCheck("A-01"), StubCheck("V-01", kinds: [.microvm])], driver: FakeDriver())
        #expect(summary.results.map(\.judgement.verdict) == [.pass, .notApplicable])
        #expect(summary.exitCode == 0)
    }

    @Test
    func aBundleThatCannotBeEnteredIsNotAsked() async {
        let driver = FakeDriver(capabilities: [])
        let summary = await Trial().run(
            [StubCheck("A-01", declare: { $0.probe("b", target: .bundle, .sockets) })], driver: driver)
        #expect(summary.results.map(\.judgement.verdict) == [.inconclusive])
        #expect(summary.exitCode == 3)
        #expect(!driver.snapshot.execs.contains { $0.request.target == .bundle })
    }

    @Test
    func theWitnessIsSharedOutByCanary() async throws {
        let records = ["bottle/gateway/tcp", "twin/gateway/tcp", "shared/name-server/udp"].map {
            WitnessRecord(canary: $0, time: 1, peer: "10.0.0.1:1", nonces: [], bytes: [])
        }
        let summary = await Trial().run(
            [StubCheck("A-01")], driver: FakeDriver(), field: FakeField(records: { records }))
        let evidence = try #require(summary.results.first?.evidence)
        #expect(evidence[.bottle]?.witness == [records[0], records[2]])
        #expect(evidence[.twin]?.witness == [records[1], records[2]])
        #expect(evidence[.variant]?.witness == [records[2]])
    }

    @Test
    func filesOnTheHostAreNoticedAndRemoved() async throws {
        let files = Mutex<Set<String>>(["/tmp/old"])
        // A driver that runs everything on the host.
        let driver = FakeDriver(answer: { session, request in
            for line in FakeProbe.lines(of: request.stdin) where line.action == "writefile" && session == .bottle {
                let path = String(decoding: Hex.decode(line.fields[0]) ?? [], as: UTF8.self)
                files.withLock { _ = $0.insert(path) }
            }
            if let nonce = request.argv.first(where: { $0.hasPrefix("/tmp/") }), session == .bottle {
                files.withLock { _ = $0.insert(nonce) }
            }
            return FakeDriver.honest(session, request)
        })
        let check = StubCheck(
            "A-01",
            declare: { declaration in
                let nonce = Nonce.fresh()
                declaration.probe("new", nonce: nonce, .writeFile(path: "/tmp/\(nonce)", bytes: [1]))
                declaration.probe("old", .writeFile(path: "/tmp/old", bytes: [1]))
                let touched = Nonce.fresh()
                declaration.exec("touch", nonce: touched, ExecRequest(["touch", "/tmp/\(touched)"]))
            })
        let summary = await Trial().run(
            [check], driver: driver, hostFiles: { path in files.withLock { $0.contains(path) } },
            remove: { path in files.withLock { _ = $0.remove(path) } })
        let own = try #require(summary.results.first?.evidence?[.bottle])
        let step = try #require(own.probes["new"])
        #expect(step.observation?.facts["host_file"] == "/tmp/\(step.step.nonce)")
        #expect(own.probes["old"]?.observation?.facts["host_file"] == nil)
        let exec = try #require(own.execs["touch"])
        #expect(exec.hostFile == "/tmp/\(exec.step.nonce)")
        #expect(summary.results.first?.evidence?[.twin]?.execs["touch"]?.hostFile == nil)
        #expect(files.withLock { $0 } == ["/tmp/old"])
    }
}
