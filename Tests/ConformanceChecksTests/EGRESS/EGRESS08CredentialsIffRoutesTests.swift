// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS08CredentialsIffRoutesTests {
    private let check = EGRESS08CredentialsIffRoutes()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("no config", says: "lacks a file of routes") { $0.sidecars.egress.config = nil },
        PlanChange("always a config", says: "has a file of routes") { $0.sidecars.egress.config = "/x" },
        PlanChange("no authority", says: "lacks a certificate authority") { $0.sidecars.egress.authority = nil },
        PlanChange("always an authority", says: "has a certificate authority") {
            $0.sidecars.egress.authority = CertificateFiles(directory: "/x")
        },
        PlanChange("always a mount", says: "has a mount of egress's key", on: .container) {
            $0.bundle.mounts.append(BundleMount(source: "/x", target: "/etc/bottle/egress-ca-key.pem"))
        },
        PlanChange("no mount", says: "lacks a mount of the routes", on: .container) {
            $0.bundle.mounts.removeAll { $0.target == "/etc/bottle/routes.yaml" }
        },
        PlanChange("no certificate", says: "lacks a mount of egress's certificate", on: .container) {
            $0.bundle.mounts.removeAll { $0.target == "/etc/bottle/egress-ca.pem" }
        },
        PlanChange("no routes", says: "lacks routes", on: .microvm) { $0.sidecars.egress.routes = [] },
        PlanChange("another upstream", says: "egress's upstream is", on: .microvm) {
            $0.sidecars.egress.upstreamProxy = "http://192.0.2.1:8888"
        },
        PlanChange("a slot less", says: "the slots of egress", on: .microvm) { $0.sidecars.egress.tokenVariables = [] },
        PlanChange("a slot more", says: "the slots of the bundle") { $0.bundle.tokenVariables.append("MORE") },
        PlanChange("a value", says: "has a value in the plan") { $0.bundle.environment["API_TOKEN"] = "x" },
        PlanChange("an empty value", says: "has a value in the plan") { $0.bundle.environment["CACHE_TOKEN"] = "" },
        PlanChange("a value in a call", says: "the call create gives the variable API_TOKEN a value", on: .microvm) {
            $0.editCreate { $0.append("API_TOKEN=x") }
        },
        PlanChange("routes without routes", says: "has a rendered file of routes") {
            if $0.plan.routes.isEmpty { $0.artefacts.append(Artefact(.routes, .yaml, path: "/x", text: "[]")) }
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }
}
