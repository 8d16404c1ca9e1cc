// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// RENDER-06: pipelock is configured to enforce the declared allowlist, with every unsafe default spelled out.
package struct RENDER06ProxyConfiguration: Check {
    package init() {}

    package let requirement = Requirement(
        id: "RENDER-06",
        title: "pipelock's configuration enforces what is declared",
        statement:
            "The rendered pipelock.yaml MUST list exactly the declared hosts (or none.invalid for none), in strict mode with "
            + "enforcement on; forward proxy on, listening on port 8888 beyond loopback; the SNI check not off; the list of "
            + "internal networks holding every private, loopback and link-local one, with no exception; request bodies "
            + "and all headers scanned with action block, with the built-in patterns; metrics on loopback; and a "
            + "certificate authority with both halves, as they are mounted, or with none.",
        why:
            "Pipelock's defaults are for a developer's machine: balanced mode lets every host through, scanning warns and "
            + "forwards, the forward proxy is off and the listener is on loopback. What is not spelled out is not enforced.",
        probed:
            "The driver plans bottles with every combination of sidecars, with wildcards, upper case and no allowlist at "
            + "all; the file is read by an independent parser, and each field is compared.",
        remedy: "Render each of the named keys; an omitted key of this file is never the safe choice.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["audit": .violated, "halfca": .violated]
    )

    private static let scenes = PlanScene.features + PlanScene.standard

    /// What a listed host may not resolve to.
    static let internals = [
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128",
        "fc00::/7", "fe80::/10",
    ]

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        declaration.plans(Self.scenes, artefacts: [.pipelock])
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        let findings = Self.scenes.flatMap { scene -> [Finding] in
            if case .report(let report, _) = evidence.planned(scene.name), report.artefact(.pipelock) == nil {
                return [Finding(.fact, .missing, "\(scene.name): the plan has no pipelock.yaml: render it")]
            }
            return evidence.compare(scene.name, holds: "pipelock enforces what is declared") { report, expected in
                guard let artefact = report.artefact(.pipelock) else { return [] }
                let file = RenderedFile(artefact)
                guard let value = file.value else { return [file.problem ?? "pipelock.yaml says nothing"] }
                return Self.differences(value, expected, mounts: report.bundle.mounts)
            }
        }
        return .concluding(
            findings, pass: "\(Self.scenes.count) configurations enforce the declared hosts and no others")
    }

    static func differences(_ value: JSONValue, _ expected: ExpectedPlan, mounts: [BundleMount]) -> [String] {
        let hosts = expected.allowlist.isEmpty ? ["none.invalid"] : expected.allowlist.sorted()
        var found: [String?] = [
            difference("mode", text(value["mode"]), wanted: "strict"),
            difference("enforce", text(value["enforce"]), wanted: "true"),
            difference("api_allowlist", (value["api_allowlist"]?.texts ?? []).sorted(), wanted: hosts),
            difference("forward_proxy.enabled", text(value[path: "forward_proxy", "enabled"]), wanted: "true"),
            difference(
                "request_body_scanning.action", text(value[path: "request_body_scanning", "action"]), wanted: "block"),
            difference(
                "request_body_scanning.header_mode", text(value[path: "request_body_scanning", "header_mode"]),
                wanted: "all"),
            // On by default in pipelock: an absent key is fine, false is not.
            notOff("request_body_scanning.enabled", value[path: "request_body_scanning", "enabled"]),
            notOff("request_body_scanning.scan_headers", value[path: "request_body_scanning", "scan_headers"]),
            notOff("forward_proxy.sni_verification", value[path: "forward_proxy", "sni_verification"]),
            notOff("dlp.include_defaults", value[path: "dlp", "include_defaults"]),
            nothing("ssrf.ip_allowlist", value[path: "ssrf", "ip_allowlist"]),
            nothing("trusted_domains", value["trusted_domains"]),
            nothing("tls_interception.passthrough_domains", value[path: "tls_interception", "passthrough_domains"]),
            nothing("suppress", value["suppress"]),
            difference("explain_blocks", text(value["explain_blocks"]) ?? "false", wanted: "false"),
        ]
        found += [listener(value[path: "fetch_proxy", "listen"]?.string, bundle: expected.bundle)]
        found += [metrics(value["metrics_listen"]?.string)]
        let listed = value["internal"]?.texts ?? []
        let lacking = internals.filter { !listed.contains($0) }
        if !lacking.isEmpty { found.append("internal lacks \(lacking.joined(separator: ", "))") }
        return found.compactMap(\.self) + authority(value["tls_interception"], mounts)
    }

    private static func text(_ value: JSONValue?) -> String? {
        switch value {
        case nil: nil
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .some(let other): other.pretty
        }
    }

    private static func notOff(_ key: String, _ value: JSONValue?) -> String? {
        value == nil || value == .bool(true) ? nil : "\(key) is switched off"
    }

    private static func nothing(_ key: String, _ value: JSONValue?) -> String? {
        guard let value, value != .null, value.array?.isEmpty != true else { return nil }
        return "\(key) makes an exception: \(Quoted(value.pretty, limit: 120))"
    }

    private static func listener(_ text: String?, bundle: String) -> String? {
        let wanted = ["0.0.0.0:8888", "\(bundle):8888"]
        guard let text else { return "fetch_proxy.listen is absent, and the default is loopback" }
        return wanted.contains(text)
            ? nil : "fetch_proxy.listen is \(Quoted(text)), expected \(wanted.joined(separator: " or "))"
    }

    private static func metrics(_ text: String?) -> String? {
        guard let text else { return "metrics_listen is absent, so that the guest is served the blocked hosts" }
        let isLoopback = text.hasPrefix("127.0.0.1:") || text.hasPrefix("[::1]:")
        return isLoopback ? nil : "metrics_listen is \(Quoted(text)), expected an address of loopback"
    }

    /// Both halves, each where it is mounted, or none of them.
    private static func authority(_ section: JSONValue?, _ mounts: [BundleMount]) -> [String] {
        let certificate = section?["ca_cert"]?.string
        let key = section?["ca_key"]?.string
        let isOn = section?["enabled"] == .bool(true)
        guard isOn || certificate != nil || key != nil else { return [] }
        guard let certificate, let key, certificate != key, !certificate.isEmpty, !key.isEmpty else {
            return ["tls_interception has half a certificate authority: ca_cert and ca_key belong together"]
        }
        let places = mounts.map(\.target)
        return [("ca_cert", certificate), ("ca_key", key)].filter { !places.contains($0.1) }.map {
            "tls_interception.\($0.0) is \(Quoted($0.1)), where nothing of the host is mounted"
        }
    }
}
