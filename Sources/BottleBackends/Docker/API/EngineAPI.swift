// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// Makes the calls that need no program, over an engine's local socket.
///
/// What comes back is what the program would have brought back: what the engine says against a call stands on the standard
/// error, so that nobody has to know who made it.
struct EngineAPI: Sendable {
    let socket: EngineSocket
    /// As engine and program have agreed on, for example `1.41`.
    let version: String

    init(path: String, version: String) {
        socket = EngineSocket(path: path)
        self.version = version
    }

    /// One call on its way, which may be more than one question.
    struct Conversation: Sendable {
        let api: EngineAPI
        let end: ContinuousClock.Instant
        let limit: Int

        func ask(_ request: EngineSocket.Request) async throws -> EngineSocket.Answer {
            var request = request
            request.target = "/v\(api.version)\(request.target)"
            return try await api.socket.exchange(request, until: end, limit: limit)
        }

        func post(_ target: String, _ value: some Encodable) async throws -> EngineSocket.Answer {
            try await ask(.init(method: .POST, target: target, body: Array(JSONEncoder().encode(value))))
        }
    }

    /// Makes a call and returns whatever came of it.
    ///
    /// - Throws: `.timeout` at the deadline, `CancellationError`.
    func perform(
        _ call: DirectCall, stdin: [UInt8], deadline: Duration, limit: Int
    ) async throws -> EngineClient.Output {
        let talk = Conversation(api: self, end: ContinuousClock.now + deadline, limit: limit)
        do {
            switch call {
            case .start(let name):
                return Self.output(try await talk.ask(.init(method: .POST, target: "/containers/\(name)/start")))
            case .removeContainers(let names, let volumes):
                let query = "force=1\(volumes ? "&v=1" : "")"
                return try await all(names) {
                    try await talk.ask(.init(method: .DELETE, target: "/containers/\($0)?\(query)"))
                }
            case .removeNetworks(let names):
                return try await all(names) { try await talk.ask(.init(method: .DELETE, target: "/networks/\($0)")) }
            case .connect(let network, let address, let container):
                return Self.output(
                    try await talk.post("/networks/\(network)/connect", Connection(container, address: address)))
            case .extract(let container):
                return Self.output(
                    try await talk.ask(
                        .init(
                            method: .PUT, target: "/containers/\(container)/archive?path=%2F&noOverwriteDirNonDir=true",
                            type: "application/x-tar", body: stdin)))
            case .archive(let container, let path):
                return Self.bytes(
                    try await talk.ask(
                        .init(method: .GET, target: "/containers/\(container)/archive?path=\(Self.escaped(path))")),
                    limit: limit)
            case .list(let list): return try await self.list(list, talk)
            case .addresses(let name):
                return try Self.networks(await talk.ask(.init(method: .GET, target: "/containers/\(name)/json")))
            case .createContainer(let container):
                return Self.made(try await talk.post("/containers/create?name=\(container.name)", container))
            case .createNetwork(let network): return Self.made(try await talk.post("/networks/create", network))
            case .exec(let exec): return try await run(exec, stdin, talk)
            case .tag(let image, let reference):
                let query = "repo=\(reference.name)&tag=\(reference.tag)"
                return Self.output(try await talk.ask(.init(method: .POST, target: "/images/\(image)/tag?\(query)")))
            case .commit(let container, let reference, let change):
                let query =
                    "container=\(container)&repo=\(reference.name)&tag=\(reference.tag)&changes=\(Self.escaped(change))"
                return Self.made(try await talk.ask(.init(method: .POST, target: "/commit?\(query)")))
            case .removeImages(let names):
                // One after the other: several may be the same image, of which the last name takes the rest along.
                return try await each(names) { name in
                    var answer = try await talk.ask(.init(method: .DELETE, target: "/images/\(name)?force=1"))
                    // By force, what is not there is no failure to the program.
                    if answer.status == 404 { answer.status = 304 }
                    return answer
                }
            case .createVolume(let volume):
                var output = Self.output(try await talk.post("/volumes/create", volume))
                if output.code == 0 { output.stdout = Array("\(volume.name)\n".utf8) }
                return output
            case .removeVolumes(let names):
                return try await all(names) { try await talk.ask(.init(method: .DELETE, target: "/volumes/\($0)")) }
            case .image(let name):
                return try Self.identity(await talk.ask(.init(method: .GET, target: "/images/\(name)/json")))
            }
        } catch let failure as EngineSocket.Failure {
            return try output(of: failure, deadline)
        }
    }

    // MARK: - Answers

