// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension EngineAPI {
    /// What is attached to a container in the place of an engine's program.
    final class Follower: SpawnedProcess {
        /// How long an engine may take to say how a container ended whose streams it has closed, or to remove it.
        static let settling = Duration.seconds(30)

        let terminal: Int32? = nil
        private let attachment: EngineAttachment
        private let ending: Task<ProcessEnding, any Error>

        /// - Parameters:
        ///   - code: Asks how the container ended; called when its streams have.
        ///   - end: Called once, last, with how it ended.
        init(
            _ attachment: EngineAttachment, code: @escaping @Sendable () async throws -> Int32,
            end: @escaping @Sendable (String) -> Void
        ) {
            self.attachment = attachment
            // Nobody has to await this one: it ends with the container, or with the connection at the latest.
            ending = Task {
                await attachment.ended()
                do {
                    let code = try await code()
                    end("its init exited with \(code)")
                    return .exited(code)
                } catch {
                    end("\(error)")
                    throw error
                }
            }
        }

        func wait() async throws -> ProcessEnding { try await ending.value }

        /// Ends the connection, as killing an engine's program does; the container goes on.
        func kill() async { attachment.close() }
    }

    /// What there is to know of a container before it is started.
    private struct Details: Decodable {
        struct Host: Decodable {
            var removesItself: Bool?
            private enum CodingKeys: String, CodingKey { case removesItself = "AutoRemove" }
        }
        var host: Host
        private enum CodingKeys: String, CodingKey { case host = "HostConfig" }
    }

    private struct Exit: Decodable {
        var code: Int32
        private enum CodingKeys: String, CodingKey { case code = "StatusCode" }
    }

    /// Attaches to a container, which is made here where that is asked for, starts it, and hands out what it says.
    ///
    /// - Returns: The attachment; nil with the engine's refusal, as the program would report it.
    /// - Throws: `.timeout` at the deadline, `CancellationError`.
    func follow(
        _ call: DirectFollow, stdin: [UInt8], deadline: Duration, line: @escaping @Sendable ([UInt8]) -> Void,
        end: @escaping @Sendable (String) -> Void
    ) async throws -> (follower: Follower?, refusal: EngineClient.Output) {
        let talk = Conversation(api: self, end: ContinuousClock.now + deadline, limit: 1 << 20)
        do {
            switch call {
            case .start(let name, let isInteractive):
                return try await start(name, isInteractive, stdin, talk, line, end)
            case .run(let container):
                let made = Self.made(try await talk.post("/containers/create?name=\(container.name)", container))
                guard made.code == 0 else { return (nil, made) }
                let started: (follower: Follower?, refusal: EngineClient.Output)
                do {
                    started = try await start(container.name, container.isInteractive, stdin, talk, line, end)
                } catch {
                    await remove(container)
                    throw error
                }
                if started.follower == nil { await remove(container) }
                return started
            }
        } catch let failure as EngineSocket.Failure {
            return (nil, try output(of: failure, deadline))
        }
    }

    /// Takes away what would remove itself when it ends, and stays when it never began.
    private func remove(_ container: DirectCall.Container) async {
        guard container.host.removesItself else { return }
        // Awaited right here; a task of its own because an interrupted call has to tidy up as well. What fails is swept by the
        // next run.
        await Task {
            let talk = Conversation(api: self, end: .now + Follower.settling, limit: 64 << 10)
            _ = try? await talk.ask(.init(method: .DELETE, target: "/containers/\(container.name)?force=1"))
        }.value
    }

    private func start(
        _ name: String, _ isInteractive: Bool, _ stdin: [UInt8], _ talk: Conversation,
        _ line: @escaping @Sendable ([UInt8]) -> Void, _ end: @escaping @Sendable (String) -> Void
    ) async throws -> (follower: Follower?, refusal: EngineClient.Output) {
        let known = try await talk.ask(.init(method: .GET, target: "/containers/\(name)/json"))
        guard known.isSuccess, let details = try? JSONDecoder().decode(Details.self, from: Data(known.body)) else {
            return (nil, Self.output(known))
        }
        let streams = "stream=1&stdout=1&stderr=1\(isInteractive ? "&stdin=1" : "")"
        let attachment = try await EngineAttachment.open(
            socket, target: "/v\(version)/containers/\(name)/attach?\(streams)", stdin: stdin, until: talk.end,
            line: line)
        do {
            let attached = try await attachment.attached(until: talk.end)
            guard attached.isSuccess else {
                attachment.close()
                return (nil, Self.output(attached))
            }
            let started = Self.output(try await talk.ask(.init(method: .POST, target: "/containers/\(name)/start")))
            guard started.code == 0 else {
                attachment.close()
                return (nil, started)
            }
        } catch {
            attachment.close()
            throw error
        }
        let condition = details.host.removesItself == true ? "removed" : "not-running"
        let follower = Follower(
            attachment,
            code: {
                let talk = Conversation(api: self, end: .now + Follower.settling, limit: 64 << 10)
                let answer = try await talk.ask(
                    .init(method: .POST, target: "/containers/\(name)/wait?condition=\(condition)"))
                guard answer.isSuccess, let exit = try? JSONDecoder().decode(Exit.self, from: Data(answer.body)) else {
                    throw BottleError(.notFound, "the container \(name) is gone, and with it its exit code")
                }
                return exit.code
            }, end: end)
        return (follower, EngineClient.Output(code: 0, stdout: [], stderr: [], isTruncated: false))
    }
}
