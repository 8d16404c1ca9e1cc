// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import Yams

/// Reads a manifest strictly: what is not understood is an error at its place, never ignored.
package enum ManifestDecoder {
    /// The largest manifest in bytes; anything longer is a mistake.
    package static let maximumSize = 1_048_576

    /// Reads a file that a manifest names, by its path in the manifest; gives its name for messages, and its text.
    package typealias Reader = (_ relative: String) throws(BottleError) -> (name: String, text: String)

    /// Decodes and checks a whole manifest.
    ///
    /// - Parameters:
    ///   - file: The name of the file, for messages only.
    ///   - read: Reads what the manifest refers to; without one a manifest that refers to files is refused.
    /// - Throws: `.input` as `file:line:column: what was found, what was expected`.
    package static func decode(yaml: String, file: String, read: Reader = nothing) throws(BottleError) -> Manifest {
        let root = try parse(yaml, file: file)
        let fields = try root.fields(ManifestShape.manifest)
        guard let bottlesNode = fields["bottles"] else {
            throw root.problem("found no key \"bottles\" in the manifest, expected bottles and agents.")
        }
        guard let agentsNode = fields["agents"] else {
            throw root.problem("found no key \"agents\" in the manifest, expected bottles and agents.")
        }
        var bottles: [String: Manifest.Bottle] = [:]
        for (key, name, value) in try bottlesNode.entries() {
            try checkName(key, name)
            bottles[name] = try bottle(value.described("bottle \(Quoted(name))"))
        }
        var agents: [String: Manifest.Agent] = [:]
        for (key, name, value) in try agentsNode.entries() {
            try checkName(key, name)
            agents[name] = try AgentDecoder.agent(
                value.described("agent \(Quoted(name))"), bottles: bottles, read: read)
        }
        return Manifest(bottles: bottles, agents: agents)
    }

    /// The reader of a manifest that has no directory.
    package static func nothing(_ relative: String) throws(BottleError) -> (name: String, text: String) {
        throw BottleError(.input, "the manifest is no file, so that nothing stands beside it.")
    }

    static func parse(_ yaml: String, file: String) throws(BottleError) -> YAMLCursor {
        guard yaml.utf8.count <= maximumSize else {
            throw BottleError(.input, "\(file):1:1: found \(yaml.utf8.count) bytes, expected at most \(maximumSize).")
        }
        if let reason = TextRules.problem(withYAML: Array(yaml.utf8)) {
            let place = TextRules.place(of: reason.offset, in: Array(yaml.utf8))
            throw BottleError(.input, "\(file):\(place.line):\(place.column): \(reason.text)")
        }
        try YAMLGuard.check(yaml, file: file)
        let root: Node?
        do {
            // One encoding for all platforms: the default asks the process environment.
            root = try Parser(yaml: yaml, encoding: .utf8).singleRoot()
        } catch {
            throw YAMLFailure.translate(error, file: file)
        }
        guard let root, root.tag.description != Tag.Name.null.rawValue else {
            throw BottleError(.input, "\(file):1:1: found an empty document, expected bottles and agents.")
        }
        return YAMLCursor(file: file, what: "the manifest", node: root)
    }

    private static func checkName(_ key: YAMLCursor, _ name: String) throws(BottleError) {
        guard let reason = ManifestRules.problem(withName: name) else { return }
        throw key.problem("found \(Quoted(name)) as a name: \(reason).")
    }

    private static func bottle(_ node: YAMLCursor) throws(BottleError) -> Manifest.Bottle {
        let fields = try node.fields(ManifestShape.bottle)
        var bottle = Manifest.Bottle()
        if let env = fields["env"] { bottle.env = try variables(env) }
        if let allowlist = fields["allowlist"] {
            bottle.allowlist = try allowlist.distinctStrings(ManifestRules.problem(withAllowedHost:)) {
                $0.lowercased()
            }
        }
        if let egress = fields["egress"], let routes = try egress.fields(ManifestShape.egress)["routes"] {
            var seen: Set<String> = []
            for item in try routes.items() {
                let route = try route(item)
                let target = "\(route.scheme.rawValue)://\(route.host.lowercased()):\(route.effectivePort)"
                guard seen.insert(target).inserted else {
                    throw item.problem("found a second route to \(target) in \(routes.what), expected one.")
                }
                bottle.routes.append(route)
            }
        }
        if let git = fields["git"], let upstreams = try git.fields(ManifestShape.git)["upstreams"] {
            var seen: Set<String> = []
            for item in try upstreams.items() {
                let upstream = try upstream(item)
                // A gate on a file system that folds case would serve both from one place.
                guard seen.insert(upstream.name.lowercased()).inserted else {
                    throw item.problem(
                        "found \(Quoted(upstream.name)) a second time in \(upstreams.what), expected it once.")
                }
                bottle.gitUpstreams.append(upstream)
            }
        }
        if let supervise = fields["supervise"] { bottle.supervise = try supervise.boolean() }
        return bottle
    }

    private static func variables(_ env: YAMLCursor) throws(BottleError) -> [String: String] {
        var result: [String: String] = [:]
        for (key, name, value) in try env.entries() {
            if let reason = ManifestRules.problem(withVariable: name) {
                throw key.problem("found \(Quoted(name)) in \(env.what): \(reason).")
            }
            let text = try value.string(isSecret: true)
            // A value may be a secret: the messages leave it out.
            if let reason = ManifestRules.problem(withValue: text)
                ?? SecretRules.problem(withVariable: name, value: text)
            {
                throw value.problem("found a value that cannot be used for \(name): \(reason).")
            }
            if let reason = EnvironmentRules.problem(withVariable: name, value: text) {
                throw key.problem("found \(name) in \(env.what): \(reason).")
            }
            result[name] = text
        }
        return result
    }

    private static func upstream(_ node: YAMLCursor) throws(BottleError) -> Manifest.GitUpstream {
        let fields = try node.fields(ManifestShape.upstream)
        guard let name = fields["name"], let url = fields["url"] else {
            throw node.problem("found a git upstream without \(fields["name"] == nil ? "name" : "url"), expected one.")
        }
        var upstream = Manifest.GitUpstream(
            name: try name.string(ManifestRules.problem(withRepository:)), url: try url.string())
        // The rejected address may hold a password: the message leaves it out.
        if let reason = ManifestRules.problem(withGitURL: upstream.url) {
            throw url.problem("found an address that cannot be used for \(url.what): \(reason).")
        }
        upstream.identity = try fields["identity"]?.string(ManifestRules.problem(withRelativePath:))
        upstream.knownHosts = try fields["known_hosts"]?.string(ManifestRules.problem(withRelativePath:))
        if let reason = ManifestRules.problem(with: upstream) {
            throw node.problem("found the git upstream \(Quoted(upstream.name)), which cannot be used: \(reason).")
        }
        return upstream
    }

    private static func route(_ node: YAMLCursor) throws(BottleError) -> Manifest.Route {
        let fields = try node.fields(ManifestShape.route)
        guard let host = fields["host"] else { throw node.problem("found a route without host, expected one.") }
        guard let token = fields["token"] else {
            throw node.problem("found a route without token, expected the name of the variable that holds it.")
        }
        var route = Manifest.Route(
            host: try host.string(ManifestRules.problem(withHost:)),
            // The rejected text may be the token itself, put here by mistake: the message leaves it out.
            tokenVariable: try tokenVariable(token)
        )
        if let scheme = fields["scheme"] {
            let text = try scheme.string()
            guard let known = Manifest.Route.Scheme(rawValue: text) else {
                throw scheme.problem("found the scheme \(Quoted(text)), expected http or https.")
            }
            route.scheme = known
        }
        if let port = fields["port"] { route.port = UInt16(try port.integer(in: 1...65_535)) }
        if let role = fields["role"] { route.role = try role.string(ManifestRules.problem(withRole:)) }
        return route
    }

    private static func tokenVariable(_ node: YAMLCursor) throws(BottleError) -> String {
        let text = try node.string(isSecret: true)
        guard let reason = ManifestRules.problem(withTokenVariable: text) else { return text }
        throw node.problem("found a token that is no variable's name: \(reason).")
    }
}
