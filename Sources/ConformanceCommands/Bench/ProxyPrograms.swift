// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import Glibc
    import Synchronization

    #if canImport(FoundationEssentials)
        import FoundationEssentials
    #else
        import Foundation
    #endif

    /// Origins and proxies that `bench proxy` starts on loopback, in a directory of their own.
    final class ProxyPrograms: Sendable {
        /// A program that listens.
        enum Part: String, Sendable, CaseIterable {
            /// Origins.
            case plain, secure
            /// pipelock, with tunnels that it opens and with tunnels that it passes through.
            case opening, passing
            case tinyproxy, mitmproxy

            /// What has to be installed; nil for a part of the bundle.
            var program: String? {
                switch self {
                case .tinyproxy: "tinyproxy"
                case .mitmproxy: "mitmdump"
                default: nil
                }
            }
        }

        /// Whose certificates a load believes.
        enum Trust: Sendable { case origins, pipelock, mitmproxy }

        private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        /// Until everything answers: mitmproxy makes keys first.
        private static let patience = Duration.seconds(60)
        /// What every program asks for: loopback by any resolver.
        private static let host = "localhost"

        let bundle: String
        private let leash: String
        private let directory: String
        private let ports: [Part: UInt16]
        private let processes = Mutex<[any SpawnedProcess]>([])

        /// Makes the directory, and takes ports that nobody uses.
        init() throws {
            bundle = try HelperExecutable.path("bottle-bundle")
            leash = try HelperExecutable.path("bottle-launcher")
            let base = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
            directory = "\(base)/bench-proxy-\(UUID().uuidString)"
            guard mkdir(directory, 0o700) == 0 else { throw BottleError.io("make the directory \(directory)", errno) }
            var ports: [Part: UInt16] = [:]
            for part in Part.allCases where part.program.map({ Self.find($0) != nil }) ?? true {
                ports[part] = try Self.freePort()
            }
            self.ports = ports
        }

        func has(_ part: Part) -> Bool { ports[part] != nil }

        var missing: [String] { Part.allCases.filter { !has($0) }.compactMap(\.program) }

        /// Starts all of them, and returns when each takes connections.
        func start() async throws {
            for name in ["origins", "pipelock"] {
                guard mkdir("\(directory)/\(name)", 0o700) == 0 else {
                    throw BottleError.io("make a directory in \(directory)", errno)
                }
                let minted = try await HostCommand(
                    [bundle, "mint", "\(directory)/\(name)", name], environment: [:], deadline: .seconds(20)
                ).run()
                guard minted.status == 0 else {
                    let said = Quoted(String(decoding: minted.stderr, as: UTF8.self), limit: 200)
                    throw BottleError(.launch, "A CA for the measurement could not be made: \(said).")
                }
            }
            for part in Part.allCases where has(part) { try await start(part) }
            let end = ContinuousClock.now + Self.patience
            for part in Part.allCases where has(part) {
                while !Self.listens(port(part)) {
                    guard ContinuousClock.now < end else {
                        throw BottleError(
                            .timeout,
                            "\(part.program ?? "bottle-bundle") did not listen within \(Self.patience): it said \(said(part))."
                        )
                    }
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }

        /// Ends all of them, and takes the directory away.
        func end() async {
            let running = processes.withLock { processes in
                defer { processes = [] }
                return processes
            }
            for process in running { await process.kill() }
            try? FileManager.default.removeItem(atPath: directory)
        }

        /// The options of a load that say what is asked for.
        func target(_ part: Part) -> [String] { ["--target", "\(Self.host):\(port(part))"] }

        /// The options of a load that say who is asked, and who is believed.
        func connect(_ part: Part, trust: Trust?) -> [String] {
            var words = ["--connect", "127.0.0.1:\(port(part))"]
            if part != .plain, part != .secure { words.append("--proxy") }
            switch trust {
            case .origins: words += ["--trust", "\(directory)/origins/ca.pem"]
            case .pipelock: words += ["--trust", "\(directory)/pipelock/ca.pem"]
            case .mitmproxy: words += ["--trust", "\(directory)/mitmproxy/mitmproxy-ca-cert.pem"]
            case nil: break
            }
            return words
        }

        private func port(_ part: Part) -> UInt16 { ports[part] ?? 0 }

        // MARK: - Starting

        private func start(_ part: Part) async throws {
            let listen = "127.0.0.1:\(port(part))"
            var argv: [String]
            switch part {
            case .plain: argv = [bundle, "origin", "--listen", listen]
            case .secure:
                let files = ["--ca-cert", "\(directory)/origins/ca.pem", "--ca-key", "\(directory)/origins/ca-key.pem"]
                argv = [bundle, "origin", "--listen", listen, "--host", Self.host] + files
            case .opening, .passing:
                let config = try file("\(part.rawValue).yaml", pipelockConfig(listen, opens: part == .opening))
                argv = [
                    bundle, "pipelock", "--config", config, "--trust", "\(directory)/origins/ca.pem",
                    // Asked for nothing: localhost needs no name server.
                    "--resolver", "127.0.0.1:1",
                ]
            case .tinyproxy:
                let config = try file(
                    "tinyproxy.conf",
                    "Port \(port(part))\nListen 127.0.0.1\nAllow 127.0.0.1\nMaxClients 500\nTimeout 600\nLogLevel Critical\n"
                )
                argv = [Self.find("tinyproxy") ?? "tinyproxy", "-d", "-c", config]
            case .mitmproxy:
                argv = [
                    Self.find("mitmdump") ?? "mitmdump", "-q", "--listen-host", "127.0.0.1", "--listen-port",
                    "\(port(part))", "--set", "confdir=\(directory)/mitmproxy", "--set",
                    "ssl_verify_upstream_trusted_ca=\(directory)/origins/ca.pem",
                ]
            }
            let output = open(log(part), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            // A record for each request is part of what a proxy does; keeping them is not.
            let records = part.program == nil ? open("/dev/null", O_WRONLY | O_CLOEXEC) : output
            let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard output >= 0, records >= 0, nothing >= 0 else { throw BottleError.io("write \(log(part))", errno) }
            defer { for descriptor in Set([output, records, nothing]) { close(descriptor) } }
            let process = try await LocalProcess.spawn(
                SpawnRequest(
                    argv: argv, environment: ["PATH=\(Self.path)", "HOME=\(directory)", "LC_ALL=C.UTF-8"],
                    stdin: nothing, stdout: records, stderr: output), leash: leash)
            processes.withLock { $0.append(process) }
        }

        private func pipelockConfig(_ listen: String, opens: Bool) throws -> String {
            let pair = try [("ca_cert", "ca.pem"), ("ca_key", "ca-key.pem")].map { key, name in
                let path = try JSONEncoder().encode("\(directory)/pipelock/\(name)")
                return "\"\(key)\":\(String(decoding: path, as: UTF8.self))"
            }
            return """
                {"mode":"strict","api_allowlist":["\(Self.host)"],"fetch_proxy":{"listen":"\(listen)"},
                "forward_proxy":{"enabled":true,"max_tunnel_seconds":3600},
                "tls_interception":{"enabled":\(opens),\(pair.joined(separator: ","))},
                "request_body_scanning":{"enabled":true,"action":"block","header_mode":"all"},
                "response_scanning":{"enabled":false},"ssrf":{"ip_allowlist":["127.0.0.1/32"]}}

                """
        }

        private func file(_ name: String, _ text: String) throws -> String {
            let path = "\(directory)/\(name)"
            try PrivateTree.replace(path, with: Array(text.utf8))
            return path
        }

        private func log(_ part: Part) -> String { "\(directory)/\(part.rawValue).log" }

        private func said(_ part: Part) -> Quoted {
            let text = FileManager.default.contents(atPath: log(part)).map { String(decoding: $0, as: UTF8.self) }
            return Quoted(text?.split(whereSeparator: \.isNewline).last.map(String.init) ?? "nothing", limit: 300)
        }

        private static func find(_ program: String) -> String? {
            path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
        }

        // MARK: - Ports

        private static func freePort() throws -> UInt16 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw BottleError.io("make a socket", errno) }
            defer { close(descriptor) }
            var address = loopback(0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
                }
            }
            guard result == 0 else { throw BottleError.io("take a port of loopback", errno) }
            return UInt16(bigEndian: address.sin_port)
        }

        private static func listens(_ port: UInt16) -> Bool {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var address = loopback(port)
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }

        private static func loopback(_ port: UInt16) -> sockaddr_in {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            return address
        }

        // MARK: - Memory

        /// What a part uses now, in KiB; from here on its highest is counted anew.
        func beginLookingAtMemory(of part: Part) throws -> Int {
            let pid = try pid(of: part)
            // 5 is the kernel's word for: begin again with the highest.
            let descriptor = open("/proc/\(pid)/clear_refs", O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0, write(descriptor, "5", 1) == 1 else {
                throw BottleError.io("reset what the kernel counts of process \(pid)", errno)
            }
            close(descriptor)
            return try memory("VmRSS:", of: pid)
        }

        func highestMemory(of part: Part) throws -> Int { try memory("VmHWM:", of: pid(of: part)) }

        private func memory(_ field: String, of pid: String) throws -> Int {
            let text = FileManager.default.contents(atPath: "/proc/\(pid)/status").map {
                String(decoding: $0, as: UTF8.self)
            }
            let line = text?.split(separator: "\n").first { $0.hasPrefix(field) }
            guard let line, let number = line.split(whereSeparator: { !$0.isNumber }).first, let value = Int(number)
            else {
                throw BottleError(.io, "The memory of process \(pid) could not be read.")
            }
            return value
        }

        /// The one process that was given this part's configuration, and is no leash.
        private func pid(of part: Part) throws -> String {
            let config = "\(directory)/\(part.rawValue).yaml"
            let pids = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                guard let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return false }
                let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                return words.first == bundle && words.contains(config)
            }
            guard let pid = pids.first else { throw BottleError(.notFound, "pipelock is gone: it said \(said(part)).") }
            return pid
        }
    }
#endif
