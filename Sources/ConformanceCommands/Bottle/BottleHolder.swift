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

/// The process that keeps one bottle up: serves its control socket until `down`, a signal, or the bottle's own end.
struct BottleHolder: Sendable {
    let driver: NamespacesDriver
    let bottle: BottleID

    /// Serves; `ready` is called once the socket takes connections.
    func serve(ready: () -> Void) async throws {
        let directory = try StateDirectory.make() + "/" + bottle.slug
        let listener = try FramedSocket.listen(directory: directory, name: FramedSocket.holderName)
        let stop = AsyncStream<FramedSocket?>.makeStream()
        let trap = SignalTrap { _ in stop.continuation.yield(nil) }
        ready()
        let farewell = await withTaskGroup(of: FramedSocket?.self) { group in
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
        trap.cancel()
        guard let farewell else { return }
        // The caller of `down` waits for the answer, so the bottle must be gone before it is given.
        do {
            try await driver.destroy(bottle)
            try farewell.sendJSON(HolderAnswer.down)
        } catch {
            try? farewell.sendJSON(HolderAnswer.failed(message: "\(error)"))
        }
        farewell.close()
    }

    private func accept(_ listener: Int32, down: @escaping @Sendable (FramedSocket) -> Void) async {
        await withDiscardingTaskGroup { group in
            while let client = try? await Offload.run({ FramedSocket.accept(listener) }) {
                group.addTask { await answer(client, down: down) }
            }
            group.cancelAll()
        }
    }

    private func answer(_ client: FramedSocket, down: @Sendable (FramedSocket) -> Void) async {
        do {
            guard let (request, descriptors) = try await Offload.run({ try client.receiveJSON(HolderRequest.self) })
            else { return client.close() }
            switch request {
            case .down: return down(client)
            case .exec(let argv, let terminal):
                defer { for descriptor in descriptors { close(descriptor) } }
                guard descriptors.count == 3 else {
                    throw BottleError(.transport, "a command came without its three streams")
                }
                try await exec(argv, terminal: terminal, streams: descriptors, client: client)
            }
        } catch {
            try? client.sendJSON(HolderAnswer.failed(message: "\(error)"))
        }
        client.close()
    }

    private func exec(_ argv: [String], terminal: Bool, streams: [Int32], client: FramedSocket) async throws {
        let process = try await driver.attach(
            argv, in: bottle, terminal: terminal, stdin: streams[0], stdout: streams[1], stderr: streams[2])
        try client.sendJSON(HolderAnswer.started, descriptors: process.terminal.map { [$0] } ?? [])
        if let master = process.terminal { close(master) }
        let ending = try await process.wait()
        let code: Int32 =
            switch ending {
            case .exited(let code): code
            case .signalled(let signal): 128 + signal
            }
        try client.sendJSON(HolderAnswer.ended(exitCode: code))
    }
}
