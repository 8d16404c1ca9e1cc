// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// A call of an engine's program that the harness can make by itself, over the engine's local socket.
///
/// Starting the program costs more than most calls do, and the suite makes a good hundred of them. What a call does is still
/// said in the program's own words: those that stand here mean the same, and every other goes to the program.
enum DirectCall: Sendable, Hashable {
    /// `start NAME`
    case start(String)
    /// `rm --force [--volumes] NAME...`
    case removeContainers([String], volumes: Bool)
    /// `network rm NAME...`
    case removeNetworks([String])
    /// `network connect [--ip ADDRESS] NETWORK CONTAINER`
    case connect(network: String, address: String?, container: String)
    /// `cp - CONTAINER:/`
    case extract(container: String)
    /// `cp CONTAINER:PATH -`
    case archive(container: String, path: String)
    /// `ps`, `network ls`, `volume ls`
    case list(List)
    /// `container inspect --format {{json .NetworkSettings.Networks}} NAME`
    case addresses(String)
    /// `image inspect --format {{.Id}} {{json .Config.Labels}} NAME`
    case image(String)
    /// `tag IMAGE REFERENCE`
    case tag(image: String, reference: Reference)
    /// `commit --change CHANGE CONTAINER REFERENCE`
    case commit(container: String, reference: Reference, change: String)
    /// `rmi --force NAME...`
    case removeImages([String])
    /// `volume create [--label LABEL]... NAME`
    case createVolume(Volume)
    /// `volume rm NAME...`
    case removeVolumes([String])
    /// `create [OPTION]... IMAGE [ARGUMENT]...`
    case createContainer(Container)
    /// `network create [OPTION]... NAME`
    case createNetwork(Network)
    /// `exec [--interactive] [--user USER] [--workdir DIRECTORY] [--env NAME[=VALUE]]... CONTAINER ARGUMENT...`
    case exec(Exec)

    /// A process to run in a container that runs.
    struct Exec: Sendable, Hashable {
        var container: String
        var argv: [String]
        var user = ""
        var directory = ""
        /// `NAME=value` each.
        var environment: [String] = []
        var isInteractive = false
    }

    /// Standard input that certainly fits into a socket at once: a process may end without reading it, and a socket that
    /// breaks while it is written to would take what the process said along.
    private static let inputLimit = 96 << 10

    /// - Parameters:
    ///   - arguments: Of the engine's program.
    ///   - variables: What the program would find in its environment.
    /// - Returns: nil for whatever the program itself has to do.
    init?(_ arguments: [String], stdin: [UInt8], variables: [String: String]) {
        var words = Words(arguments)
        switch (words.next(), words.rest.first) {
        case ("start", _):
            guard let name = words.name(), words.isEmpty else { return nil }
            self = .start(name)
        case ("rm", _):
            var volumes = false
            guard words.take("--force") else { return nil }
            volumes = words.take("--volumes")
            guard let names = words.names() else { return nil }
            self = .removeContainers(names, volumes: volumes)
        case ("network", "rm"):
            _ = words.next()
            guard let names = words.names() else { return nil }
            self = .removeNetworks(names)
        case ("ps", _):
            guard let list = Self.list(.containers, &words) else { return nil }
            self = .list(list)
        case ("network", "ls"), ("volume", "ls"):
            let kind: List.Kind = arguments[0] == "network" ? .networks : .volumes
            _ = words.next()
            guard let list = Self.list(kind, &words) else { return nil }
            self = .list(list)
        case ("container", "inspect"):
            guard arguments.count == 5, Array(arguments.prefix(4)) == BundleCommands.addresses,
                let name = Words.name(arguments[4])
            else { return nil }
            self = .addresses(name)
        case ("image", "inspect"):
            guard arguments.count == 5, Array(arguments.prefix(4)) == ImageIdentity.question,
                let name = Words.image(arguments[4])
            else { return nil }
            self = .image(name)
        case ("tag", _):
            guard let image = words.next().flatMap(Words.image),
                let reference = words.next().flatMap(Reference.init), words.isEmpty
            else { return nil }
            self = .tag(image: image, reference: reference)
        case ("commit", _):
            guard words.take("--change"), let change = words.next(), let container = words.name(),
                let reference = words.next().flatMap(Reference.init), words.isEmpty
            else { return nil }
            self = .commit(container: container, reference: reference, change: change)
        case ("rmi", _):
            guard words.take("--force"), !words.isEmpty else { return nil }
            let names = words.rest.compactMap(Words.image)
            guard names.count == words.rest.count else { return nil }
            self = .removeImages(names)
        case ("volume", "create"):
            _ = words.next()
            guard let volume = Self.volume(&words) else { return nil }
            self = .createVolume(volume)
        case ("volume", "rm"):
            _ = words.next()
            guard let names = words.names() else { return nil }
            self = .removeVolumes(names)
        case ("create", _):
            guard let container = Self.container(&words, stdin: stdin, variables) else { return nil }
            self = .createContainer(container)
        case ("network", "create"):
            _ = words.next()
            guard let network = Self.network(&words) else { return nil }
            self = .createNetwork(network)
        case ("network", "connect"):
            _ = words.next()
            let address = words.take("--ip") ? words.next() : nil
            guard let network = words.name(), let container = words.name(), words.isEmpty else { return nil }
            self = .connect(network: network, address: address, container: container)
        case ("cp", "-"):
            _ = words.next()
            guard let target = words.next(), words.isEmpty, target.hasSuffix(":/"),
                let name = Words.name(String(target.dropLast(2)))
            else { return nil }
            self = .extract(container: name)
        case ("cp", _):
            guard let source = words.next(), words.take("-"), words.isEmpty, let colon = source.firstIndex(of: ":"),
                let name = Words.name(String(source[..<colon]))
            else { return nil }
            let path = String(source[source.index(after: colon)...])
            guard path.hasPrefix("/") else { return nil }
            self = .archive(container: name, path: path)
        case ("exec", _):
            guard stdin.count <= Self.inputLimit, let exec = Self.exec(&words, variables),
                exec.isInteractive != stdin.isEmpty
            else { return nil }
            self = .exec(exec)
        default: return nil
        }
    }

