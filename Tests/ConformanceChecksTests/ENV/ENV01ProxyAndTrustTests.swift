// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct ENV01ProxyAndTrustTests {
    private let check = ENV01ProxyAndTrust()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("HTTPS_PROXY", says: "HTTPS_PROXY is") { $0.plan.guestEnvironment["HTTPS_PROXY"] = nil },
        PlanChange("https_proxy", says: "https_proxy is") { $0.plan.guestEnvironment["https_proxy"] = nil },
        PlanChange("HTTP_PROXY", says: "HTTP_PROXY is") { $0.plan.guestEnvironment["HTTP_PROXY"] = nil },
        PlanChange("http_proxy", says: "http_proxy is") { $0.plan.guestEnvironment["http_proxy"] = nil },
        PlanChange("NO_PROXY", says: "NO_PROXY is") { $0.plan.guestEnvironment["NO_PROXY"] = nil },
        PlanChange("no_proxy", says: "no_proxy is") { $0.plan.guestEnvironment["no_proxy"] = nil },
        PlanChange("NODE_EXTRA_CA_CERTS", says: "NODE_EXTRA_CA_CERTS is") {
            $0.plan.guestEnvironment["NODE_EXTRA_CA_CERTS"] = nil
        },
        PlanChange("SSL_CERT_FILE", says: "SSL_CERT_FILE is") { $0.plan.guestEnvironment["SSL_CERT_FILE"] = nil },
        PlanChange("REQUESTS_CA_BUNDLE", says: "REQUESTS_CA_BUNDLE is") {
            $0.plan.guestEnvironment["REQUESTS_CA_BUNDLE"] = nil
        },
        PlanChange("scheme", says: "HTTPS_PROXY is", on: .container) {
            $0.plan.guestEnvironment["HTTPS_PROXY"] = "https://\($0.bundle.address):8888"
        },
        PlanChange("port", says: "http_proxy is", on: .container) {
            $0.plan.guestEnvironment["http_proxy"] = "http://\($0.bundle.address):8889"
        },
        PlanChange("slash", says: "HTTP_PROXY is", on: .microvm) {
            $0.plan.guestEnvironment["HTTP_PROXY"]?.append("/")
        },
        PlanChange("bundle always exempt", says: "NO_PROXY is", on: .microvm) {
            $0.plan.guestEnvironment["NO_PROXY"] = "localhost,127.0.0.1,\($0.bundle.address)"
        },
        PlanChange("bundle never exempt", says: "no_proxy is", on: .microvm) {
            $0.plan.guestEnvironment["no_proxy"] = "localhost,127.0.0.1"
        },
        PlanChange("a name", says: "MCP_SUPERVISE_URL leads to the host") {
            $0.plan.guestEnvironment["MCP_SUPERVISE_URL"] = "http://bundle:9100"
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }
}
