// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Bytes both ways between a client and an upstream, untouched, half-closes included.
struct Tunnel: Sendable {
    let client: Connection
    let upstream: Connection
    let timeouts: SidecarTimeouts

    /// Runs until both directions have ended, one has broken, or the tunnel's time is up.
    func run(_ reader: ByteReader) async {
        let deadlines = [client.abort(in: timeouts.tunnel), upstream.abort(in: timeouts.tunnel)]
        defer { for deadline in deadlines { deadline.cancel() } }
        do {
            try await upstream.wrapped.executeThenClose { inbound in
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { await pump(ByteReader(inbound), from: upstream, to: client) }
                    await pump(reader, from: client, to: upstream)
                }
            }
        } catch {
            client.abort()
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
