// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
import Yams

/// Reads a manifest strictly: what is not understood is an error at its place, never ignored.
package enum ManifestDecoder {
    /// The largest manifest in bytes; anything longer is a mistake.
    package static let maximumSize = 1_048_576

    /// Decodes and checks a whole manifest.
    ///
    /// - Parameter file: The name of the file, for messages only.
    /// - Throws: `.input` as `file:line:column: what was found, what was expected`.
    package static func decode(yaml: String, file: String) throws(BottleError) -> Manifest {
        let root = try parse(yaml, file: file)
        let fields = try root.fields(["bottles", "agents"])
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
            agents[name] = try agent(value.described("agent \(Quoted(name))"), bottles: bottles)
        }
        return Manifest(bottles: bottles, agents: agents)
    }

    private static func parse(_ yaml: String, file: String) throws(BottleError) -> YAMLCursor {
        guard yaml.utf8.count <= maximumSize else {
            throw BottleError(.input, "\(file):1:1: found \(yaml.utf8.count) bytes, expected at most \(maximumSize).")
        }
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
        let fields = try node.fields(["env", "egress", "allowlist"])
        var bottle = Manifest.Bottle()
        if let env = fields["env"] {
            for (key, name, value) in try env.entries() {
                if let reason = ManifestRules.problem(withVariable: name) {
                    throw key.problem("found \(Quoted(name)) in \(env.what): \(reason).")
                }
                let text = try value.string()
                // A value may be a secret: the message leaves it out.
                if let reason = ManifestRules.problem(withValue: text) {
                    throw value.problem("found a value that cannot be used for \(name): \(reason).")
                }
                bottle.env[name] = text
            }
        }
        if let allowlist = fields["allowlist"] {
            var seen: Set<String> = []
            for item in try allowlist.items() {
                let host = try item.string(ManifestRules.problem(withAllowedHost:))
                guard seen.insert(host.lowercased()).inserted else {
                    throw item.problem("found \(Quoted(host)) a second time in \(allowlist.what), expected it once.")
                }
                bottle.allowlist.append(host)
            }
        }
        if let egress = fields["egress"], let routes = try egress.fields(["routes"])["routes"] {
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
        return bottle
    }

    private static func route(_ node: YAMLCursor) throws(BottleError) -> Manifest.Route {
        let fields = try node.fields(["host", "scheme", "port", "token", "role"])
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
        let text = try node.string()
        guard let reason = ManifestRules.problem(withTokenVariable: text) else { return text }
        throw node.problem("found a token that is no variable's name: \(reason).")
    }

    private static func agent(
        _ node: YAMLCursor, bottles: [String: Manifest.Bottle]
    ) throws(BottleError) -> Manifest.Agent {
        let fields = try node.fields(["bottle", "prompt"])
        guard let bottleNode = fields["bottle"] else {
            throw node.problem("found no bottle for \(node.what), expected the name of one.")
        }
        let name = try bottleNode.string()
        guard bottles[name] != nil else {
            let known = bottles.keys.sorted().map { Quoted($0).description }.joined(separator: ", ")
            throw bottleNode.problem(
                "found \(Quoted(name)) as the bottle of \(node.what), expected \(known.isEmpty ? "a bottle" : known).")
        }
        return Manifest.Agent(bottle: name, prompt: try fields["prompt"]?.string())
    }
}

extension YAMLCursor {
    /// The same node under a better name.
    fileprivate func described(_ what: String) -> YAMLCursor { YAMLCursor(file: file, what: what, node: node) }
}
