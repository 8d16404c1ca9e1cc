// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

extension DirectCall {
    /// A container to make, as the engine's API takes it; what is not here has the engine's own defaults.
    struct Container: Sendable, Hashable, Encodable {
        struct Host: Sendable, Hashable, Encodable {
            struct Log: Sendable, Hashable, Encodable {
                var type = ""
                private enum CodingKeys: String, CodingKey { case type = "Type" }
            }
            struct Restart: Sendable, Hashable, Encodable {
                var name = "no"
                private enum CodingKeys: String, CodingKey { case name = "Name" }
            }
            var network = "default"
            var dropped: [String]?
            var added: [String]?
            var removesItself = false
            /// Files of the kernel that a container is kept from; nil is the engine's own list.
            var masked: [String]?
            var readOnly: [String]?
            var volumes: [String]?
            var security: [String]?
            var log = Log()
            var restart = Restart()
            var settings: [String: String]?
            var temporary: [String: String]?
            var processes: Int?
            var resolvers: [String]?
            var searched: [String]?
            var memory = 0
            private enum CodingKeys: String, CodingKey {
                case network = "NetworkMode"
                case dropped = "CapDrop"
                case added = "CapAdd"
                case removesItself = "AutoRemove"
                case masked = "MaskedPaths"
                case readOnly = "ReadonlyPaths"
                case volumes = "Binds"
                case security = "SecurityOpt"
                case log = "LogConfig"
                case restart = "RestartPolicy"
                case settings = "Sysctls"
                case temporary = "Tmpfs"
                case processes = "PidsLimit"
                case resolvers = "Dns"
                case searched = "DnsSearch"
                case memory = "Memory"
            }
        }
        struct Networks: Sendable, Hashable, Encodable {
            var endpoints: [String: Endpoint]
            private enum CodingKeys: String, CodingKey { case endpoints = "EndpointsConfig" }
        }

        /// Stands in the question and not in the body.
        var name = ""
        var hostname = ""
        var user = ""
        var directory = ""
        var environment: [String] = []
        var labels: [String: String] = [:]
        var entrypoint: [String]?
        var image = ""
        var command: [String]?
        var isInteractive = false
        var host = Host()
        var networks: Networks?

        private enum CodingKeys: String, CodingKey {
            case hostname = "Hostname"
            case user = "User"
            case directory = "WorkingDir"
            case environment = "Env"
            case labels = "Labels"
            case entrypoint = "Entrypoint"
            case image = "Image"
            case command = "Cmd"
            case attachesInput = "AttachStdin"
            case attachesOutput = "AttachStdout"
            case attachesErrors = "AttachStderr"
            case opensInput = "OpenStdin"
            case opensInputOnce = "StdinOnce"
            case host = "HostConfig"
            case networks = "NetworkingConfig"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(hostname, forKey: .hostname)
            try container.encode(user, forKey: .user)
            try container.encode(directory, forKey: .directory)
            try container.encode(environment, forKey: .environment)
            try container.encode(labels, forKey: .labels)
            try container.encodeIfPresent(entrypoint, forKey: .entrypoint)
            try container.encode(image, forKey: .image)
            try container.encodeIfPresent(command, forKey: .command)
            for key in [CodingKeys.attachesInput, .opensInput, .opensInputOnce] {
                try container.encode(isInteractive, forKey: key)
            }
            for key in [CodingKeys.attachesOutput, .attachesErrors] { try container.encode(true, forKey: key) }
            try container.encode(host, forKey: .host)
            try container.encodeIfPresent(networks, forKey: .networks)
        }
    }