    private static func exec(_ words: inout Words, _ variables: [String: String]) -> Exec? {
        var exec = Exec(container: "", argv: [])
        while words.rest.first?.hasPrefix("-") == true {
            switch words.next() {
            case "--interactive": exec.isInteractive = true
            case "--user":
                guard let user = words.next() else { return nil }
                exec.user = user
            case "--workdir":
                guard let directory = words.next() else { return nil }
                exec.directory = directory
            case "--env":
                guard let line = words.next().flatMap({ Self.line($0, variables) }) else { return nil }
                exec.environment.append(line)
            default: return nil
            }
        }
        guard let container = words.name(), !words.isEmpty else { return nil }
        exec.container = container
        exec.argv = Array(words.rest)
        return exec
    }

    /// An address in a network.
    struct Endpoint: Sendable, Hashable, Encodable {
        struct Addresses: Sendable, Hashable, Encodable {
            var address: String
            private enum CodingKeys: String, CodingKey { case address = "IPv4Address" }
        }
        var addresses: Addresses
        private enum CodingKeys: String, CodingKey { case addresses = "IPAMConfig" }
    }

    /// A name of an image with a tag, as `NAME:TAG`.
    struct Reference: Sendable, Hashable {
        var name: String
        var tag: String

        init?(_ word: String) {
            let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let name = Words.image(parts[0]), let tag = Words.name(parts[1]) else { return nil }
            (self.name, self.tag) = (name, tag)
        }
    }

    /// Arguments from left to right.
    struct Words {
        private(set) var rest: ArraySlice<String>
        init(_ words: [String]) { rest = words[...] }
        var isEmpty: Bool { rest.isEmpty }
        mutating func next() -> String? { rest.popFirst() }

        mutating func take(_ word: String) -> Bool {
            guard rest.first == word else { return false }
            rest.removeFirst()
            return true
        }

        mutating func name() -> String? { next().flatMap(Self.name) }

        mutating func names() -> [String]? {
            let names = rest.compactMap(Self.name)
            return names.isEmpty || names.count != rest.count ? nil : names
        }

        /// A name or identifier that can stand in a path as it is.
        static func name(_ word: String) -> String? {
            let isPlain = word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
            return isPlain && word.first.map { $0 != "-" && $0 != "." } == true ? word : nil
        }

        /// A reference or identifier of an image that can stand in a path as it is.
        static func image(_ word: String) -> String? {
            let parts = word.split(separator: "/", omittingEmptySubsequences: false)
            let arePlain = parts.allSatisfy { part in
                part.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "@" }
                    .allSatisfy { name(String($0)) != nil }
            }
            return arePlain ? word : nil
        }
    }
}
