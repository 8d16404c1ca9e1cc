// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOHTTP1
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

extension EngineClient {
    /// The newest version of the API that is spoken here, where an engine speaks it: that of Docker 20.10.
    private static let spoken = (major: 1, minor: 41)

    /// What an engine says of itself on its socket.
    private struct Introduction: Decodable {
        struct Component: Decodable {
            var name: String
            private enum CodingKeys: String, CodingKey { case name = "Name" }
        }
        var version: String
        var system: String
        var kernel: String?
        var newest: String
        var oldest: String?
        var components: [Component]?

        private enum CodingKeys: String, CodingKey {
            case version = "Version"
            case system = "Os"
            case kernel = "KernelVersion"
            case newest = "ApiVersion"
            case oldest = "MinAPIVersion"
            case components = "Components"
        }
    }

    /// Asks who the engine is: at its socket, where the program could go nowhere else, for it takes its time; else the program.
    ///
    /// - Returns: Who it is, and what it said where that cannot be read.
    /// - Throws: What the program says against it.
    func introduction() async throws -> (version: EngineVersion?, said: String) {
        if let path = onlySocket, let version = try await Self.ask(path) { return (version, "") }
        let output = try await call("say its version", ["version", "--format", "{{json .}}"], deadline: .seconds(20))
        return (EngineVersion(json: output.stdout), output.word)
    }

    /// The socket that the program certainly talks to; nil where only the program itself knows.
    private var onlySocket: String? {
        guard name == "docker", isDockersOwn else { return nil }
        let settings = ["DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_TLS", "DOCKER_API_VERSION"]
        guard settings.allSatisfy({ environment[$0] == nil }) else { return nil }
        guard environment["DOCKER_HOST"].map({ !$0.isEmpty }) ?? false || hasNoContext else { return nil }
        return EngineEndpoint.path(host: environment["DOCKER_HOST"], context: "default")
    }

    /// Whether the program is Docker's: Podman comes with one of the same name, a script.
    private var isDockersOwn: Bool {
        let path = URL(filePath: executable).resolvingSymlinksInPath().path
        guard path.hasSuffix("/docker"), let file = try? FileDescriptor.open(path, .readOnly) else { return false }
        defer { try? file.close() }
        var head = [UInt8](repeating: 0, count: 4)
        let count = try? head.withUnsafeMutableBytes { try file.read(into: $0) }
        return count == 4 && head == [0x7f] + Array("ELF".utf8)
    }

    /// Whether the program's settings name no other engine than the usual one.
    private var hasNoContext: Bool {
        struct Settings: Decodable { var currentContext: String? }
        guard let home = environment["DOCKER_CONFIG"] ?? environment["HOME"].map({ "\($0)/.docker" }) else {
            return false
        }
        let path = "\(home)/config.json"
        guard FileManager.default.fileExists(atPath: path) else { return true }
        guard let bytes = FileManager.default.contents(atPath: path),
            let settings = try? JSONDecoder().decode(Settings.self, from: bytes)
        else { return false }
        return settings.currentContext?.isEmpty ?? true
    }

    /// Nil where nobody answers, or who answers is not Docker: the program says it better then.
    private static func ask(_ path: String) async throws -> EngineVersion? {
        let answer: EngineSocket.Answer
        do {
            answer = try await EngineSocket(path: path).exchange(
                .init(method: .GET, target: "/version"), until: .now + .seconds(20), limit: 1 << 20)
        } catch is EngineSocket.Failure {
            return nil
        }
        guard answer.isSuccess, let said = try? JSONDecoder().decode(Introduction.self, from: Data(answer.body)),
            said.components?.contains(where: { $0.name.lowercased().contains("podman") }) != true,
            let newest = number(said.newest)
        else { return nil }
        let wanted = newest < spoken ? newest : spoken
        let oldest = said.oldest.flatMap(number) ?? wanted
        let api = wanted < oldest ? oldest : wanted
        return EngineVersion(
            make: .docker, version: said.version, system: said.system, kernel: said.kernel,
            api: "\(api.major).\(api.minor)",
            context: "default")
    }

    private static func number(_ text: String) -> (major: Int, minor: Int)? {
        let parts = text.split(separator: ".").map { Int($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
        return (major, minor)
    }
}