    /// A network to make.
    struct Network: Sendable, Hashable, Encodable {
        struct Addresses: Sendable, Hashable, Encodable {
            struct Range: Sendable, Hashable, Encodable {
                var subnet: String?
                var gateway: String?
                private enum CodingKeys: String, CodingKey {
                    case subnet = "Subnet"
                    case gateway = "Gateway"
                }
            }
            var driver = "default"
            var ranges: [Range] = []
            private enum CodingKeys: String, CodingKey {
                case driver = "Driver"
                case ranges = "Config"
            }
        }
        var name = ""
        /// The engine itself lets two networks have one name; its program does not.
        var isUnique = true
        var driver = "bridge"
        var isInternal = false
        var labels: [String: String] = [:]
        var addresses = Addresses()
        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case isUnique = "CheckDuplicate"
            case driver = "Driver"
            case isInternal = "Internal"
            case labels = "Labels"
            case addresses = "IPAM"
        }
    }

    /// The words after `create` or `run`: `[OPTION]... IMAGE [ARGUMENT]...`, of those options that bottles are made with.
    static func container(_ words: inout Words, stdin: [UInt8], _ variables: [String: String]) -> Container? {
        var made = Container()
        var address: String?
        while words.rest.first?.hasPrefix("-") == true {
            let option = words.next()
            if option == "--interactive" {
                made.isInteractive = true
                continue
            }
            if option == "--rm" {
                made.host.removesItself = true
                continue
            }
            guard let option, let value = words.next() else { return nil }
            switch option {
            case "--name":
                guard let name = Words.name(value) else { return nil }
                made.name = name
            case "--hostname": made.hostname = value
            case "--network": made.host.network = value
            case "--ip": address = value
            case "--label": add(value, to: &made.labels)
            case "--cap-drop": made.host.dropped = (made.host.dropped ?? []) + [value]
            case "--cap-add":
                // As the program spells it.
                guard value == "ALL" || value.allSatisfy({ $0.isUppercase || $0 == "_" }) else { return nil }
                let name = value == "ALL" || value.hasPrefix("CAP_") ? value : "CAP_\(value)"
                made.host.added = (made.host.added ?? []) + [name]
            case "--volume":
                // A directory of the host; names of volumes are left to the program, which looks at their drivers.
                guard value.hasPrefix("/") else { return nil }
                made.host.volumes = (made.host.volumes ?? []) + [value]
            case "--security-opt":
                if value == "systempaths=unconfined" {
                    (made.host.masked, made.host.readOnly) = ([], [])
                    continue
                }
                // The program reads settings out of others.
                let plain = ["no-new-privileges", "seccomp=unconfined", "apparmor=unconfined", "label=disable"]
                guard plain.contains(value) else { return nil }
                made.host.security = (made.host.security ?? []) + [value]
            case "--dns": made.host.resolvers = (made.host.resolvers ?? []) + [value]
            case "--dns-search": made.host.searched = (made.host.searched ?? []) + [value]
            case "--log-driver": made.host.log.type = value
            case "--restart":
                guard value == "no" else { return nil }
            case "--user": made.user = value
            case "--workdir": made.directory = value
            case "--pids-limit":
                guard let number = Int(value) else { return nil }
                made.host.processes = number
            case "--memory":
                guard let bytes = bytes(value) else { return nil }
                made.host.memory = bytes
            case "--sysctl":
                var settings = made.host.settings ?? [:]
                add(value, to: &settings)
                made.host.settings = settings
            case "--tmpfs":
                let parts = value.split(separator: ":", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { return nil }
                made.host.temporary = (made.host.temporary ?? [:]).merging([parts[0]: parts[1]]) { $1 }
            case "--entrypoint": made.entrypoint = [value]
            case "--env-file":
                guard value == "/dev/stdin", let lines = lines(stdin) else { return nil }
                made.environment = lines + made.environment
            case "--env":
                guard let line = line(value, variables) else { return nil }
                made.environment.append(line)
            default: return nil
            }
        }
        guard !made.name.isEmpty, let image = words.next() else { return nil }
        made.image = image
        made.command = words.isEmpty ? nil : Array(words.rest)
        if let address {
            made.networks = .init(endpoints: [made.host.network: Endpoint(addresses: .init(address: address))])
        }
        return made
    }

    /// `network create [OPTION]... NAME`
    static func network(_ words: inout Words) -> Network? {
        var made = Network()
        var range = Network.Addresses.Range()
        while words.rest.first?.hasPrefix("-") == true {
            let option = words.next()
            if option == "--internal" {
                made.isInternal = true
                continue
            }
            guard let option, let value = words.next() else { return nil }
            switch option {
            case "--driver": made.driver = value
            case "--subnet": range.subnet = value
            case "--gateway": range.gateway = value
            case "--label": add(value, to: &made.labels)
            default: return nil
            }
        }
        guard let name = words.name(), words.isEmpty else { return nil }
        made.name = name
        if range.subnet != nil { made.addresses.ranges = [range] }
        return made
    }

    /// A volume to make.
    struct Volume: Sendable, Hashable, Encodable {
        var name = ""
        var labels: [String: String] = [:]
        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case labels = "Labels"
        }
    }

    /// `[--label LABEL]... NAME`
    static func volume(_ words: inout Words) -> Volume? {
        var made = Volume()
        while words.take("--label") {
            guard let label = words.next() else { return nil }
            add(label, to: &made.labels)
        }
        guard let name = words.name(), words.isEmpty else { return nil }
        made.name = name
        return made
    }

    /// `name=value`, or a name alone.
    private static func add(_ text: String, to table: inout [String: String]) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        table[parts[0]] = parts.count > 1 ? parts[1] : ""
    }

    /// `NAME=value`, or the name of a variable that is known.
    static func line(_ text: String, _ variables: [String: String]) -> String? {
        text.contains("=") ? text : variables[text].map { "\(text)=\($0)" }
    }

    /// The lines of a file of variables; nil when one of them means something else than it says.
    private static func lines(_ bytes: [UInt8]) -> [String]? {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        let isPlain = lines.allSatisfy { line in
            guard let name = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).first else {
                return false
            }
            return line.contains("=") && !name.isEmpty && !name.hasPrefix("#") && !name.contains(where: \.isWhitespace)
                && !line.contains("\r")
        }
        return isPlain ? lines : nil
    }

    /// A number of bytes, as the program reads `512m`.
    private static func bytes(_ text: String) -> Int? {
        let units = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        guard let unit = text.last.flatMap({ units[String($0)] }) else { return Int(text) }
        return Int(text.dropLast()).map { $0 * unit }
    }
}
