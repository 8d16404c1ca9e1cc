// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-12: a secret does not leave, wherever in a request it stands.
package struct PROXY12SecretsStopped: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-12",
        title: "a planted secret is stopped in URL, headers and body",
        statement:
            "A planted secret MUST be blocked in path, query, header and body, in plain requests and in opened TLS, with the "
            + "action block and not warn.",
        why:
            "An allowed host is a way out for whatever the agent was talked into sending. A proxy that only warns has "
            + "watched the secret leave.",
        probed:
            "The guest sends fake keys of the form of a GitHub token, each of them new, to an allowed host: in the path, the "
            + "query, a header and the body, there also in base64 and in hex, in plain and over TLS. None may arrive; the "
            + "same requests with a harmless value of the same length must, and an open twin lets the keys through.",
        remedy:
            "Open TLS for every host that is not exempt by declaration, look through URL, headers and body in plain, base64 "
            + "and hex before they go on, and let the action be block.",
        profiles: .fullProfiles,
        mutants: ["warn": .violated, "passthrough": .violated, "closedtwin": .inconclusive]
    )

    /// Where in a request the value stands.
    private static let shapes = ["path", "query", "header", "body", "base64", "hex"]
    private static let transports = ["plain", "tls"]

    private static var forms: [(key: String, shape: String, transport: String)] {
        transports.flatMap { transport in shapes.map { ("\(transport)/\($0)", $0, transport) } }
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        for form in Self.forms {
            let (planted, harmless) = (Nonce.fresh(), Nonce.fresh())
            declaration.probe(
                "planted/\(form.key)", nonce: planted,
                .exchange(
                    Self.exchange(form.shape, form.transport, "ghp_" + FakeSecret.letters(36), planted, declaration)))
            guard declaration.session == .bottle else { continue }
            declaration.probe(
                "harmless/\(form.key)", nonce: harmless,
                .exchange(
                    Self.exchange(form.shape, form.transport, "note" + FakeSecret.letters(36), harmless, declaration)))
        }
    }

    private static func exchange(
        _ shape: String, _ transport: String, _ value: String, _ nonce: Nonce, _ declaration: Declaration
    ) -> Exchange {
        var (path, headers, body) = ("/\(nonce)", [String](), "")
        switch shape {
        case "path": path += "/\(value)/end"
        case "query": path += "?q=\(value)"
        case "header": headers = ["X-Note: \(value)"]
        case "base64": body = base64("first \(value) last")
        case "hex": body = Hex.encode(Array("first \(value) last".utf8))
        default: body = "first \(value) last"
        }
        let method = body.isEmpty ? "GET" : "POST"
        if !body.isEmpty {
            // The head of a request goes on before its body is known: only what follows the secret tells that it arrived,
            // and the head has a nonce of its own.
            path = "/\(Nonce.fresh())"
            body += "\n\(nonce)\n"
            headers.append("Content-Type: text/plain")
        }
        let (host, bundle) = (declaration.field.allowedHost, declaration.description.bundleAddress)
        return transport == "tls"
            ? Requests.secure(
                host, nonce, via: bundle, trust: .anybody, method: method, path: path, headers: headers, body: body)
            : Requests.absolute(host, nonce, via: bundle, method: method, path: path, headers: headers, body: body)
    }

    /// Of whole groups of three, which have no padding.
    private static func base64(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let rest = [UInt8](repeating: UInt8(ascii: "."), count: (3 - bytes.count % 3) % 3)
        return String(decoding: Base64.encode(bytes + rest), as: UTF8.self)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let host = scene.field.allowedHost
        let needs = [CanaryNeed(.offHost, .tcp, 80), CanaryNeed(.offHost, .tcp, 443)]
        let attempts = Self.forms.map { form in
            Denial.Attempt(
                key: "planted/\(form.key)",
                deed: "\(host) with a planted secret in the \(Self.place(form.shape)), \(Self.way(form.transport))",
                canaries: needs[form.transport == "tls" ? 1 : 0].canaries(in: scene.field),
                twinKey: "planted/\(form.key)", accepted: [.denied, .halfOpen])
        }
        let permitted = Self.forms.map { form in
            Denial.Permitted(
                key: "harmless/\(form.key)",
                what: "\(host) with a harmless value in the \(Self.place(form.shape)), \(Self.way(form.transport))",
                proof: .bannerThroughBundle)
        }
        let denial = Denial(attempts: attempts, permitted: permitted, gaps: needs.gaps(in: scene.field))
        return denial.judge(
            evidence,
            pass: "\(attempts.count) requests with a planted secret were stopped, and as many without one passed")
    }

    private static func place(_ shape: String) -> String {
        ["base64", "hex"].contains(shape) ? "body in \(shape)" : shape
    }

    private static func way(_ transport: String) -> String { transport == "tls" ? "over TLS" : "in plain" }
}
