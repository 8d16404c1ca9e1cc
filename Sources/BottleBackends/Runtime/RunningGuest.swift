// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// A bottle whose guest has a shell: what is done with its files is done by its own programs, as a user of its own, so that
/// nothing there can lead anybody outside astray.
protocol RunningGuest: Sendable {
    var plan: BottlePlan { get }
    func run(_ request: ExecRequest) async throws -> ExecResult
}

extension RunningGuest {
    func isRoot(_ user: String?) throws(BottleError) -> Bool {
        switch user {
        case nil, Contract.agentUser, "\(Contract.agentUID)": return false
        case "root", "0": return true
        case .some(let name):
            throw BottleError(.unsupported, "Bottle \(plan.slug) has no user \(Quoted(name)), only node and root.")
        }
    }

    /// Writes a file in the guest as its owner, never wider open than asked for.
    func copyIn(_ request: CopyRequest) async throws { try await write(request) }

    /// The same by the guest's own shell.
    func write(_ request: CopyRequest) async throws {
        let path = try absolute(request.path)
        guard request.mode <= 0o777 else {
            throw BottleError(.usage, "A file cannot be copied into a guest with special mode bits.")
        }
        // Some engines take no more than a few hundred kilobytes a second on their way in.
        // noclobber makes the shell create the file anew (O_EXCL), so that neither a link nor an older, wider file of the
        // same name receives the bytes. The mode goes to what was opened: the name may be another's by then. An engine's
        // own copy would follow links that the guest made, as the engine's root.
        let script = #"set -e; umask 077; rm -f -- "$1"; set -C; exec 3> "$1"; cat >&3; chmod -- "$2" /proc/self/fd/3"#
        let exec = ExecRequest(
            ["/bin/sh", "-c", script, "sh", path, String(request.mode, radix: 8)], user: request.owner,
            workingDirectory: "/", stdin: request.bytes, deadlineMilliseconds: 10_000 + request.bytes.count / 200)
        let result = try await run(exec)
        guard result.ending == .exited(0) else {
            let said = Quoted(String(decoding: result.stderr, as: UTF8.self), limit: 200)
            throw BottleError(.io, "The guest could not write \(path) (\(result.ending)): \(said).")
        }
    }

    /// Reads a file in the guest as the agent.
    func copyOut(_ path: String, from target: ExecTarget) async throws -> [UInt8] {
        guard target == .guest else {
            throw BottleError(.unsupported, "A bundle has no program that could hand a file out; ask the guest's only.")
        }
        let result = try await run(ExecRequest(["/bin/cat", "--", try absolute(path)], workingDirectory: "/"))
        guard result.ending == .exited(0) else {
            throw BottleError(.notFound, "There is no readable file \(Quoted(path)) in the guest of \(plan.slug).")
        }
        guard !result.truncated else {
            throw BottleError(.io, "The file \(Quoted(path)) is larger than \(ContainerExec.outputLimit) bytes.")
        }
        return result.stdout
    }

    private func absolute(_ path: String) throws(BottleError) -> String {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw BottleError(.usage, "The path \(Quoted(path)) cannot be used: expected an absolute path.")
        }
        return path
    }
}
