// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The process that keeps one bottle up: serves its control socket until `down` or a signal.
struct BottleHolder: Sendable {
    let driver: NamespacesDriver
    let bottle: BottleID

    /// What makes the holder stop: nil is a signal.
    typealias Stop = (stream: AsyncStream<Farewell?>, continuation: AsyncStream<Farewell?>.Continuation)

    /// A client that wants the bottle down.
    struct Farewell: Sendable {
        let client: FramedSocket
        /// Whether what a resume needs stays.
        let keep: Bool
    }

    /// Serves until `stop` yields; `ready` is called once the socket takes connections.
    func serve(until stop: Stop, ready: () throws -> Void) async throws {
        let root = try StateDirectory.make()
        let directory = root + "/" + bottle.slug
        let listener = try FramedSocket.listen(directory: directory, name: FramedSocket.holderName)
        do {
            try ready()
        } catch {
            close(listener)
            throw error
        }
        let farewell = await withTaskGroup(of: Farewell?.self) { group in
            group.addTask {
                await accept(listener) { stop.continuation.yield($0) }
                return nil
            }
            var iterator = stop.stream.makeAsyncIterator()
            let client = await iterator.next() ?? nil
            // Wakes the accepting thread; running commands end with the bottle.
            shutdown(listener, Int32(SHUT_RDWR))
            group.cancelAll()
            return client
        }
        close(listener)
        guard let farewell else { return }
        // The caller of `down` waits for the answer, so the bottle must be gone before it is given.
        do {
            let slug = try Slug(bottle.slug)
            let record = farewell.keep ? try StoppedBottle.read(running: slug, root: root) : nil
            try await driver.destroy(bottle)
            try record?.keep(slug, root: root)
            try farewell.client.sendJSON(HolderAnswer.down)
        } catch {
            try? farewell.client.sendJSON(HolderAnswer.failed(message: "\(error)"))
        }
        farewell.client.close()
    }

    private func accept(_ listener: Int32, down: @escaping @Sendable (Farewell) -> Void) async {
        await withDiscardingTaskGroup { group in
            while let client = try? await Offload.run({ FramedSocket.accept(listener) }) {
                group.addTask { await answer(client, down: down) }
            }
            group.cancelAll()
        }
    }

    private func answer(_ client: FramedSocket, down: @Sendable (Farewell) -> Void) async {
        do {
            guard let (request, descriptors) = try await Offload.run({ try client.receiveJSON(HolderRequest.self) })
            else { return client.close() }
            switch request {
            case .down(let keep): return down(Farewell(client: client, keep: keep))
            case .exec(let argv, let terminal):
                defer { for descriptor in descriptors { close(descriptor) } }
                guard descriptors.count == 3 else {
                    throw BottleError(.transport, "a command came without its three streams")
                }
                try await exec(argv, terminal: terminal, streams: descriptors, client: client)
            }
        } catch is CancellationError {
            try? client.sendJSON(HolderAnswer.failed(message: "the bottle was taken down while the command ran"))
        } catch {
            try? client.sendJSON(HolderAnswer.failed(message: "\(error)"))
        }
        client.close()
    }

    private func exec(_ argv: [String], terminal: TerminalSize?, streams: [Int32], client: FramedSocket) async throws {
        let process: any SpawnedProcess
        do {
            process = try await driver.attach(
                argv, in: bottle, terminal: terminal, stdin: streams[0], stdout: streams[1], stderr: streams[2])
        } catch let error as BottleError {
            guard let failure = error.cause as? LauncherFailure, failure.id == "exec" else { throw error }
            let code: Int32 = failure.errorName == "ENOENT" ? 127 : 126
            return try client.sendJSON(HolderAnswer.notStarted(exitCode: code, message: error.message))
        }
        try client.sendJSON(HolderAnswer.started, descriptors: process.terminal.map { [$0] } ?? [])
        if let master = process.terminal { close(master) }
        let ending = try await Self.wait(for: process, of: client)
        let code: Int32 =
            switch ending {
            case .exited(let code): code
            case .signalled(let signal): 128 + signal
            }
        try client.sendJSON(HolderAnswer.ended(exitCode: code))
    }

    /// Waits for a command's end, and brings it about when the client is gone: nobody would ever end it.
    private static func wait(
        for process: any SpawnedProcess, of client: FramedSocket
    ) async throws -> ProcessEnding {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // A client sends nothing after its request: whatever comes is its end, or ours below.
                await DedicatedThread.run("exec-client") { _ = try? client.receive() }
                await process.kill()
            }
            defer { client.stopReceiving() }
            return try await process.wait()
        }
    }
}
