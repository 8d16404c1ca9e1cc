// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Bytes both ways between a client and an upstream, untouched, half-closes included.
struct Tunnel: Sendable {
    let client: Connection
    let upstream: Connection
    let timeouts: SidecarTimeouts
    /// What the client's first bytes are held against; nil lets everything through.
    var screen: TunnelScreen?
    /// Told why a tunnel is refused.
    var refused: @Sendable (String) -> Void = { _ in }

    /// Runs until both directions have ended, one has broken, or the tunnel's time is up.
    func run(_ reader: ByteReader) async {
        let deadline = client.channel.eventLoop.scheduleTask(in: timeouts.tunnel) {
            client.abort()
            upstream.abort()
        }
        defer { deadline.cancel() }
        do {
            try await upstream.wrapped.executeThenClose { inbound in
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { await pump(ByteReader(inbound), from: upstream, to: client) }
                    if await begin(reader) { await pump(reader, from: client, to: upstream) }
                }
            }
        } catch {
            client.abort()
        }
    }

    /// Sends on what the client says first, when it may; false when the tunnel ends with it.
    private func begin(_ reader: ByteReader) async -> Bool {
        guard let screen else { return true }
        var bytes: [UInt8] = []
        do {
            while let piece = try await reader.read() {
                bytes += piece.readableBytesView
                switch screen.verdict(on: bytes) {
                case .unfinished: continue
                case .passes:
                    try await upstream.write(ByteBuffer(bytes: bytes))
                    return true
                case .refused(let reason):
                    refused(reason)
                    client.abort()
                    upstream.abort()
                    return false
                }
            }
            // It ends before it has said what it wants.
            if !bytes.isEmpty { refused("the client broke off in its first message") }
            await upstream.finish()
            return bytes.isEmpty
        } catch {
            client.abort()
            upstream.abort()
            return false
        }
    }

    private func pump(_ reader: ByteReader, from source: Connection, to sink: Connection) async {
        do {
            while let piece = try await reader.read() { try await sink.write(piece) }
            await sink.finish()
        } catch {
            // A reset on one side is passed on as the end of both.
            source.abort()
            sink.abort()
        }
    }
}