    static func output(_ answer: EngineSocket.Answer) -> EngineClient.Output {
        // 304 is what there was nothing left to do for.
        guard !answer.isSuccess, answer.status != 304 else {
            return EngineClient.Output(code: 0, stdout: [], stderr: [], isTruncated: false)
        }
        struct Refusal: Decodable { var message: String }
        let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(answer.body))
        let said = refusal?.message ?? "the engine answered \(answer.status)"
        return failed("Error response from daemon: \(said)")
    }

    /// The same for bytes, which are printed as they are.
    private static func bytes(_ answer: EngineSocket.Answer, limit: Int) -> EngineClient.Output {
        var output = output(answer)
        guard output.code == 0 else { return output }
        output.stdout = answer.body
        // What is beyond the limit is not kept, nor counted.
        output.isTruncated = answer.body.count >= limit
        return output
    }

    /// The same for something that was made: its identifier is what is printed.
    static func made(_ answer: EngineSocket.Answer) -> EngineClient.Output {
        var output = output(answer)
        if output.code == 0, let id = try? JSONDecoder().decode(Made.self, from: Data(answer.body)).id {
            output.stdout = Array("\(id)\n".utf8)
        }
        return output
    }

    /// The networks of a container, and what of them is asked for.
    private struct Details: Codable {
        struct Settings: Codable {
            struct Network: Codable {
                var address: String?
                private enum CodingKeys: String, CodingKey { case address = "IPAddress" }
            }
            var networks: [String: Network]
            private enum CodingKeys: String, CodingKey { case networks = "Networks" }
        }
        var settings: Settings
        private enum CodingKeys: String, CodingKey { case settings = "NetworkSettings" }
    }

    private static func networks(_ answer: EngineSocket.Answer) throws -> EngineClient.Output {
        var output = output(answer)
        guard output.code == 0 else { return output }
        guard let details = try? JSONDecoder().decode(Details.self, from: Data(answer.body)) else {
            throw EngineSocket.Failure.broken("unexpected EOF in a description")
        }
        output.stdout = Array(try JSONEncoder().encode(details.settings.networks))
        return output
    }

    /// What an image is: its identifier and its labels.
    private struct Image: Decodable {
        struct Settings: Decodable {
            var labels: [String: String]?
            private enum CodingKeys: String, CodingKey { case labels = "Labels" }
        }
        var id: String
        var settings: Settings?
        private enum CodingKeys: String, CodingKey {
            case id = "Id"
            case settings = "Config"
        }
    }

    private static func identity(_ answer: EngineSocket.Answer) throws -> EngineClient.Output {
        var output = output(answer)
        guard output.code == 0 else { return output }
        guard let image = try? JSONDecoder().decode(Image.self, from: Data(answer.body)) else {
            throw EngineSocket.Failure.broken("unexpected EOF in a description")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let labels = try encoder.encode(image.settings?.labels)
        output.stdout = Array("\(image.id) \(String(decoding: labels, as: UTF8.self))\n".utf8)
        return output
    }

    private func list(_ list: DirectCall.List, _ talk: Conversation) async throws -> EngineClient.Output {
        let filters = list.labels.isEmpty ? [:] : ["label": list.labels]
        let query = Self.escaped(String(decoding: try JSONEncoder().encode(filters), as: UTF8.self))
        let target =
            switch list.kind {
            case .containers: "/containers/json?all=\(list.isWhole ? 1 : 0)&filters=\(query)"
            case .networks: "/networks?filters=\(query)"
            case .volumes: "/volumes?filters=\(query)"
            }
        let answer = try await talk.ask(.init(method: .GET, target: target))
        var output = Self.output(answer)
        guard output.code == 0 else { return output }
        let things: [EngineListing]
        do {
            things =
                list.kind == .volumes
                ? try JSONDecoder().decode(EngineListing.Volumes.self, from: Data(answer.body)).volumes ?? []
                : try JSONDecoder().decode([EngineListing].self, from: Data(answer.body))
        } catch {
            // Half a list must never look like a short one.
            throw EngineSocket.Failure.broken("unexpected EOF in a list")
        }
        output.stdout = Array(things.map { "\($0.line(list))\n" }.joined().utf8)
        return output
    }

    /// Safe in a query.
    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private static func failed(_ text: String) -> EngineClient.Output {
        EngineClient.Output(code: 1, stdout: [], stderr: Array("\(text)\n".utf8), isTruncated: false)
    }

    /// As the program says it, so that the same table reads both.
    func output(of failure: EngineSocket.Failure, _ deadline: Duration) throws -> EngineClient.Output {
        switch failure {
        case .unreachable(let number):
            let reason = String(cString: strerror(number))
            return number == EACCES || number == EPERM
                ? Self.failed(
                    "permission denied while trying to connect to the engine: dial unix \(socket.path): \(reason)")
                : Self.failed("Cannot connect to the Docker daemon: dial unix \(socket.path): \(reason)")
        case .broken(let reason): return Self.failed("error during connect: \(reason)")
        case .timedOut:
            throw BottleError(.timeout, "The engine did not answer within \(deadline): see whether it still runs.")
        }
    }

    /// Does the same to several things at once.
    private func all(
        _ names: [String], _ ask: @escaping @Sendable (String) async throws -> EngineSocket.Answer
    ) async throws -> EngineClient.Output {
        try await withThrowingTaskGroup(of: EngineClient.Output.self) { group in
            for name in names { group.addTask { Self.output(try await ask(name)) } }
            var whole = EngineClient.Output(code: 0, stdout: [], stderr: [], isTruncated: false)
            for try await output in group where output.code != 0 {
                whole.code = output.code
                whole.stderr += output.stderr
            }
            return whole
        }
    }

    /// Does the same to several things, one after the other.
    private func each(
        _ names: [String], _ ask: (String) async throws -> EngineSocket.Answer
    ) async throws -> EngineClient.Output {
        var whole = EngineClient.Output(code: 0, stdout: [], stderr: [], isTruncated: false)
        for name in names {
            let output = Self.output(try await ask(name))
            guard output.code != 0 else { continue }
            whole.code = output.code
            whole.stderr += output.stderr
        }
        return whole
    }

    // MARK: - Bodies

    private struct Connection: Encodable {
        var container: String
        var endpoint: DirectCall.Endpoint?

        init(_ container: String, address: String?) {
            self.container = container
            endpoint = address.map { .init(addresses: .init(address: $0)) }
        }

        private enum CodingKeys: String, CodingKey {
            case container = "Container"
            case endpoint = "EndpointConfig"
        }
    }

    private struct ExecRequest: Encodable {
        var argv: [String]
        var user: String
        var directory: String
        var environment: [String]
        var hasInput: Bool
        var hasOutput = true
        var hasErrors = true

        private enum CodingKeys: String, CodingKey {
            case argv = "Cmd"
            case user = "User"
            case directory = "WorkingDir"
            case environment = "Env"
            case hasInput = "AttachStdin"
            case hasOutput = "AttachStdout"
            case hasErrors = "AttachStderr"
        }
    }

    private struct ExecStart: Encodable {
        var isDetached = false
        var isTerminal = false
        private enum CodingKeys: String, CodingKey {
            case isDetached = "Detach"
            case isTerminal = "Tty"
        }
    }

    private struct Made: Decodable {
        var id: String
        private enum CodingKeys: String, CodingKey { case id = "Id" }
    }

    private struct ExecState: Decodable {
        var code: Int32?
        var isRunning: Bool
        private enum CodingKeys: String, CodingKey {
            case code = "ExitCode"
            case isRunning = "Running"
        }
    }

    // MARK: - Processes

    private func run(_ exec: DirectCall.Exec, _ stdin: [UInt8], _ talk: Conversation) async throws
        -> EngineClient.Output
    {
        let made = try await talk.post(
            "/containers/\(exec.container)/exec",
            ExecRequest(
                argv: exec.argv, user: exec.user, directory: exec.directory, environment: exec.environment,
                hasInput: exec.isInteractive))
        guard made.isSuccess, let id = try? JSONDecoder().decode(Made.self, from: Data(made.body)).id,
            id.allSatisfy(\.isHexDigit)
        else { return Self.output(made) }
        let answer = try await talk.ask(
            .init(
                method: .POST, target: "/exec/\(id)/start", body: Array(JSONEncoder().encode(ExecStart())),
                input: exec.isInteractive ? stdin : []))
        guard answer.isSuccess else { return Self.output(answer) }
        guard answer.output.isWhole else { throw EngineSocket.Failure.broken("unexpected EOF") }
        return EngineClient.Output(
            code: try await code(of: id, talk), stdout: answer.output.stdout, stderr: answer.output.stderr,
            isTruncated: answer.output.isTruncated)
    }

    /// The exit code of a process whose streams have ended; the engine may learn of its end a moment later.
    private func code(of id: String, _ talk: Conversation) async throws -> Int32 {
        var pause = Duration.milliseconds(1)
        while true {
            let answer = try await talk.ask(.init(method: .GET, target: "/exec/\(id)/json"))
            guard answer.isSuccess, let state = try? JSONDecoder().decode(ExecState.self, from: Data(answer.body))
            else { throw EngineSocket.Failure.broken("unexpected EOF: the engine does not know how the process ended") }
            if !state.isRunning, let code = state.code { return code }
            guard ContinuousClock.now < talk.end else { throw EngineSocket.Failure.timedOut }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }
}
