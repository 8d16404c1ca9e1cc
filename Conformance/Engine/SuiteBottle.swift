// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// What the suite itself asks a driver for: the bottle of one session, with its own hosts, token and prompt.
struct SuiteBottle: Sendable {
    static let tokenVariable = "BOTTLE_CONFORMANCE_TOKEN"
    static let agent = "probe"
    private static let name = "suite"

    let session: Session
    let slug: String
    /// Random letters; no hex digits, so that nothing takes it for a nonce.
    /// So many that half of it cannot be guessed, and that what a scan has to be told about it does not give it away.
    let token = Scan.secret()
    /// Text that a copy through a shell, a template or a line reader would change; the variant has none at all.
    let prompt: String

    init(session: Session, slug: String) {
        self.session = session
        self.slug = slug
        prompt =
            session == .variant
            ? ""
            : "You are the probe \(SuiteBottle.letters(24)).\nKeep every byte: ü \u{1F9EA} \"$HOME\" `id` \\n %s\t'end' no newline"
    }

    /// The skills that the session's agent names, when there are any on the host.
    var skills: [String] { session == .twin ? [] : [SuiteSkill.named] }

    func request(
        field: SessionField, base: Manifest.Bottle, resolver: String, authority: String? = nil,
        sources: SuiteSources? = nil
    ) -> LaunchRequest {
        var bottle = Manifest.Bottle(env: base.env.merging(SuiteVariables.verbatim) { $1 })
        // The variant allows nothing at all: what reaches out of it has no excuse.
        if session != .variant {
            bottle.allowlist =
                base.allowlist + [field.allowedHost, field.routedHost, field.loopbackHost, field.bundleHost]
                + [field.lookalikeHost].filter { !$0.isEmpty } + field.badHosts.values.sorted()
                + field.internalHosts.values.sorted() + [field.wildHost].filter { !$0.isEmpty }.map { "*.\($0)" }
                + field.shiftingHosts.values.sorted()
            bottle.routes = [Manifest.Route.Scheme.http, .https].map {
                Manifest.Route(host: field.routedHost, scheme: $0, tokenVariable: Self.tokenVariable)
            }
        }
        return LaunchRequest(
            manifest: Manifest(
                bottles: [Self.name: bottle],
                agents: [
                    Self.agent: Manifest.Agent(
                        bottle: Self.name, prompt: prompt, skills: sources == nil ? [] : skills)
                ]),
            agentName: Self.agent, slug: slug, network: session == .twin ? .open : .bottle, resolver: resolver,
            tokens: session == .variant ? [:] : [Self.tokenVariable: Redacted(token)],
            manifestDirectory: sources?.directory, upstreamAuthority: authority)
    }

    /// One bottle a session, with random slugs whose private networks differ.
    static func all() -> [SuiteBottle] {
        var octets: Set<UInt8> = []
        return Session.allCases.map { session in
            var slug: String
            repeat {
                slug = "conformance-\(Nonce.fresh().text.prefix(8))"
            } while !octets
                .insert(AddressPlan(slug: slug).octet).inserted
            return SuiteBottle(session: session, slug: slug)
        }
    }

    static func letters(_ count: Int) -> String {
        let letters = Array("ghijklmnopqrstuvwxyz".utf8)
        return String(decoding: (0..<count).map { _ in letters[Int.random(in: 0..<letters.count)] }, as: UTF8.self)
    }
}
