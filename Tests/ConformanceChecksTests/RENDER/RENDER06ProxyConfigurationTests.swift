// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct RENDER06ProxyConfigurationTests {
    private let check = RENDER06ProxyConfiguration()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("mode", says: "mode is") { $0.edit(.pipelock, "\"strict\"", to: "\"balanced\"") },
        PlanChange("enforce", says: "enforce is") { $0.edit(.pipelock, "\"enforce\": true", to: "\"enforce\": false") },
        PlanChange("allowlist", says: "api_allowlist is") {
            $0.edit(.pipelock, "\"api_allowlist\": [", to: "\"api_allowlist\": [\"evil.test\", ")
        },
        PlanChange("no allowlist", says: "api_allowlist is") {
            $0.edit(.pipelock, "\"api_allowlist\"", to: "\"api_denylist\"")
        },
        PlanChange("forward proxy", says: "forward_proxy.enabled is") {
            $0.edit(
                .pipelock, "\"forward_proxy\": {\n    \"enabled\": true",
                to: "\"forward_proxy\": {\n    \"enabled\": false")
        },
        PlanChange("SNI", says: "forward_proxy.sni_verification is switched off", on: .container) {
            $0.edit(.pipelock, "\"sni_verification\": true", to: "\"sni_verification\": false")
        },
        PlanChange("loopback", says: "fetch_proxy.listen is", on: .container) {
            $0.edit(.pipelock, "0.0.0.0:8888", to: "127.0.0.1:8888")
        },
        PlanChange("another port", says: "fetch_proxy.listen is", on: .container) {
            $0.edit(.pipelock, "0.0.0.0:8888", to: "0.0.0.0:8889")
        },
        PlanChange("no listener", says: "fetch_proxy.listen is absent", on: .container) {
            $0.edit(.pipelock, "\"listen\"", to: "\"other\"")
        },
        PlanChange("internal", says: "internal lacks 127.0.0.0/8", on: .microvm) {
            $0.edit(.pipelock, "\"127.0.0.0/8\",", to: "")
        },
        PlanChange("no internal", says: "internal lacks", on: .microvm) {
            $0.edit(.pipelock, "\"internal\"", to: "\"external\"")
        },
        PlanChange("exception", says: "ssrf.ip_allowlist makes an exception", on: .microvm) {
            $0.edit(.pipelock, "\"internal\"", to: "\"ssrf\": {\"ip_allowlist\": [\"10.0.0.1/32\"]}, \"internal\"")
        },
        PlanChange("trusted", says: "trusted_domains makes an exception", on: .microvm) {
            $0.edit(.pipelock, "\"internal\"", to: "\"trusted_domains\": [\"a.test\"], \"internal\"")
        },
        PlanChange("passthrough", says: "passthrough_domains makes an exception") {
            $0.edit(.pipelock, "\"passthrough_domains\": []", to: "\"passthrough_domains\": [\"*.test\"]")
        },
        PlanChange("suppress", says: "suppress makes an exception") {
            $0.edit(.pipelock, "\"internal\"", to: "\"suppress\": [\"x\"], \"internal\"")
        },
        PlanChange("warning", says: "request_body_scanning.action is") {
            $0.edit(.pipelock, "\"action\": \"block\"", to: "\"action\": \"warn\"")
        },
        PlanChange("headers", says: "request_body_scanning.header_mode is") {
            $0.edit(.pipelock, "\"all\"", to: "\"sensitive\"")
        },
        PlanChange("no headers", says: "scan_headers is switched off") {
            $0.edit(.pipelock, "\"scan_headers\": true", to: "\"scan_headers\": false")
        },
        PlanChange("no patterns", says: "dlp.include_defaults is switched off") {
            $0.edit(.pipelock, "\"include_defaults\": true", to: "\"include_defaults\": false")
        },
        PlanChange("hints", says: "explain_blocks is") {
            $0.edit(.pipelock, "\"explain_blocks\": false", to: "\"explain_blocks\": true")
        },
        PlanChange("metrics", says: "metrics_listen is absent") { $0.edit(.pipelock, "metrics_listen", to: "metrics") },
        PlanChange("public metrics", says: "metrics_listen is") {
            $0.edit(.pipelock, "127.0.0.1:9091", to: "0.0.0.0:9091")
        },
        PlanChange("half a CA", says: "half a certificate authority") {
            $0.edit(.pipelock, "\"ca_cert\": \"/etc/bottle/pipelock-ca.pem\",", to: "")
        },
        PlanChange("half a CA that is switched off", says: "half a certificate authority") {
            $0.edit(
                .pipelock, "\"enabled\": true,\n    \"ca_cert\": \"/etc/bottle/pipelock-ca.pem\",",
                to: "\"enabled\": false,")
        },
        PlanChange("a CA that is not mounted", says: "where nothing of the host is mounted") {
            $0.edit(.pipelock, "\"/etc/bottle/pipelock-ca.pem\"", to: "\"/a.pem\"")
        },
        PlanChange("broken", says: "cannot be read as yaml") { $0.edit(.pipelock, "{", to: "[") },
        PlanChange("a key twice", says: "cannot be read as yaml") {
            $0.edit(.pipelock, "\"internal\"", to: "\"mode\": \"audit\", \"internal\"")
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    @Test func noCAPassesAsWell() throws {
        let pair =
            "\"enabled\": true,\n    \"ca_cert\": \"/etc/bottle/pipelock-ca.pem\",\n"
            + "    \"ca_key\": \"/etc/bottle/pipelock-ca-key.pem\","
        let change = PlanChange("no CA", says: "") { $0.edit(.pipelock, pair, to: "\"enabled\": false,") }
        let whole = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        #expect(whole.plans.values.allSatisfy { $0.report?.artefact(.pipelock)?.text.contains(pair) != false })
        #expect(try change.judge(check).verdict == .pass)
    }

    @Test func withoutTheFileNothingIsKnown() throws {
        let gone = PlanChange("gone", says: "") { $0.artefacts = [] }
        #expect(try gone.judge(check).verdict == .inconclusive)
        let twice = PlanChange("twice", says: "") { $0.artefacts += $0.artefacts }
        #expect(try twice.judge(check).verdict == .inconclusive)
    }
}
