// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The processes that the harness started and that have not been reaped.
struct Processes {
    private var running: [(id: UInt32, process: Int32)] = []

    mutating func add(id: UInt32, process: Int32) { running.append((id, process)) }

    /// The id under which a process was started, when the harness started it.
    mutating func remove(process: Int32) -> UInt32? {
        guard let index = running.firstIndex(where: { $0.process == process }) else { return nil }
        return running.remove(at: index).id
    }

    /// Kills the process, its group and what else is in its session; one that has ended is left alone.
    ///
    /// A guest may leave its session, which only the end of its sandbox stops.
    func kill(id: UInt32) {
        guard let process = running.first(where: { $0.id == id })?.process else { return }
        Self.killSession(of: process)
    }

    /// Kills a process that leads a session, its group and what else is in the session.
    static func killSession(of process: Int32) {
        _ = launcher_kill(-process, launcher_sigkill())
        _ = launcher_kill(process, launcher_sigkill())
        killOthers(inSessionOf: process)
    }

    /// Kills what is in the session of a process beside it.
    static func killOthers(inSessionOf process: Int32) {
        // A few rounds, because a process may fork while the list is read.
        for _ in 0..<8 where !killSession(process) { return }
    }

    /// Whether any member was found beside the leader.
    private static func killSession(_ session: Int32) -> Bool {
        guard let directory = launcher_open_processes() else { return false }
        defer { launcher_close_processes(directory) }
        var found = false
        while true {
            let process = launcher_next_process(directory)
            guard process > 0 else { return found }
            guard process != session, Self.session(of: process) == session else { continue }
            found = launcher_kill(process, launcher_sigkill()) == 0 || found
        }
    }

    /// The session of a live process: the fourth field after its name, which may itself hold spaces and parentheses.
    private static func session(of process: Int32) -> Int32? {
        guard let status = Files.read("/proc/" + String(process) + "/stat"),
            let nameEnd = status.lastIndex(of: 41), nameEnd + 2 < status.count, status[nameEnd + 2] != 90
        else { return nil }
        let rest = status[(nameEnd + 2)...].split(separator: 32)
        guard rest.count > 3 else { return nil }
        return Files.numbers(Array(rest[3])).first.flatMap { Int32(exactly: $0) }
    }
}
