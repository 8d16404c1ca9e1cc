// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Testing

@testable import BottleBackends

@Suite struct NamespacesPiecesTests {
    @Test func socketTablesAreReadAsTheKernelPrintsThem() {
        let tcp = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:238B 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
               1: 00000000:22B8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 2 1
               2: 0100007F:238B 0100007F:A000 01 00000000:00000000 00:00000000 00000000  1000        0 3 1
               x: garbage
            """
        #expect(SocketTable.listeners("tcp", tcp) == ["tcp 127.0.0.1:9099", "tcp 0.0.0.0:8888"])
        let zero = "00000000000000000000000000000000"
        let tcp6 = """
            head
             0: \(zero):22B8 \(zero):0000 0A 0
             1: 00000000000000000000000001000000:0050 \(zero):0000 0A 0
             2: 0000000000000000FFFF00000100007F:0051 \(zero):0000 0A 0
             3: B80D0120000077000000000010000000:0052 \(zero):0000 0A 0
            """
        #expect(
            SocketTable.listeners("tcp6", tcp6) == [
                "tcp [::]:8888", "tcp [::1]:80", "tcp [::ffff:127.0.0.1]:81", "tcp [2001:db8:77::10]:82",
            ])
        #expect(SocketTable.listeners("udp", "head\n 0: 3500007F:0035 00000000:0000 07 0") == ["udp 127.0.0.53:53"])
        #expect(SocketTable.listeners("tcp", "").isEmpty)
    }

    @Test(arguments: [
        "127.0.0.1", "0.0.0.0", "203.0.113.53", "::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1",
    ])
    func addressLiterals(_ text: String) { #expect(IPLiteral.isValid(text)) }

    @Test(arguments: [
        "", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "1.2.3.4\nnameserver 9.9.9.9",
        "::1%lo", "[::1]", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1.2.3.4:53",
    ])
    func notAddressLiterals(_ text: String) { #expect(!IPLiteral.isValid(text)) }

    @Test func environmentLayersAndRefusals() throws {
        let environment = ExecEnvironment.guest(
            bottle: ["HTTP_PROXY": "p", "EDITOR": "vi"], root: false, tty: true, request: ["EDITOR": "ed"])
        #expect(environment["EDITOR"] == "ed")
        #expect(environment["HTTP_PROXY"] == "p")
        #expect(environment["HOME"] == "/home/node")
        #expect(environment["TERM"] != nil)
        #expect(ExecEnvironment.bundle(request: [:])["HTTP_PROXY"] == nil)
        #expect(try ExecEnvironment.lines(["B": "2", "A": "1=1"]) == ["A=1=1", "B=2"])
        for bad in [["": "x"], ["A=B": "x"], ["A": "x\0"], ["A\0": "x"]] {
            let error = #expect(throws: BottleError.self) { try ExecEnvironment.lines(bad) }
            #expect(error?.code == .usage)
        }
    }

    @Test func initDocumentCarriesOnlyTheTokensThatARouteNames() throws {
        let manifest = Manifest(
            bottles: [
                "b": Manifest.Bottle(routes: [Manifest.Route(host: "a.example", tokenVariable: "WANTED")])
            ],
            agents: ["a": Manifest.Agent(bottle: "b")])
        let plan = try BottlePlan.make(manifest: manifest, agentName: "a", slug: "dev")
        let document = try BundleInit(
            plan: plan, open: false, faults: [.noinject, .open, .canned],
            tokens: ["WANTED": Redacted("value/1"), "OTHER": Redacted("secret")]
        ).document()
        #expect(
            String(decoding: document, as: UTF8.self) == """
                {"bundle_address":"10.77.156.2","daemons":["egress","pipelock"],"faults":["noinject"],"open":false,\
                "pipelock_config":"/etc/bottle/pipelock.yaml","routes_config":"/etc/bottle/routes.yaml",\
                "tokens":{"WANTED":"value/1"}}

                """)
        let carried = try BundleInit(
            plan: plan, open: false, faults: [], tokens: [:],
            artefacts: [
                Artefact(.pipelock, .json, path: "/p", text: "{}"),
                Artefact(.routes, .json, path: "/r", text: "[]"),
            ]
        ).document()
        let text = String(decoding: carried, as: UTF8.self)
        #expect(text.contains(#""pipelock_text":"{}""#) && text.contains(#""routes_text":"[]""#))
    }

    @Test func initDocumentBringsAuthoritiesOrNamesTheirFiles() throws {
        let manifest = Manifest(bottles: ["b": Manifest.Bottle()], agents: ["a": Manifest.Agent(bottle: "b")])
        let plan = try BottlePlan.make(manifest: manifest, agentName: "a", slug: "dev")
        let pair = BottleAuthorities.Pair(certificate: "CERT\n", key: Redacted("KEY\n"))
        func document(
            egress: Bool = false, open: Bool = false, isCarried: Bool = true, upstream: String? = nil
        ) throws -> String {
            let artefacts = [Artefact(.pipelock, .json, path: "/p", text: "{}")]
            let document = try BundleInit(
                plan: plan, open: open, faults: [], tokens: [:], artefacts: isCarried ? artefacts : [],
                authorities: BottleAuthorities(pipelock: pair, egress: egress ? pair : nil), upstream: upstream
            ).document()
            return String(decoding: document, as: UTF8.self)
        }
        let texts = #""certificate_text":"CERT\n","key":"/etc/bottle/pipelock-ca-key.pem","key_text":"KEY\n"}"#
        let alone = #""authorities":{"pipelock":{"certificate":"/etc/bottle/pipelock-ca.pem",\#(texts)},"#
        #expect(try document().contains(alone) && !document().contains("trust"))
        let named = try document(egress: true, isCarried: false, upstream: "ORIGIN")
        #expect(
            named.contains(
                #"{"egress":{"certificate":"/etc/bottle/egress-ca.pem","key":"/etc/bottle/egress-ca-key.pem"},"#
                    + #""pipelock":{"certificate":"/etc/bottle/pipelock-ca.pem","key":"/etc/bottle/pipelock-ca-key.pem"}}"#
            ))
        #expect(named.contains(#""trust":"/etc/bottle/upstream-trust.pem"}"#) && !named.contains("ORIGIN"))
        #expect(try document(upstream: "ORIGIN").contains(#""trust_text":"ORIGIN""#))
        // An open twin opens nothing.
        let twin = try document(egress: true, open: true, upstream: "ORIGIN")
        #expect(!twin.contains("authorities") && !twin.contains("KEY") && !twin.contains("ORIGIN"))
        let error = #expect(throws: BottleError.self) {
            try document(upstream: String(repeating: "x", count: 1 << 20))
        }
        #expect(error?.code == .input && error?.message.contains("1048576 are read") == true)
    }

    private func line(_ event: String, daemon: String = "init", detail: String = "") -> [UInt8] {
        Array(
            #"{"daemon":"\#(daemon)","time":"t","event":"\#(event)","client":"","target":"","detail":"\#(detail)"}"#
                .utf8)
    }

    @Test func bundleLogFollowsInit() async throws {
        let log = BundleLog()
        log.take(line: line("status", detail: "egress,pipelock"))
        log.take(line: line("ready", detail: "egress,pipelock"))
        try await log.waitUntilReady()
        #expect(log.running == ["egress", "pipelock"])
        log.take(line: line("forward", daemon: "pipelock"))
        log.take(line: line("died", detail: "egress was killed by signal 9"))
        #expect(log.running == ["pipelock"])
        log.end("init exited")
        #expect(log.running.isEmpty)
        #expect(log.death == "egress was killed by signal 9")
        #expect(log.records.map(\.event) == ["status", "ready", "forward", "died"])
    }

    @Test func aBundleThatNeverBecomesReadyIsALaunchFailureWithItsOwnWords() async {
        let log = BundleLog()
        let wait = Task { try await log.waitUntilReady() }
        log.take(line: Array("bottle-bundle: stdin: \u{1b}[31m bad".utf8))
        log.end("init exited 1")
        let error = await #expect(throws: BottleError.self) { try await wait.value }
        #expect(error?.code == .launch)
        #expect(error?.message.contains(#"\u{1b}[31m bad"#) == true)
    }

    @Test func aFloodOfRecordsIsBounded() {
        let log = BundleLog()
        for _ in 0..<(BundleLog.recordLimit + 5) { log.take(line: line("blocked", daemon: "pipelock")) }
        #expect(log.records.count == BundleLog.recordLimit + 1)
        #expect(log.records.last?.detail == "5 lines left out")
    }

    @Test func diagnosisNamesTheSwitch() {
        let error = BottleError(.prerequisite, "cannot make a user namespace: EPERM")
        func remedy(_ change: (inout NamespacesPreflight.Clues) -> Void) -> String {
            var clues = NamespacesPreflight.Clues(
                maxUserNamespaces: 1000, unprivilegedClone: nil, appArmorRestriction: nil, isInContainer: false,
                isRoot: false)
            change(&clues)
            return NamespacesPreflight.diagnose(error, clues).remedy
        }
        #expect(remedy { $0.hasUserNamespaces = false }.contains("CONFIG_USER_NS"))
        #expect(!remedy { $0.maxUserNamespaces = nil }.contains("CONFIG_USER_NS"))
        #expect(remedy { $0.maxUserNamespaces = 0 }.contains("user.max_user_namespaces"))
        #expect(remedy { $0.unprivilegedClone = 0 }.contains("unprivileged_userns_clone=1"))
        #expect(remedy { $0.appArmorRestriction = 1 }.contains("apparmor_restrict_unprivileged_userns=0"))
        #expect(remedy { $0.isInContainer = true }.contains("systempaths=unconfined"))
        #expect(
            NamespacesPreflight.diagnose(error, .init(isInContainer: false, isRoot: false)).message.contains("EPERM"))
        #expect(NamespacesPreflight.diagnose(error, .init(isInContainer: false, isRoot: true)).id == "user-namespaces")
    }

    @Test func readBackOfResolversAndVariables() {
        #expect(
            NamespacesBottle.resolvers("# x\nnameserver 1.2.3.4\nnameserver\t::1\nsearch a\n") == ["1.2.3.4", "::1"])
        #expect(NamespacesBottle.variables(Array("A=1\0B=x=y\0junk\0C=\0".utf8)) == ["A": "1", "B": "x=y", "C": ""])
    }
}
