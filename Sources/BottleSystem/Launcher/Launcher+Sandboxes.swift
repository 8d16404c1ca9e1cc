// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import Glibc

    extension Launcher {
        package func makeSandbox(_ spec: SandboxSpec) async throws -> SandboxIdentity {
            guard !spec.name.isEmpty else { throw BottleError(.input, "A sandbox needs a name.") }
            guard (1...64).contains(spec.hostname.utf8.count) else {
                throw BottleError(.input, "The host name of sandbox \(spec.name) must have 1 to 64 bytes.")
            }
            var fields = [
                spec.name.bytes, spec.network.bytes, spec.hostname.bytes, LauncherFrame.bytes(of: spec.uid),
                LauncherFrame.bytes(of: spec.allowsVsock ? 1 : 0),
            ]
            for entry in spec.entries { fields += entry.fields }
            let reply = try await connection.call(.makeSandbox, fields)
            return SandboxIdentity(
                namespaces: Self.pairs(reply.fields.map { String(decoding: $0, as: UTF8.self) }))
        }

        package func spawn(_ request: SpawnRequest, in sandbox: String?) async throws -> any SpawnedProcess {
            guard sandbox?.isEmpty != true else { throw BottleError(.input, "A sandbox needs a name.") }
            let id = connection.nextID()
            let process = LauncherProcess(id: id, connection: connection)
            // A terminal of no rows would read as none.
            let size = UInt32(max(request.terminalSize.rows, 1)) << 16 | UInt32(request.terminalSize.columns)
            let fields =
                [
                    (sandbox ?? "").bytes, request.workingDirectory.bytes,
                    request.uid.map { LauncherFrame.bytes(of: $0) } ?? [],
                    LauncherFrame.bytes(of: request.terminal ? size : 0),
                    LauncherFrame.bytes(of: UInt32(request.argv.count)),
                ] + request.argv.map(\.bytes) + request.environment.map(\.bytes)
            let reply = try await connection.call(
                .spawn, fields, descriptors: request.terminal ? [] : [request.stdin, request.stdout, request.stderr],
                process: process, id: id)
            process.setTerminal(reply.descriptors.first)
            for descriptor in reply.descriptors.dropFirst() { close(descriptor) }
            return process
        }

        package func holdings() async throws -> NamespaceHoldings {
            let names = try await connection.call(.listHoldings, []).fields.map { String(decoding: $0, as: UTF8.self) }
            guard let border = names.firstIndex(of: "") else {
                throw BottleError(.transport, "The launcher listed what it holds without an end of the networks.")
            }
            return NamespaceHoldings(
                networks: Array(names[..<border]), sandboxes: Array(names[(border + 1)...]))
        }

        package func destroySandbox(_ name: String) async throws {
            _ = try await connection.call(.destroySandbox, [name.bytes])
        }
    }

    extension SandboxSpec.Entry {
        /// The five fields of an entry on the control channel.
        fileprivate var fields: [[UInt8]] {
            switch self {
            case .directory(let path, let mode, let uid): Self.fields(.directory, path, mode, uid)
            case .file(let path, let mode, let uid, let bytes): Self.fields(.file, path, mode, uid, bytes)
            case .symlink(let path, let target): Self.fields(.symlink, path, payload: target.bytes)
            case .readOnlyBind(let source, let path): Self.fields(.readOnlyBind, path, payload: source.bytes)
            case .program(let source, let path, let uid): Self.fields(.program, path, 0o111, uid, source.bytes)
            case .device(let path): Self.fields(.device, path)
            case .tmpfs(let path, let mode, let uid, let bytes):
                Self.fields(.tmpfs, path, mode, uid, withUnsafeBytes(of: bytes.littleEndian) { Array($0) })
            case .proc(let path): Self.fields(.proc, path)
            case .devpts(let path): Self.fields(.devpts, path)
            }
        }

        private static func fields(_ kind: LauncherEntryKind, _ path: String, payload: [UInt8] = []) -> [[UInt8]] {
            fields(kind, path, 0, 0, payload)
        }

        private static func fields(
            _ kind: LauncherEntryKind, _ path: String, _ mode: UInt32, _ uid: UInt32, _ payload: [UInt8] = []
        ) -> [[UInt8]] {
            [[kind.rawValue], path.bytes, LauncherFrame.bytes(of: mode), LauncherFrame.bytes(of: uid), payload]
        }
    }
#endif
